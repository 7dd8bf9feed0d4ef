// Directories that another tool, or an archive, filled: files that are no files, and an index.json
// that says strange things. What is odd is absent, or the layout is refused; never does it hang, break
// a later request, or get in the way of other repositories.
import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { digestOf, INDEX, index, putManifest, type Send, start } from '../embedded/_registry.ts'
import { openStorage, temporaryDirectory } from '../node/layout/_directory.ts'

const content = index()
const digest = digestOf(content)
const refName = 'org.opencontainers.image.ref.name'
const entry = {
  mediaType: INDEX,
  digest,
  size: content.length,
  annotations: { [refName]: 'v1' },
}

const blobPath = (layout: string) => join(layout, 'blobs', 'sha256', digest.slice(7))

/** A layout with one manifest, `v1`. */
async function makeLayout(directory: string, name: string, indexJson?: string): Promise<string> {
  const layout = join(directory, name)
  await mkdir(join(layout, 'blobs', 'sha256'), { recursive: true })
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const text = indexJson ?? JSON.stringify({ schemaVersion: 2, manifests: [entry] })
  await writeFile(join(layout, 'index.json'), text)
  await writeFile(blobPath(layout), content)
  return layout
}

async function serve(directory: string): Promise<Send> {
  return start({ storage: await openStorage(directory) })
}

const statusOf = async (send: Send, path: string) => (await send('GET', path)).status

const pipe = (path: string) => execFileSync('mkfifo', [path])

const oddities: Record<string, (path: string) => unknown> = {
  'a pipe': pipe,
  'a directory': (path) => mkdir(path),
  'a link to a file outside': (path) => symlink('/etc/hostname', path),
  'a link to a device': (path) => symlink('/dev/zero', path),
  'a link to nothing': (path) => symlink('nowhere', path),
}

describe.each(Object.entries(oddities))('%s', (_, put) => {
  test('in place of a manifest is a manifest that is not there', async () => {
    const directory = await temporaryDirectory()
    await makeLayout(directory, 'good')
    const path = blobPath(await makeLayout(directory, 'odd'))
    await rm(path)
    await put(path)
    const send = await serve(directory)
    expect(await statusOf(send, '/v2/odd/manifests/v1')).toBe(404)
    expect(await statusOf(send, `/v2/odd/manifests/${digest}`)).toBe(404)
    expect(await statusOf(send, '/v2/good/manifests/v1')).toBe(200)
  })

  test('in place of a blob is a blob that is not there', async () => {
    const directory = await temporaryDirectory()
    const path = blobPath(await makeLayout(directory, 'odd', '{"manifests":[]}'))
    await rm(path)
    await put(path)
    const send = await serve(directory)
    expect(await statusOf(send, `/v2/odd/blobs/${digest}`)).toBe(404)
    const mount = `/v2/other/blobs/uploads/?mount=${digest}&from=odd`
    expect((await send('POST', mount)).status).toBe(202)
  })

  test.each(['oci-layout', 'index.json'])(
    'in place of %s refuses that layout alone',
    async (part) => {
      const directory = await temporaryDirectory()
      await makeLayout(directory, 'good')
      const path = join(await makeLayout(directory, 'odd'), part)
      await rm(path)
      await put(path)
      const send = await serve(directory)
      await expect(send('GET', '/v2/odd/tags/list')).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
      const push = putManifest(send, 'odd', 'v2', content, { 'Content-Type': INDEX })
      await expect(push).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      expect(await statusOf(send, '/v2/good/manifests/v1')).toBe(200)
    },
  )

  test('in place of the lock is replaced', async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, '.ocilink'))
    await put(join(directory, '.ocilink', 'lock'))
    if (_ === 'a directory') {
      await expect(openStorage(directory)).rejects.toThrow()
      return
    }
    const send = await serve(directory)
    expect(await statusOf(send, '/v2/')).toBe(200)
  })
})

describe('an index.json', () => {
  test.each([
    ['a type with a line break', { ...entry, mediaType: 'a/b\r\nX-Evil: 1' }],
    ['a type with NUL', { ...entry, mediaType: 'a/b\u0000' }],
    ['a type that is no Latin', { ...entry, mediaType: 'é☃/b' }],
    ['a type without a slash', { ...entry, mediaType: 'x' }],
    ['an endless type', { ...entry, mediaType: `a/${'b'.repeat(20_000)}` }],
    ['a negative size', { ...entry, size: -1 }],
    ['a size beyond all numbers', { ...entry, size: 2 ** 64 }],
    ['a size with a fraction', { ...entry, size: 1.5 }],
    ['a size that is text', { ...entry, size: '2' }],
    ['a digest that climbs', { ...entry, digest: 'sha256:../../../../etc/hostname' }],
    ['an unknown algorithm', { ...entry, digest: `blake3:${'a'.repeat(64)}` }],
    ['a tag with a line break', { ...entry, annotations: { [refName]: 'v1\r\nX-Evil: 1' } }],
    ['null', null],
    ['a list', []],
  ])('with an entry of %s is served without it, and keeps it', async (_, odd) => {
    const directory = await temporaryDirectory()
    const text = JSON.stringify({ schemaVersion: 2, manifests: [odd] })
    const layout = await makeLayout(directory, 'app', text)
    const send = await serve(directory)
    expect(await statusOf(send, '/v2/app/manifests/v1')).toBe(404)
    const tags = await send('GET', '/v2/app/tags/list')
    expect(await tags.json()).toEqual({ name: 'app', tags: [] })
    const put = await putManifest(send, 'app', 'new', content, { 'Content-Type': INDEX })
    expect(put.status).toBe(201)
    expect(await statusOf(send, '/v2/app/manifests/new')).toBe(200)
    const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
    expect(manifests).toContainEqual(odd)
  })

  test.each([
    ['text', 'x'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['no list of manifests', '{"schemaVersion":2}'],
    [
      'a list nested a hundred thousand deep',
      `{"manifests":[],"x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
    ],
    [
      'an entry nested a hundred thousand deep',
      `{"manifests":[${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}]}`,
    ],
  ])('that is %s is refused, each time', async (_, text) => {
    const directory = await temporaryDirectory()
    await makeLayout(directory, 'good')
    await makeLayout(directory, 'app', text)
    const send = await serve(directory)
    for (let n = 0; n < 2; n += 1) {
      const refused = { code: 'INVALID_INPUT', path: expect.stringContaining('index.json') }
      await expect(send('GET', '/v2/app/tags/list')).rejects.toMatchObject(refused)
    }
    expect(await statusOf(send, '/v2/good/manifests/v1')).toBe(200)
  })

  test('keeps fields that it does not know, however odd', async () => {
    const directory = await temporaryDirectory()
    const more = `"__proto__":{"x":1},"deep":${'['.repeat(200)}${']'.repeat(200)},"":null`
    const text = `{"schemaVersion":2,"manifests":[],${more}}`
    const layout = await makeLayout(directory, 'app', text)
    const send = await serve(directory)
    const put = await putManifest(send, 'app', 'new', content, { 'Content-Type': INDEX })
    expect(put.status).toBe(201)
    expect(await readFile(join(layout, 'index.json'), 'utf8')).toContain(more)
  })
})
