import { expect, test } from 'vitest'
import { readGraph } from '../../src/box/graph.ts'
import type { Descriptor } from '../../src/model/descriptor.ts'
import { digestOf, filesOf, INDEX, type TestLayout, testLayout } from './_layout.ts'

async function found(layout: TestLayout, ...named: Descriptor[]) {
  const { manifests } = await readGraph(filesOf(layout.files), named)
  return manifests.map(({ descriptor, unnamed }) => ({ digest: descriptor.digest, unnamed }))
}

test('finds what is named, what that lists, and referrers that nothing names, of any level', async () => {
  const layout = testLayout()
  const amd64 = layout.image('amd64')
  const index = layout.blob({ schemaVersion: 2, mediaType: INDEX, manifests: [amd64] }, INDEX)
  const sbom = layout.sbom(amd64)
  const signature = layout.sbom(sbom, 'signature')
  expect(await found(layout, index)).toEqual([
    { digest: index.digest, unnamed: false },
    { digest: amd64.digest, unnamed: false },
    ...[sbom, signature]
      .map(({ digest }) => ({ digest, unnamed: true }))
      .sort((a, b) => order(layout, a.digest) - order(layout, b.digest)),
  ])
})

const order = ({ files }: TestLayout, digest: string) =>
  [...files.keys()].indexOf(`blobs/${digest.replace(':', '/')}`)

test('takes a manifest that another carries as a blob for content, not for a referrer', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  const carried = layout.sbom(image, 'carried')
  const carrier = layout.image('carrier', { layers: [carried] })
  expect(await found(layout, image, carrier)).not.toContainEqual(
    expect.objectContaining({ digest: carried.digest }),
  )
  // Also where the carrier is named by nothing either.
  expect(await found(layout, image)).not.toContainEqual(
    expect.objectContaining({ digest: carried.digest }),
  )
})

test('leaves out what is missing, of another size, or not what its digest says', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  const sbom = layout.sbom(image)
  const path = `blobs/${sbom.digest.replace(':', '/')}`
  const missing = { ...image, digest: digestOf(Buffer.from('missing')) }
  layout.files.set(path, Buffer.from(String(layout.files.get(path)).replace('amd64', 'arm64')))
  const { files } = layout
  files.set(path, new Uint8Array([...files.get(path)!].reverse()))
  expect(await found(layout, image, missing, { ...image, size: 1 })).toEqual([
    { digest: image.digest, unnamed: false },
  ])
})

test('reads manifests that do not say their type, as image-spec 1.0 wrote them', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  const config = layout.blob('{}')
  const old = layout.blob({ schemaVersion: 2, config, layers: [], subject: image })
  const index = layout.blob({ schemaVersion: 2, manifests: [], subject: image })
  const digests = (await found(layout, image)).map(({ digest }) => digest)
  expect(digests).toEqual(expect.arrayContaining([old.digest, index.digest]))
})

test('takes no other JSON for a manifest', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.blob({ _type: 'https://in-toto.io/Statement/v1', subject: [image] })
  layout.blob({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', subject: image })
  layout.blob('{"schemaVersion":2,')
  layout.blob(`[${'['.repeat(1000)}`)
  layout.blob({ schemaVersion: 1, config: {}, layers: [], subject: image })
  expect(await found(layout, image)).toHaveLength(1)
})

test('does not read on where a blob cannot be a manifest', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  layout.blob(new Uint8Array(1_000_000))
  layout.blob(`{"large":"${'x'.repeat(5 * 1024 * 1024)}"}`)
  let bytes = 0
  const files = filesOf(layout.files)
  const counting = {
    ...files,
    async find(path: string) {
      const file = await files.find(path)
      const { size, stream } = file!
      return {
        size,
        stream(start = 0, end = size) {
          bytes += end - start
          return stream(start, end)
        },
      }
    },
  }
  await readGraph(counting, [image])
  expect(bytes).toBeLessThan(2000)
})
