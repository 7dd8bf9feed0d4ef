// Archives in memory, as a page has them: opened, read, written, and opened again.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { archive, memoryBox, writeArchive } from '../../src/archive/index.ts'
import type { Box } from '../../src/box/box.ts'
import { attach, type Repository, referrers, sibling } from '../../src/index.ts'
import { getBlobBytes, getManifest, headManifest, pushBlob } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'
import { CONTAINERD, IMAGE, INDEX, REF, SBOM, type TestLayout, testLayout } from '../box/_layout.ts'
import { tar } from './_tar.ts'

const tarOf = ({ files }: TestLayout) =>
  tar(...Array.from(files, ([name, data]) => ({ name, data })))
const blobOf = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)])

/** A layout with an image, an SBOM with an entry and one without. */
function attached() {
  const layout = testLayout()
  const image = layout.image('app')
  layout.entry(image, { [REF]: 'v1' })
  layout.entry(layout.sbom(image, 'named'))
  layout.sbom(image, 'unnamed')
  return { layout, image }
}

async function countOf(repo: Repository, subject = 'v1'): Promise<number> {
  return (await all(referrers(repo, subject))).length
}

const bytesOf = async (box: Box, gzip = false): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(writeArchive(box, { gzip })).arrayBuffer())

test('reads a Blob, a stream, and both of them with gzip', async () => {
  const { layout, image } = attached()
  const plain = tarOf(layout)
  for (const bytes of [plain, gzipSync(plain)]) {
    for (const source of [blobOf(bytes), blobOf(bytes).stream()]) {
      const box = await archive(source)
      const app = box.repository('team/app')
      expect((await getManifest(app, 'v1')).descriptor).toEqual(image)
      expect(await countOf(app)).toBe(2)
      await box.close()
    }
  }
})

test("calls a page's file by its name in errors", async () => {
  const file = new File([new Uint8Array(100)], 'app.tar')
  await expect(archive(file)).rejects.toMatchObject({ message: expect.stringContaining('app.tar') })
})

test('reads the content of an archive where it lies', async () => {
  const { layout } = attached()
  const blob = layout.blob('x'.repeat(10_000))
  const whole = blobOf(tarOf(layout))
  const slices: number[] = []
  const slice = whole.slice.bind(whole)
  whole.slice = (start = 0, end = whole.size) => {
    slices.push(end - start)
    return slice(start, end)
  }
  const box = await archive(whole)
  slices.length = 0
  const bytes = await getBlobBytes(box.repository(), blob)
  expect(bytes.byteLength).toBe(10_000)
  expect(slices).toEqual([10_000])
})

test.each([
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
])('says that it does not read %s', async (name, magic) => {
  const bytes = Uint8Array.from([...magic, ...new Uint8Array(600)])
  await expect(archive(blobOf(bytes))).rejects.toMatchObject({ code: 'INVALID_INPUT', input: name })
})

test('refuses gzip that was cut, changed, or grows beyond its limit', async () => {
  const { layout } = attached()
  const packed = gzipSync(tarOf(layout))
  const cut = blobOf(packed.subarray(0, packed.byteLength - 20))
  await expect(archive(cut)).rejects.toMatchObject({ code: 'INVALID_INPUT', input: 'none' })
  packed[packed.byteLength - 6]! ^= 1
  await expect(archive(blobOf(packed))).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  const bomb = gzipSync(Buffer.alloc(10_000_000))
  await expect(archive(blobOf(bomb), { unpackedLimit: 1_000_000 })).rejects.toMatchObject({
    code: 'TOO_LARGE',
    expected: 1_000_000,
    message: expect.stringContaining('Pass a larger "unpackedLimit" to archive()'),
  })
  await expect(archive(blobOf(bomb).stream(), { unpackedLimit: 5000 })).rejects.toMatchObject({
    code: 'TOO_LARGE',
    message: expect.stringContaining('Pass a larger "unpackedLimit" to archive()'),
  })
})

test('refuses more entries than it may have', async () => {
  const { layout } = attached()
  await expect(archive(blobOf(tarOf(layout)), { maxEntries: 3 })).rejects.toMatchObject({
    code: 'TOO_LARGE',
    message: expect.stringContaining('Pass a larger "maxEntries" to archive()'),
  })
})

test('refuses wrong options and sources before it reads', async () => {
  const blob = blobOf(new Uint8Array())
  await expect(archive(blob, { maxEntries: 0 })).rejects.toMatchObject({ path: 'maxEntries' })
  await expect(archive(blob, { limit: 1 } as object)).rejects.toMatchObject({ path: 'limit' })
  await expect(archive('app.tar' as unknown as Blob)).rejects.toThrow(TypeError)
  expect(() => writeArchive(memoryBox(), { gzip: 1 } as object)).toThrow('"gzip"')
  expect(() => memoryBox({ limit: 0 })).toThrow('"limit"')
})

test('what is attached in memory is saved and opened again, byte for byte', async () => {
  const box = memoryBox()
  const app = box.repository('team/app')
  const image = await pushImage(app)
  const sbom = await attach(app, 'v1', {
    artifactType: SBOM,
    blobs: [{ data: 'x', mediaType: SBOM }],
  })
  const signature = await attach(app, sbom, { artifactType: 'application/vnd.example.signature' })
  expect((await box.entries()).map(({ tag }) => tag)).toEqual(['v1', undefined, undefined])

  for (const gzip of [false, true]) {
    const saved = await archive(blobOf(await bytesOf(box, gzip)))
    const other = saved.repository('any/name')
    expect((await getManifest(other, 'v1')).bytes).toEqual((await getManifest(app, 'v1')).bytes)
    expect((await all(referrers(other, 'v1'))).map(({ digest }) => digest)).toEqual([sbom.digest])
    expect((await all(referrers(other, sbom.digest))).map(({ digest }) => digest)).toEqual([
      signature.digest,
    ])
    expect((await headManifest(other, 'v1'))?.digest).toBe(image.digest)
  }
})

test('an archive of an archive is the same, and the same box gives the same bytes', async () => {
  const box = memoryBox()
  await pushImage(box.repository())
  await attach(box.repository(), 'v1', { artifactType: SBOM })
  const first = await bytesOf(box)
  expect(await bytesOf(box)).toEqual(first)
  expect(await bytesOf(await archive(blobOf(first)))).toEqual(first)
})

test('an archive names what the layout leaves out, and has the referrers tags that regctl reads', async () => {
  const { layout, image } = attached()
  const written = await archive(blobOf(await bytesOf(await archive(blobOf(tarOf(layout))))))
  const entries = await written.entries()
  const tag = image.digest.replace(':', '-')
  expect(entries.map((entry) => entry.tag)).toEqual(['v1', undefined, undefined, tag])
  const { bytes } = await getManifest(written.repository(), tag)
  const index = JSON.parse(new TextDecoder().decode(bytes))
  expect(index.mediaType).toBe(INDEX)
  expect(index.manifests.map(({ artifactType }: { artifactType: string }) => artifactType)).toEqual(
    [SBOM, SBOM],
  )
  expect(await countOf(written.repository())).toBe(2)
})

test('a referrers tag that lacks some is renewed, and names of repositories are kept', async () => {
  const layout = testLayout()
  const image = layout.image('app')
  const named = { [REF]: 'v1', [CONTAINERD]: 'docker.io/library/app:v1' }
  layout.entry(image, named)
  const [one, two] = [layout.sbom(image, 'one'), layout.sbom(image, 'two')]
  const old = layout.blob({ schemaVersion: 2, mediaType: INDEX, manifests: [one] }, INDEX)
  layout.entry(old, { [REF]: image.digest.replace(':', '-') })
  const written = await archive(blobOf(await bytesOf(await archive(blobOf(tarOf(layout))))))
  const entries = await written.entries()
  expect(entries.filter(({ tag }) => tag === image.digest.replace(':', '-'))).toHaveLength(1)
  expect(entries[0]).toMatchObject({ repository: 'docker.io/library/app', tag: 'v1' })
  const app = written.repository('app')
  const { bytes } = await getManifest(app, image.digest.replace(':', '-'))
  const { manifests } = JSON.parse(new TextDecoder().decode(bytes))
  expect(manifests.map(({ digest }: { digest: string }) => digest)).toEqual([
    one.digest,
    two.digest,
  ])
})

test('an archive is not finished where a blob is not what its digest says', async () => {
  const { layout } = attached()
  const blob = layout.blob('content')
  layout.files.set(`blobs/${blob.digest.replace(':', '/')}`, Buffer.from('CONTENT'))
  const box = await archive(blobOf(tarOf(layout)))
  await expect(bytesOf(box)).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
    expected: blob.digest,
  })
})

test('an archive that is no longer wanted is given up, for its own reason', async () => {
  const box = memoryBox()
  await pushBlob(box.repository(), new Uint8Array(50_000_000))
  const stopped = new Error('stopped')
  await expect(
    new Response(writeArchive(box, { signal: AbortSignal.abort(stopped) })).arrayBuffer(),
  ).rejects.toBe(stopped)
  const abort = new AbortController()
  const reader = writeArchive(box, { signal: abort.signal }).getReader()
  await reader.read()
  abort.abort(stopped)
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toBe(stopped)
  const left = writeArchive(box)
  await left.cancel()
})

test('a box in memory holds one repository, by the name that is given first', async () => {
  const box = memoryBox()
  const unnamed = box.repository()
  const app = box.repository('team/app')
  await pushImage(app)
  expect(await headManifest(unnamed, 'v1')).toMatchObject({ mediaType: IMAGE })
  expect(box.repository().name).toBe('team/app')
  expect(() => box.repository('team/other')).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT', path: 'name', input: 'team/other' }),
  )
  await expect(pushBlob(sibling(app, 'team/other'), 'x')).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  expect(() => box.repository('Not a name')).toThrow(
    expect.objectContaining({ code: 'INVALID_REFERENCE' }),
  )
})

test('a box in memory refuses more than its limit', async () => {
  const box = memoryBox({ limit: 1000 })
  await expect(pushBlob(box.repository(), new Uint8Array(2000))).rejects.toMatchObject({
    status: 413,
  })
})

test('only boxes are written', () => {
  expect(() => writeArchive({} as Box)).toThrow('"box" is no box')
})
