import { randomUUID } from 'node:crypto'
import {
  cp,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { layoutStorage } from '../../../src/node/index.ts'
import {
  descriptor,
  digestOf,
  IMAGE,
  INDEX,
  image,
  index,
  pushBlob,
  pushImage,
  putManifest,
  type Send,
  start,
} from '../../embedded/_registry.ts'
import { openStorage, temporaryDirectory } from './_directory.ts'

const refName = 'org.opencontainers.image.ref.name'

interface LayoutIndex {
  schemaVersion: number
  mediaType: string
  manifests: { mediaType: string; digest: string; size: number; annotations?: object }[]
}

/** A registry on a directory. */
async function serve(directory: string, name?: string): Promise<Send> {
  return start({ storage: await openStorage(directory, { name }) })
}

async function readIndex(layout: string): Promise<LayoutIndex> {
  return JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
}

const blobPath = (layout: string, digest: string) =>
  join(layout, 'blobs', ...(digest.split(':') as [string, string]))

async function writeBlob(layout: string, content: string): Promise<string> {
  const digest = digestOf(content)
  await mkdir(join(layout, 'blobs', 'sha256'), { recursive: true })
  await writeFile(blobPath(layout, digest), content)
  return digest
}

/** A layout as another tool would write it. */
async function writeLayout(layout: string, manifests: object[], more: object = {}): Promise<void> {
  await mkdir(join(layout, 'blobs', 'sha256'), { recursive: true })
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}')
  await writeFile(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, ...more, manifests }),
  )
}

async function tagsOf(send: Send, name: string): Promise<string[]> {
  const answer = await send('GET', `/v2/${name}/tags/list`)
  return ((await answer.json()) as { tags: string[] }).tags
}

const status = async (send: Send, path: string) => (await send('GET', path)).status

describe('what is in the directory', () => {
  test('is an image layout for each repository, with an entry for each tag', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    const tagged = await pushImage(send, 'team/app', 'v1')
    await pushImage(send, 'team/app', 'latest')
    const untagged = await pushImage(send, 'team/app', undefined, { a: 1 })
    const layout = join(directory, 'team', 'app')
    expect(JSON.parse(await readFile(join(layout, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    })
    const entry = { mediaType: IMAGE, digest: tagged, size: image().length }
    expect(await readIndex(layout)).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        { ...entry, annotations: { [refName]: 'v1' } },
        { ...entry, annotations: { [refName]: 'latest' } },
        { mediaType: IMAGE, digest: untagged, size: image({ a: 1 }).length },
      ],
    })
    expect(await readFile(blobPath(layout, tagged), 'utf8')).toBe(image())
    expect(await readFile(blobPath(layout, digestOf('{}')), 'utf8')).toBe('{}')
  })

  test('has content under the algorithm of its digest', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    await pushBlob(send, 'app', '{}')
    const digest = digestOf(image(), 'sha512')
    await putManifest(send, 'app', digest, image())
    expect(await readFile(blobPath(join(directory, 'app'), digest), 'utf8')).toBe(image())
  })

  test('has manifests of any size that the registry takes, and finds them again', async () => {
    const directory = await temporaryDirectory()
    const limits = { manifest: 100_000_000 }
    const storage = await openStorage(directory)
    const send = start({ storage, limits })
    await pushBlob(send, 'app', '{}')
    const text = image().padEnd(9_000_000)
    expect((await putManifest(send, 'app', 'v1', text)).status).toBe(201)
    expect((await (await send('GET', '/v2/app/manifests/v1')).text()).length).toBe(text.length)
    const tooLarge = await putManifest(send, 'app', 'v2', image().padEnd(70_000_000))
    expect(tooLarge.status).toBe(413)
    await storage.close()
    expect(await status(await serve(directory), '/v2/app/manifests/v1')).toBe(200)
  })

  test('loses the files of what is deleted', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    const digest = await pushImage(send, 'app', 'v1')
    await send('DELETE', `/v2/app/manifests/${digest}`)
    await send('DELETE', `/v2/app/blobs/${digestOf('{}')}`)
    expect(await readdir(join(directory, 'app', 'blobs', 'sha256'))).toEqual([])
    expect((await readIndex(join(directory, 'app'))).manifests).toEqual([])
  })

  test('is the same file for a blob that was mounted', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    const digest = await pushBlob(send, 'app', 'x')
    await send('POST', `/v2/other/blobs/uploads/?mount=${digest}&from=app`)
    const { ino } = await stat(blobPath(join(directory, 'app'), digest))
    expect((await stat(blobPath(join(directory, 'other'), digest))).ino).toBe(ino)
  })

  test('is nothing for a repository that was only asked for', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    expect(await status(send, '/v2/app/tags/list')).toBe(404)
    await send('POST', '/v2/app/blobs/uploads/')
    await send('PUT', '/v2/app/manifests/v1', { body: '{}', headers: { 'Content-Type': IMAGE } })
    expect(await readdir(directory)).toEqual(['.ocilink'])
  })

  test.each([
    'blobs',
    'app/blobs',
    'app/blobs/sha256',
    'app/index.json',
    'app/oci-layout/blobs',
    'index.json',
  ])('keeps a repository called %s apart from a layout’s own files', async (name) => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    await pushImage(send, 'app', 'v1')
    const digest = await pushImage(send, name, 'v2')
    expect(await tagsOf(send, 'app')).toEqual(['v1'])
    expect(await tagsOf(send, name)).toEqual(['v2'])
    const pieces = name.replace(/(?<=^|\/)(blobs|index.json|oci-layout)(?=\/|$)/g, '_$1')
    expect(await readFile(blobPath(join(directory, pieces), digest), 'utf8')).toBe(image())
  })
})

describe('a layout that is there already', () => {
  test('is served, with the manifests that its indexes list', async () => {
    const directory = await temporaryDirectory()
    const layout = join(directory, 'team', 'app')
    await writeBlob(layout, '{}')
    const child = await writeBlob(layout, image())
    const sbom = image({ subject: { ...descriptor(image(), IMAGE) }, artifactType: 'a/sbom' })
    await writeBlob(layout, sbom)
    const entries = [
      { ...descriptor(image(), IMAGE), platform: { os: 'linux', architecture: 'amd64' } },
      descriptor(sbom, IMAGE),
      descriptor('not there', IMAGE),
    ]
    await writeBlob(layout, index(entries))
    const tag = { annotations: { [refName]: 'v1' } }
    await writeLayout(layout, [{ ...descriptor(index(entries), INDEX), ...tag }])

    const send = await serve(directory)
    expect(await tagsOf(send, 'team/app')).toEqual(['v1'])
    const answer = await send('GET', '/v2/team/app/manifests/v1')
    expect(answer.headers.get('Content-Type')).toBe(INDEX)
    expect(await answer.text()).toBe(index(entries))
    expect(await status(send, `/v2/team/app/manifests/${child}`)).toBe(200)
    expect(await status(send, `/v2/team/app/manifests/${digestOf('not there')}`)).toBe(404)
    expect(await status(send, `/v2/team/app/blobs/${digestOf('{}')}`)).toBe(200)
    const referrers = await send('GET', `/v2/team/app/referrers/${child}`)
    expect(((await referrers.json()) as LayoutIndex).manifests).toMatchObject([
      { digest: digestOf(sbom), artifactType: 'a/sbom' },
    ])
  })

  test('keeps what others wrote into its index, until that is deleted', async () => {
    const directory = await temporaryDirectory()
    const layout = join(directory, 'app')
    await writeBlob(layout, '{}')
    const [first, second] = [image(), image({ a: 1 })]
    await writeBlob(layout, first!)
    await writeBlob(layout, second!)
    const platform = { os: 'linux', architecture: 'arm64' }
    const one = descriptor(first!, IMAGE)
    const two = descriptor(second!, IMAGE)
    const manifests = [
      { ...one, platform, annotations: { [refName]: 'v1', 'com.example': 'x' } },
      { ...two, annotations: { [refName]: 'docker.io/library/app:v2' } },
      { ...two, annotations: { [refName]: 'v1' } },
      { ...descriptor('<xml/>', 'application/xml') },
      { not: 'a descriptor' },
    ]
    await writeLayout(layout, manifests, { annotations: { 'com.example.index': 'y' } })
    await writeBlob(layout, '<xml/>')

    const send = await serve(directory)
    // A full reference names its tag.
    expect(await tagsOf(send, 'app')).toEqual(['v1', 'v2'])
    expect((await send('HEAD', '/v2/app/manifests/v1')).headers.get('Docker-Content-Digest')).toBe(
      one.digest,
    )
    expect(await status(send, `/v2/app/manifests/${two.digest}`)).toBe(200)
    const third = await pushImage(send, 'app', 'v3', { b: 1 })
    const after = await readIndex(layout)
    expect(after).toMatchObject({ annotations: { 'com.example.index': 'y' } })
    expect(after.manifests).toHaveLength(6)
    expect(after.manifests).toEqual(expect.arrayContaining(manifests))

    await send('DELETE', '/v2/app/manifests/v1')
    const names = async () =>
      (await readIndex(layout)).manifests.map(({ digest, annotations }) => [digest, annotations])
    const left = await names()
    expect(left).toContainEqual([one.digest, undefined])
    expect(left).not.toContainEqual([two.digest, { [refName]: 'v1' }])
    await send('DELETE', `/v2/app/manifests/${two.digest}`)
    expect((await names()).map(([digest]) => digest)).not.toContain(two.digest)
    expect(await names()).toContainEqual([third, { [refName]: 'v3' }])
  })

  test('may name a manifest in any way, also one that is then pushed as a blob', async () => {
    const directory = await temporaryDirectory()
    const layout = join(directory, 'app')
    await writeBlob(layout, '{}')
    const digest = await writeBlob(layout, image())
    const name = { annotations: { [refName]: 'docker.io/library/app:v2' } }
    await writeLayout(layout, [{ ...descriptor(image(), IMAGE), ...name }])
    const storage = await openStorage(directory)
    await pushBlob(start({ storage }), 'app', image())
    await storage.close()
    const send = await serve(directory)
    for (const kind of ['blobs', 'manifests']) {
      expect(await status(send, `/v2/app/${kind}/${digest}`)).toBe(200)
    }
    expect((await readIndex(layout)).manifests).toContainEqual(
      expect.objectContaining({ annotations: expect.objectContaining(name.annotations) }),
    )
  })

  test('can be the directory itself, under a name', async () => {
    const directory = await temporaryDirectory()
    await writeBlob(directory, '{}')
    await writeBlob(directory, image())
    const entry = { ...descriptor(image(), IMAGE), annotations: { [refName]: 'v1' } }
    await writeLayout(directory, [entry])
    await expect(openStorage(directory)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const send = await serve(directory, 'team/app')
    expect(await tagsOf(send, 'team/app')).toEqual(['v1'])
    await pushImage(send, 'blobs', 'v2')
    await pushImage(send, 'team/app', 'v3', { a: 1 })
    expect((await readIndex(directory)).manifests).toHaveLength(2)
    expect(await tagsOf(send, 'blobs')).toEqual(['v2'])
  })

  test('is not served where it is broken, and says which file is', async () => {
    const directory = await temporaryDirectory()
    const layout = join(directory, 'app')
    const send = await serve(directory)
    await writeLayout(layout, [])
    const real = await realpath(layout)
    const broken = (path: string) =>
      expect(send('GET', '/v2/app/manifests/v1')).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        path: join(real, path),
      })
    await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion": "2.0.0"}')
    await broken('oci-layout')
    await unlink(join(layout, 'oci-layout'))
    await broken('oci-layout')
    await writeLayout(layout, [])
    await writeFile(join(layout, 'index.json'), '{"manifests": [')
    await broken('index.json')
    await writeFile(join(layout, 'index.json'), '{}')
    await broken('index.json')
    await writeLayout(layout, [])
    expect(await status(send, '/v2/app/manifests/v1')).toBe(404)
  })

  test('loses what is missing or damaged, and lists only what is whole', async () => {
    const directory = await temporaryDirectory()
    const layout = join(directory, 'app')
    await writeBlob(layout, '{}')
    const tag = (name: string) => ({ annotations: { [refName]: name } })
    const whole = { ...descriptor(image(), IMAGE), ...tag('whole') }
    const damaged = { ...descriptor(image({ a: 1 }), IMAGE), ...tag('damaged') }
    const missing = { ...descriptor(image({ a: 2 }), IMAGE), ...tag('missing') }
    await writeBlob(layout, image())
    await writeFile(blobPath(layout, damaged.digest), image({ a: 9 }))
    await writeLayout(layout, [damaged, missing, whole])
    const send = await serve(directory)
    expect(await tagsOf(send, 'app')).toEqual(['whole'])
    for (const { digest } of [damaged, missing]) {
      expect(await status(send, `/v2/app/manifests/${digest}`)).toBe(404)
    }
  })
})

describe('paths', () => {
  test.each(['..', 'a/../../b', '/etc', 'a//b', '.ocilink', 'A', '', 'a/./b', 'a\0b'])(
    'a repository called %j is not looked for',
    async (name) => {
      const directory = await temporaryDirectory()
      const storage = await openStorage(join(directory, 'inside'))
      const repository = storage.repository(name)
      const refused = { code: 'INVALID_INPUT', path: 'name' }
      await expect(repository.exists()).rejects.toMatchObject(refused)
      const digest = digestOf('x') as `sha256:${string}` & never
      const bytes = new Uint8Array()
      const put = repository.putManifest({ digest, mediaType: IMAGE, bytes }, [], [])
      await expect(put).rejects.toMatchObject(refused)
      await pushBlob(start({ storage }), 'app', 'x')
      const link = storage.repository('app').linkBlob(digestOf('y') as never, name)
      await expect(link).rejects.toMatchObject(refused)
      expect(await readdir(directory)).toEqual(['inside'])
    },
  )

  test('a digest that is none is not looked for', async () => {
    const storage = await openStorage()
    const send = start({ storage })
    await pushBlob(send, 'app', 'x')
    const found = storage.repository('app').findBlob('sha256:../../../x' as never)
    await expect(found).rejects.toBeInstanceOf(TypeError)
  })

  test('nothing is read or written through symbolic links', async () => {
    const outside = await temporaryDirectory()
    const elsewhere = await serve(outside)
    const secret = await pushBlob(elsewhere, 'app', 'secret')
    await pushImage(elsewhere, 'app', 'v1')
    const before = await readdir(join(outside, 'app', 'blobs', 'sha256'))

    const directory = await temporaryDirectory()
    await symlink(join(outside, 'app'), join(directory, 'linked'))
    await symlink(outside, join(directory, 'all'))
    const send = await serve(directory)
    for (const name of ['linked', 'all/app']) {
      expect(await status(send, `/v2/${name}/manifests/v1`)).toBe(404)
      expect(await status(send, `/v2/${name}/blobs/${secret}`)).toBe(404)
      await expect(pushBlob(send, name, 'mine')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    }

    await pushImage(send, 'app', 'v1')
    const layout = join(directory, 'app')
    await symlink(blobPath(join(outside, 'app'), secret), blobPath(layout, secret))
    expect(await status(send, `/v2/app/blobs/${secret}`)).toBe(404)
    const mount = await send('POST', `/v2/other/blobs/uploads/?mount=${secret}&from=app`)
    expect(mount.status).toBe(202)

    for (const part of ['index.json', 'blobs', 'oci-layout']) {
      const name = `with-${part.replace('.', '-')}`
      await cp(layout, join(directory, name), { recursive: true, verbatimSymlinks: true })
      await rm(join(directory, name, part), { recursive: true })
      await symlink(join(outside, 'app', part), join(directory, name, part))
      await expect(send('GET', `/v2/${name}/manifests/v1`)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      })
    }
    expect(await readdir(join(outside, 'app', 'blobs', 'sha256'))).toEqual(before)
  })

  test('the directory itself may be a link, and is made where it is missing', async () => {
    const directory = await temporaryDirectory()
    await mkdir(join(directory, 'real'))
    await symlink(join(directory, 'real'), join(directory, 'link'))
    await pushImage(await serve(join(directory, 'link')), 'app', 'v1')
    expect(await readdir(join(directory, 'real'))).toContain('app')
    await pushImage(await serve(join(directory, 'new', 'one')), 'app', 'v1')
    expect(await readdir(join(directory, 'new', 'one'))).toContain('app')
  })
})

describe('what was left behind', () => {
  test('by a process that was killed is cleaned when the directory is opened', async () => {
    const directory = await temporaryDirectory()
    const storage = await openStorage(directory)
    const left = join(directory, '.ocilink', 'tmp', randomUUID())
    await writeFile(left, 'half a blob')
    await storage.close()
    await openStorage(directory)
    expect(await readdir(join(directory, '.ocilink', 'tmp'))).toEqual([])
  })

  test('by uploads that were not finished goes when the storage is closed', async () => {
    const directory = await temporaryDirectory()
    const storage = await openStorage(directory)
    const send = start({ storage })
    const open = await send('POST', '/v2/app/blobs/uploads/')
    await send('PATCH', open.headers.get('Location')!, { body: 'x'.repeat(1_000_000) })
    expect(await readdir(join(directory, '.ocilink', 'tmp'))).toHaveLength(1)
    await storage.close()
    expect(await readdir(join(directory, '.ocilink', 'tmp'))).toEqual([])
    const late = send('GET', '/v2/app/tags/list')
    await expect(late).rejects.toThrow(/closed/)
    await expect(late).rejects.toThrow(TypeError)
  })
})

test('a blob can be pushed while the manifest of the same content is deleted', async () => {
  const app = (await openStorage()).repository('app')
  const bytes = new TextEncoder().encode(image())
  const digest = digestOf(image()) as never
  for (let round = 0; round < 40; round += 1) {
    await app.putManifest({ digest, mediaType: IMAGE, bytes }, [], [])
    await app.sync()
    const writer = await app.writeBlob()
    await writer.append(bytes)
    await app.deleteManifest(digest)
    const saved = app.sync()
    for (let step = 0; step < round % 10; step += 1) await new Promise(setImmediate)
    await Promise.all([saved, writer.commit(digest)])
    expect(await app.findManifest(digest)).toBeUndefined()
    expect((await app.findBlob(digest))?.size).toBe(bytes.byteLength)
    await app.deleteBlob(digest)
  }
})

describe('a disk that fails', () => {
  // What the storage writes to first; without it every write fails.
  const breakDisk = (directory: string) =>
    rename(join(directory, '.ocilink', 'tmp'), join(directory, '.ocilink', 'away'))
  const mendDisk = (directory: string) =>
    rename(join(directory, '.ocilink', 'away'), join(directory, '.ocilink', 'tmp'))

  test('fails the push, which then never was, and later pushes work', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    await pushImage(send, 'app', 'v1')
    await breakDisk(directory)
    const text = image({ a: 1 })
    await expect(putManifest(send, 'app', 'v1', text)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(send('DELETE', '/v2/app/manifests/v1')).rejects.toMatchObject({ code: 'ENOENT' })
    await mendDisk(directory)
    const head = await send('HEAD', '/v2/app/manifests/v1')
    expect(head.headers.get('Docker-Content-Digest')).toBe(digestOf(image()))
    expect(await status(send, `/v2/app/manifests/${digestOf(text)}`)).toBe(404)
    expect((await putManifest(send, 'app', 'v1', text)).status).toBe(201)
  })

  test('fails all pushes that were saved together', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    await pushImage(send, 'app', 'v1')
    await breakDisk(directory)
    const puts = Array.from({ length: 10 }, (_, n) =>
      putManifest(send, 'app', `t${n}`, image({ n })),
    )
    const outcomes = await Promise.allSettled(puts)
    expect(outcomes.map(({ status }) => status)).toEqual(Array(10).fill('rejected'))
    await mendDisk(directory)
    expect(await tagsOf(send, 'app')).toEqual(['v1'])
  })

  test('fails an upload for good, so that no part of a blob is taken for all of it', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    await pushImage(send, 'app', 'v1')
    const content = 'x'.repeat(3_000_000)
    const open = await send('POST', '/v2/app/blobs/uploads/')
    const location = open.headers.get('Location')!
    await breakDisk(directory)
    await expect(send('PATCH', location, { body: content })).rejects.toMatchObject({
      code: 'ENOENT',
    })
    await mendDisk(directory)
    const put = (path: string) => send('PUT', `${path}?digest=${digestOf(content)}`)
    expect((await put(location)).status).toBe(404)
    expect(await status(send, `/v2/app/blobs/${digestOf(content)}`)).toBe(404)
  })

  test('or a writer that was dropped keeps no blob', async () => {
    const storage = await openStorage()
    const app = storage.repository('app')
    const writer = await app.writeBlob()
    await writer.append(Buffer.from('x'))
    await writer.discard()
    const digest = digestOf('x') as never
    await expect(writer.commit(digest)).rejects.toThrow()
    expect(await app.findBlob(digest)).toBeUndefined()
  })

  test('fails the reader of a blob whose file was cut, rather than ending early', async () => {
    const directory = await temporaryDirectory()
    const send = await serve(directory)
    const content = 'x'.repeat(1_000_000)
    const digest = await pushBlob(send, 'app', content)
    const answer = await send('GET', `/v2/app/blobs/${digest}`)
    await writeFile(blobPath(join(directory, 'app'), digest), 'x'.repeat(500_000))
    await expect(answer.text()).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
      expected: 1_000_000,
    })
  })
})

test.each(['..', 'A', ''])('the name %j for the directory is refused', async (name) => {
  const opened = layoutStorage(await temporaryDirectory(), { name })
  await expect(opened).rejects.toMatchObject({ code: 'INVALID_INPUT', path: 'name' })
})

test('wrong options and directories are refused, and nothing is made', async () => {
  const directory = join(await temporaryDirectory(), 'images')
  await expect(layoutStorage(directory, { nmae: 'app' } as never)).rejects.toThrow(
    expect.objectContaining({
      code: 'INVALID_INPUT',
      message: '"nmae" is not an option here: did you mean "name"?',
    }),
  )
  await expect(layoutStorage(directory, { name: 1 } as never)).rejects.toMatchObject({
    path: 'name',
  })
  await expect(layoutStorage(undefined as never)).rejects.toThrow('"directory" must be a path')
  await expect(readdir(directory)).rejects.toThrow('ENOENT')
})
