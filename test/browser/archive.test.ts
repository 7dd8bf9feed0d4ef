// A page saves an archive and opens it: what is attached is there again.
import { expect, test } from 'vitest'
import { archive, memoryBox, writeArchive } from '../../src/archive/index.ts'
import { attach, referrers } from '../../src/index.ts'
import { getBlobBytes, pushBlob } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'

const artifactType = 'application/vnd.example.sbom'

test.each([false, true])('what a page saves it opens again, with gzip: %s', async (gzip) => {
  const box = memoryBox()
  const app = box.repository('team/app')
  await pushImage(app)
  const { digest } = await attach(app, 'v1', {
    artifactType,
    blobs: [{ data: 'x', mediaType: artifactType }],
  })
  const blob = await pushBlob(app, new Uint8Array(3_000_000))
  const saved = await new Response(writeArchive(box, { gzip })).blob()
  const file = new File([saved], 'app.tar')
  for (const source of [file, file.stream()]) {
    const opened = await archive(source)
    const repo = opened.repository()
    expect((await all(referrers(repo, 'v1'))).map((found) => found.digest)).toEqual([digest])
    expect((await getBlobBytes(repo, blob)).byteLength).toBe(blob.size)
    await opened.close()
  }
})

test('opens an archive of 2 GiB by its headers alone', async () => {
  const box = memoryBox()
  await pushImage(box.repository())
  const saved = new Uint8Array(await new Response(writeArchive(box)).arrayBuffer())
  // Blobs made of Blobs share their bytes: 4 MiB in memory.
  const piece = new Blob([new Uint8Array(4 * 1024 * 1024)])
  const layer = new Blob(Array(16).fill(piece))
  const layers = Array.from({ length: 32 }, (_, at) => [
    named(saved.slice(0, 512), `layer-${at}`, layer.size),
    layer,
  ])
  const file = new Blob([...layers.flat(), saved])
  expect(file.size).toBeGreaterThan(2 ** 31)
  const began = performance.now()
  const opened = await archive(file)
  expect(performance.now() - began).toBeLessThan(1000)
  expect((await opened.entries()).map(({ tag }) => tag)).toEqual(['v1'])
})

/** A header of tar with another name and size. */
function named(header: Uint8Array, name: string, size: number): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(header)
  const text = (value: string, at: number) => changed.set(new TextEncoder().encode(value), at)
  changed.fill(0, 0, 100)
  text(name, 0)
  text(`${size.toString(8).padStart(11, '0')}\0`, 124)
  text(' '.repeat(8), 148)
  const sum = changed.reduce((total, byte) => total + byte, 0)
  text(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return changed
}
