// Layouts that are nearly right: fields that are null, a tag that is doubled. All that read them say the same.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { archive, writeArchive } from '../../src/archive/index.ts'
import type { Box } from '../../src/box/box.ts'
import { attach, referrers } from '../../src/index.ts'
import type { Descriptor } from '../../src/model/descriptor.ts'
import { layout } from '../../src/node/index.ts'
import { headManifest } from '../../src/registry/index.ts'
import { all } from '../_image.ts'
import { tar } from '../archive/_tar.ts'
import { temporaryDirectory } from '../node/layout/_directory.ts'
import { CONTAINERD, INDEX, REF, SBOM, type TestLayout, testLayout } from './_layout.ts'

async function written({ files }: TestLayout): Promise<string> {
  const root = join(await temporaryDirectory(), 'out')
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), bytes)
  }
  return root
}

const indexOf = (made: TestLayout, index: object) =>
  made.files.set('index.json', Buffer.from(JSON.stringify(index)))

/** Whatever opens a layout. */
const readers: readonly (readonly [string, (made: TestLayout) => Promise<Box>])[] = [
  [
    'a directory that is only read',
    async (made) => layout(await written(made), { readOnly: true }),
  ],
  ['a directory that is written', async (made) => layout(await written(made))],
  [
    'an archive',
    async ({ files }) =>
      archive(
        new Blob([new Uint8Array(tar(...Array.from(files, ([name, data]) => ({ name, data }))))]),
      ),
  ],
  [
    'an archive that was written from another',
    async ({ files }) => {
      const bytes = tar(...Array.from(files, ([name, data]) => ({ name, data })))
      const first = await archive(new Blob([new Uint8Array(bytes)]))
      return archive(await new Response(writeArchive(first)).blob())
    },
  ],
]

async function open(reader: (made: TestLayout) => Promise<Box>, made: TestLayout) {
  const box = await reader(made)
  onTestFinished(() => box.close())
  return box
}

const NULLS = { annotations: null, artifactType: null, data: null, urls: null, platform: null }

test.each(readers)('%s: fields that are null are not there', async (_, reader) => {
  const made = testLayout()
  const image = made.image('app', { annotations: null, subject: null })
  const inner = made.blob({ schemaVersion: 2, mediaType: INDEX, manifests: null }, INDEX)
  const sbom = made.sbom(image)
  const named = { [REF]: 'v1' }
  const manifests = [
    { ...image, ...NULLS, annotations: named },
    { ...inner, ...NULLS },
    { ...sbom, ...NULLS },
  ]
  indexOf(made, { schemaVersion: null, mediaType: null, manifests, annotations: null })
  const box = await open(reader, made)
  const app = box.repository()
  expect(await headManifest(app, 'v1')).toEqual(image)
  expect(await headManifest(app, inner.digest)).toEqual(inner)
  expect((await all(referrers(app, 'v1'))).map(({ digest }) => digest)).toEqual([sbom.digest])
  const entries = (await box.entries()).map(({ descriptor }) => descriptor.digest)
  expect(entries).toEqual(expect.arrayContaining([image, inner, sbom].map(({ digest }) => digest)))
})

test.each(readers)('%s: an index whose list is null lists nothing', async (_, reader) => {
  const made = testLayout()
  indexOf(made, { schemaVersion: 2, mediaType: INDEX, manifests: null })
  expect(await (await open(reader, made)).entries()).toEqual([])
})

test.each(readers)('%s: the first entry of a tag counts', async (_, reader) => {
  for (const name of [{}, { [CONTAINERD]: 'ghcr.io/team/app:v1' }]) {
    const made = testLayout()
    const [first, second] = [made.image('first'), made.image('second')]
    made.entry(first, { [REF]: 'v1' })
    made.entry(second, { [REF]: 'v1', ...name })
    const box = await open(reader, made)
    expect(await headManifest(box.repository(), 'v1')).toEqual(first)
    expect(await headManifest(box.repository(), second.digest)).toEqual(second)
  }
})

/** An image with an SBOM, and a referrers tag with these entries before that of the SBOM. */
function tagged(...entries: readonly unknown[]) {
  const made = testLayout()
  const image = made.image('app')
  made.entry(image, { [REF]: 'v1' })
  const [listed, other] = [made.sbom(image, 'listed'), made.sbom(image, 'other')]
  made.entry(listed)
  made.entry(other)
  const manifests = [...entries, listed]
  const index = made.blob({ schemaVersion: 2, mediaType: INDEX, manifests }, INDEX)
  const tag = image.digest.replace(':', '-')
  made.entry(index, { [REF]: tag })
  return { made, tag, sboms: [listed, other] }
}

/** What the referrers tag of a layout's files lists. */
function listedAt(
  tag: string,
  index: { manifests: Descriptor[] },
  read: (path: string) => Promise<string>,
): Promise<unknown[]> {
  const entry = index.manifests.find(({ annotations }) => annotations?.[REF] === tag)
  return read(`blobs/${entry!.digest.replace(':', '/')}`).then((text) => JSON.parse(text).manifests)
}

test('entries of a referrers tag that are none are kept beside what is attached', async () => {
  const odd = [null, 'x', 7, [], { mediaType: 'text/plain' }]
  const { made, tag, sboms } = tagged(...odd)
  const root = await written(made)
  const box = await layout(root)
  const added = await attach(box.repository(), 'v1', { artifactType: SBOM })
  await box.close()
  const read = (path: string) => readFile(join(root, path), 'utf8')
  const listed = await listedAt(tag, JSON.parse(await read('index.json')), read)
  expect(listed.slice(0, odd.length)).toEqual(odd)
  const digests = listed.slice(odd.length).map((entry) => (entry as Descriptor).digest)
  expect(digests.sort()).toEqual([...sboms, added].map(({ digest }) => digest).sort())
})

test.each(readers)('%s: odd entries of a referrers tag hide nothing', async (_, reader) => {
  const { made, sboms } = tagged(null, { digest: 'sha256:x' })
  const app = (await open(reader, made)).repository()
  const found = (await all(referrers(app, 'v1'))).map(({ digest }) => digest).sort()
  expect(found).toEqual(sboms.map(({ digest }) => digest).sort())
})
