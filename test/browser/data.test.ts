// What a page has in its hands: Blobs, Files and streams, and its own way to hash them.
import { describe, expect, inject, test } from 'vitest'
import {
  type Algorithm,
  attach,
  digestOf,
  digestOfStream,
  parseManifest,
  repository,
} from '../../src/index.ts'
import { getBlob, getBlobBytes, getManifest, pushBlob } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

const MiB = 1024 * 1024
const mediaType = 'text/plain'

describe.each(['withApi', 'withoutApi'] as const)('a registry %s', (name) => {
  const app = repository(`${inject('hosts')[name]}/team/data`)

  test('stores text, bytes, a Blob, a File and a stream as they are', async () => {
    await pushImage(app)
    const attached = await attach(app, 'v1', {
      artifactType: 'application/vnd.example.report',
      blobs: [
        { data: 'drei Größen', mediaType },
        { data: new TextEncoder().encode('in bytes'), mediaType },
        { data: new Blob(['in a ', 'Blob']), mediaType },
        { data: new File(['in a File'], 'report.txt'), mediaType },
        { data: new Blob(['in a stream']).stream(), mediaType },
      ],
    })
    const { bytes } = await getManifest(app, attached.digest)
    const manifest = parseManifest(bytes, attached.mediaType)
    const layers = 'layers' in manifest ? manifest.layers : []
    const texts = layers.map(async (layer) =>
      new TextDecoder().decode(await getBlobBytes(app, layer)),
    )
    expect(await Promise.all(texts)).toEqual([
      'drei Größen',
      'in bytes',
      'in a Blob',
      'in a File',
      'in a stream',
    ])
  })

  test('stores a File too large to be read into memory, and reads it back as a stream', async () => {
    const file = new File([pattern(5 * MiB)], 'large.bin')
    const blob = await pushBlob(app, file)
    expect(blob).toMatchObject({ size: file.size, digest: await digestOf(pattern(5 * MiB)) })
    expect(await digestOfStream(await getBlob(app, blob))).toEqual({
      digest: blob.digest,
      size: blob.size,
    })
  })

  test('stores a stream of unknown length in chunks', async () => {
    const parts = [pattern(MiB, 1), pattern(MiB, 2), pattern(1, 3)]
    const expected = await digestOfStream(new Blob(parts).stream())
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = parts.shift()
        return part ? controller.enqueue(part) : controller.close()
      },
    })
    const blob = await pushBlob(app, stream, { chunkSize: MiB })
    expect(blob).toMatchObject(expected)
    expect(await digestOfStream(await getBlob(app, blob))).toEqual(expected)
  })

  test('refuses data that is not what its digest says', async () => {
    const digest = await digestOf(new TextEncoder().encode('something else'))
    const pushed = pushBlob(app, new Blob(['something']), { digest })
    await expect(pushed).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })
})

// FIPS 180-4 example "abc" and the empty message, as published by NIST.
const answers: readonly [Algorithm, string, string][] = [
  ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['sha256', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [
    'sha384',
    'abc',
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  ],
  [
    'sha512',
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    'sha512',
    '',
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  ],
]

test.each(answers)('hashes by %s the message "%s" as published', async (algorithm, text, hex) => {
  const bytes = new TextEncoder().encode(text)
  expect(await digestOf(bytes, algorithm)).toBe(`${algorithm}:${hex}`)
  const stream = new Blob([bytes]).stream()
  expect(await digestOfStream(stream, algorithm)).toEqual({
    digest: `${algorithm}:${hex}`,
    size: bytes.byteLength,
  })
})

test('hashes a large stream as it hashes the same bytes at once', async () => {
  const bytes = pattern(3 * MiB + 1)
  const { digest } = await digestOfStream(new Blob([bytes]).stream())
  expect(digest).toBe(await digestOf(bytes))
})

/** Bytes that do not repeat within a chunk. */
function pattern(size: number, seed = 0): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4))
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + seed, 2_654_435_761)
  return new Uint8Array(words.buffer, 0, size)
}
