// What somebody who may push can make of an artifact's content, at a registry that takes everything.
import { expect, test } from 'vitest'
import type { Part } from '../../../examples/explorer/src/content/part.ts'
import { readParts } from '../../../examples/explorer/src/content/read-parts.ts'
import { type Digest, repository } from '../../../src/index.ts'
import { digestOf } from '../../../src/model/digest.ts'

const MIB = 1024 * 1024
const blobs = new Map<string, Uint8Array<ArrayBuffer>>()
const asked: string[] = []
const repo = repository('registry.example/app', {
  async fetch({ url }) {
    const digest = url.split('/').at(-1)!
    const type = url.includes('/manifests/') ? 'application/vnd.oci.image.manifest.v1+json' : 'a/b'
    asked.push(digest)
    const body = blobs.get(digest)
    return new Response(body ?? null, {
      status: body ? 200 : 404,
      headers: { 'content-type': type },
    })
  },
})
const { signal } = new AbortController()

async function put(data: string | Uint8Array<ArrayBuffer>) {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  const digest = await digestOf(bytes)
  blobs.set(digest, bytes)
  return { digest, size: bytes.byteLength, mediaType: 'application/json' }
}

const read = async (manifest: unknown): Promise<readonly Part[]> =>
  readParts(repo, (await put(JSON.stringify(manifest))).digest, signal)
const readBlob = async (data: string) => read({ layers: [await put(data)] })

/** Characters that are shown. */
const lengthOf = ({ text = '', rows = [] }: Part) => text.length + rows.flat().join('').length

test('what says that it is smaller than nothing does not make room for more', async () => {
  const large = await put(new Uint8Array(9 * MIB).fill(65))
  const less = { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: -1e12 }
  const parts = await read({ layers: [less, large] })
  expect(parts[1]?.note).toBe('Only 8 MiB of an artifact are shown here.')
  expect(asked).not.toContain(large.digest satisfies Digest)
})

test.each([
  ['nothing', [null, 5, 'x', {}]],
  ['a text', 'layers'],
  ['an object', { length: 1 }],
])('the manifest is shown also where its layers are %s', async (_, layers) => {
  const parts = await read({ layers })
  expect(parts.at(-1)).toMatchObject({ title: 'Manifest', text: expect.stringContaining('layers') })
  expect(parts.length).toBeLessThan(6)
})

test('JSON whose indentation would fill the memory is written as far as it is shown', async () => {
  const began = performance.now()
  const deep = `${'['.repeat(3000)}${'1,'.repeat(1.5 * MIB)}1${']'.repeat(3000)}`
  const [part] = await readBlob(deep)
  expect(part?.note).toBe('The first 200000 characters are shown.')
  expect(part?.text?.length).toBe(200_000)
  expect(performance.now() - began).toBeLessThan(5000)
})

test('the cells of a table have no more characters than a text', async () => {
  const packages = ['first', 'n'.repeat(7 * MIB), 'last'].map((name) => ({ name }))
  const [table] = await readBlob(JSON.stringify({ spdxVersion: 'SPDX-2.3', packages }))
  expect(table).toMatchObject({ title: 'Packages: 3', note: 'The first 1 are shown.' })
  expect(lengthOf(table!)).toBeLessThan(200_000)
})

test('all that is shown of an artifact has an end', async () => {
  const layers = []
  for (let at = 0; at < 50; at++) layers.push(await put(`${at}${'x'.repeat(MIB / 8)}`))
  const parts = await read({ layers })
  expect(parts.reduce((sum, part) => sum + lengthOf(part), 0)).toBeLessThan(1_000_000)
  expect(parts.at(-1)?.title).toBe('Manifest')
})
