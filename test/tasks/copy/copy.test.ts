// Copying an image, or an index with its platforms.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { copy, type Descriptor, repository, sibling } from '../../../src/index.ts'
import {
  deleteBlob,
  getBlobBytes,
  getManifest,
  hasBlob,
  headManifest,
  pushBlob,
  putManifest,
  type Repository,
} from '../../../src/registry/index.ts'
import { buildkit } from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'
import { bent, careless, place } from './_places.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

/** An index with an image for each architecture. */
async function pushIndex(app: Repository, tag: string, ...architectures: readonly string[]) {
  const manifests: Descriptor[] = []
  for (const architecture of architectures) {
    const image = await pushImage(app, `${tag}-${architecture}`, architecture)
    manifests.push({ ...image, platform: { os: 'linux', architecture } })
  }
  const index = { schemaVersion: 2, mediaType: INDEX, manifests } as const
  return { index: (await putManifest(app, tag, index)).descriptor, images: manifests }
}

describe('an image to another registry', () => {
  test('arrives with the same bytes, blobs before manifests, the tag last', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    const image = await pushImage(here.app)
    const report = await copy(here.again(), 'v1', there.app)
    expect(report.complete).toBe(true)
    expect(report.descriptor).toEqual(image)
    expect(report.tags).toEqual(['v1'])
    const [a, b] = [await getManifest(here.app, 'v1'), await getManifest(there.app, 'v1')]
    expect(b.bytes).toEqual(a.bytes)
    expect(report.manifests).toEqual([{ ...image, status: 'copied' }])
    expect(report.blobs.map(({ status }) => status)).toEqual(['copied', 'copied'])
    for (const blob of report.blobs) {
      expect(await getBlobBytes(there.app, blob)).toEqual(await getBlobBytes(here.app, blob))
    }
    const writes = there.wire.lines().filter((line) => !/^(GET|HEAD)/.test(line))
    expect(writes.map((line) => line.split(/ |\?/).slice(0, 2).join(' '))).toEqual([
      'POST /blobs/uploads/',
      'POST /blobs/uploads/',
      'PUT /manifests/v1',
    ])
  })

  test('costs no more than a look and the tag when it is there already', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    await pushImage(here.app)
    await copy(here.app, 'v1', there.app)
    there.wire.reset()
    const report = await copy(here.again(), 'v1', there.again())
    expect(report.manifests.map(({ status }) => status)).toEqual(['present'])
    expect(report.blobs.map(({ status }) => status)).toEqual(['present', 'present'])
    expect(there.wire.lines()).toEqual([
      expect.stringMatching(/^GET \/manifests\/sha256:/),
      'PUT /manifests/v1',
    ])
    expect(report.requests).toBe(3)
  })

  test('goes where the caller says, at the tags that the caller says', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    const { digest } = await pushImage(here.app)
    await copy(here.app, digest, there.app)
    expect(await headManifest(there.app, digest)).toBeDefined()
    expect(await headManifest(there.app, 'v1')).toBeUndefined()
    await copy(here.app, 'v1', there.app, { tags: ['stable', 'v1.0'] })
    for (const tag of ['stable', 'v1.0']) {
      expect((await headManifest(there.app, tag))?.digest).toBe(digest)
    }
    expect(await headManifest(there.app, 'v1')).toBeUndefined()
  })

  test('writes nothing in a dry run, and says what it would do', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    await pushImage(here.app)
    const report = await copy(here.app, 'v1', there.app, { dryRun: true })
    expect(report.dryRun).toBe(true)
    expect(report.manifests.map(({ status }) => status)).toEqual(['copied'])
    expect(report.blobs.map(({ status }) => status)).toEqual(['copied', 'copied'])
    expect(there.wire.lines().filter((line) => !/^(HEAD|GET)/.test(line))).toEqual([])
  })

  test('tells how far it is, in items and bytes', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    await pushImage(here.app)
    const events: {
      items: { done: number; total: number }
      bytes: { done: number; total: number }
    }[] = []
    const { blobs, manifests } = await copy(here.app, 'v1', there.app, {
      onProgress: (event) => events.push(event),
    })
    const total = [...blobs, ...manifests].reduce((sum, { size }) => sum + size, 0)
    expect(events.at(-1)).toEqual({
      items: { done: 3, total: 3 },
      bytes: { done: total, total },
    })
    for (const [i, { items, bytes }] of events.entries()) {
      expect(items.done).toBeLessThanOrEqual(items.total)
      expect(bytes.done).toBeLessThanOrEqual(bytes.total)
      expect(bytes.done).toBeGreaterThanOrEqual(events[i - 1]?.bytes.done ?? 0)
    }
  })

  test('moves a blob that is named twice once', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    const config = await pushBlob(here.app, '{}', { mediaType: 'application/json' })
    const layers = [config, { ...config, mediaType: 'text/plain' }]
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType, config, layers })
    const { blobs } = await copy(here.app, 'v1', there.app)
    expect(blobs).toHaveLength(1)
    expect(there.wire.lines().filter((line) => line.startsWith('POST'))).toHaveLength(1)
  })

  test('takes content that a descriptor carries from there', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    const plain = await pushBlob(here.app, '{}', { mediaType: 'application/json' })
    const config = { ...plain, data: btoa('{}') }
    const wrong = { ...(await pushBlob(here.app, 'other')), data: btoa('not the content') }
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType, config, layers: [wrong] })
    here.wire.reset()
    await copy(here.app, 'v1', there.app)
    expect(here.wire.lines().filter((line) => line.includes('/blobs/'))).toHaveLength(1)
    expect(await getBlobBytes(there.app, plain)).toEqual(new TextEncoder().encode('{}'))
    expect(await getBlobBytes(there.app, wrong.digest)).toEqual(new TextEncoder().encode('other'))
  })

  test.each([
    ['in one request', {}],
    ['in an upload', { singlePost: false }],
  ])('moves large blobs in parts, small ones %s', async (_, options) => {
    const [here, there] = [place('here.test'), place('there.test', options)]
    const big = new Uint8Array(20 * 1024 * 1024).map((_, i) => i % 251)
    const config = await pushBlob(here.app, '{}', { mediaType: 'application/json' })
    const layers = [await pushBlob(here.app, big), await pushBlob(here.app, big.subarray(0, 3e6))]
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType, config, layers })
    await copy(here.app, 'v1', there.app)
    expect(there.wire.lines().filter((line) => line.startsWith('PATCH'))).toHaveLength(3)
    for (const layer of layers) {
      const moved = await getBlobBytes(there.app, layer, { limit: big.length })
      expect(moved.byteLength).toBe(layer.size)
    }
    // A part of what a broken copy had moved is not moved again.
    there.wire.reset()
    await copy(here.app, 'v1', there.again())
    expect(there.wire.lines().some((line) => line.startsWith('PATCH'))).toBe(false)
  })
})

describe('within one registry', () => {
  async function oneRegistry(options = {}) {
    const one = place('one.test', options)
    const to = sibling(one.app, 'mirror/app')
    const image = await pushImage(one.app)
    one.wire.reset()
    return { ...one, to, image }
  }

  test('mounts blobs and moves no byte', async () => {
    const { app, to, wire } = await oneRegistry()
    const { blobs } = await copy(app, 'v1', to)
    expect(blobs.map(({ status }) => status)).toEqual(['mounted', 'mounted'])
    expect(
      wire.lines().filter((line) => line.startsWith('GET') && line.includes('/blobs/')),
    ).toEqual([])
  })

  test('moves bytes where the registry does not mount', async () => {
    const { app, to } = await oneRegistry(bent({ uploads: { mount: 'never' } }))
    const { blobs, complete } = await copy(app, 'v1', to)
    expect(blobs.map(({ status }) => status)).toEqual(['copied', 'copied'])
    expect(complete).toBe(true)
  })

  test('sets a tag where the repository is the same', async () => {
    const { app, image, wire } = await oneRegistry()
    const { manifests, blobs } = await copy(app, 'v1', app, { tags: ['stable'] })
    expect((await headManifest(app, 'stable'))?.digest).toBe(image.digest)
    expect([...manifests, ...blobs].map(({ status }) => status)).toEqual(Array(3).fill('present'))
    expect(wire.lines().slice(0, 2)).toEqual(['GET /manifests/v1', 'PUT /manifests/stable'])
  })

  test('takes two registries of one name for two', async () => {
    const [one, other] = [place('one.test'), place('one.test')]
    await pushImage(one.app)
    const { blobs } = await copy(one.app, 'v1', other.app)
    expect(blobs.map(({ status }) => status)).toEqual(['copied', 'copied'])
    expect(await headManifest(other.app, 'v1')).toBeDefined()
  })
})

describe('an index', () => {
  test('arrives with all of its images, and those of an index in it', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    const { index, images } = await pushIndex(here.app, 'inner', 'amd64', 'arm64')
    const extra = await pushImage(here.app, 'extra', 'extra')
    const manifests = [index, extra]
    await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType: INDEX, manifests })
    const report = await copy(here.app, 'v1', there.app)
    expect(report.complete).toBe(true)
    for (const { digest } of [index, extra, ...images]) {
      expect(await headManifest(there.app, digest)).toBeDefined()
    }
    expect(report.manifests).toHaveLength(5)
  })

  test('is looked through where it is there, since it may be there without its images', async () => {
    const [here, there] = [place('here.test'), place('there.test', careless)]
    const { images } = await pushIndex(here.app, 'v1', 'amd64', 'arm64')
    const { bytes, descriptor } = await getManifest(here.app, 'v1')
    await putManifest(there.app, 'v1', bytes, { mediaType: descriptor.mediaType })
    const report = await copy(here.app, 'v1', there.app)
    expect(report.manifests.map(({ status }) => status).sort()).toEqual([
      'copied',
      'copied',
      'present',
    ])
    for (const { digest } of images) expect(await headManifest(there.app, digest)).toBeDefined()
  })

  test('may list something else than manifests', async () => {
    const [here, there] = [place('here.test', careless), place('there.test', careless)]
    const chart = await pushBlob(here.app, 'chart', { mediaType: 'application/vnd.example.chart' })
    await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType: INDEX, manifests: [chart] })
    expect((await copy(here.app, 'v1', there.app)).complete).toBe(true)
    expect(await hasBlob(there.app, chart.digest)).toBe(true)
  })
})

describe('what fails', () => {
  test('says that the image is not at the source', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    await expect(copy(here.app, 'v1', there.app)).rejects.toMatchObject({
      code: 'COPY_FAILED',
      side: 'source',
      descriptor: undefined,
      cause: { code: 'NOT_FOUND' },
    })
  })

  test('says which blob is gone at the source, and sets no tag', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    await pushImage(here.app)
    const layer = await layerOf(here.app)
    await deleteBlob(here.app, layer.digest)
    const failed = copy(here.app, 'v1', there.app)
    await expect(failed).rejects.toMatchObject({
      code: 'COPY_FAILED',
      side: 'source',
      descriptor: { digest: layer.digest },
      cause: { code: 'NOT_FOUND' },
    })
    expect(await headManifest(there.app, 'v1').catch(() => undefined)).toBeUndefined()
    await expect(copy(here.app, 'v1', there.app, { dryRun: true })).rejects.toMatchObject({
      side: 'source',
      descriptor: { digest: layer.digest },
    })
  })

  test('leaves out a layer that is not distributed, and names it', async () => {
    const [here, there] = [place('here.test', careless), place('there.test', careless)]
    const config = await pushBlob(here.app, '{}', { mediaType: 'application/json' })
    const layer = {
      ...config,
      digest: `sha256:${'a'.repeat(64)}` as Descriptor['digest'],
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      urls: ['https://layers.example.com/a'],
    }
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType, config, layers: [layer] })
    const report = await copy(here.app, 'v1', there.app)
    expect(report.complete).toBe(false)
    expect(report.losses).toEqual([
      { digest: layer.digest, reason: expect.stringContaining('https://layers.example.com/a') },
    ])
  })

  test('notices content that changes on its way', async () => {
    for (const size of [10, 3e6, 20e6]) {
      const registry = embeddedRegistry()
      const good = repository('here.test/team/app', { fetch: registry.fetch })
      const content = new Uint8Array(size).fill(7)
      const config = await pushBlob(good, '{}', { mediaType: 'application/json' })
      const layer = await pushBlob(good, content)
      const mediaType = 'application/vnd.oci.image.manifest.v1+json'
      await putManifest(good, 'v1', { schemaVersion: 2, mediaType, config, layers: [layer] })
      const bad = repository('here.test/team/app', {
        retries: 0,
        fetch: async (request) => {
          const response = await registry.fetch(request)
          if (!request.url.endsWith(layer.digest)) return response
          const bytes = new Uint8Array(await response.arrayBuffer())
          if (bytes.length > 0) bytes[bytes.length - 1]! ^= 1
          return new Response(bytes.length > 0 ? bytes : null, response)
        },
      })
      const there = place('there.test')
      await expect(copy(bad, 'v1', there.app)).rejects.toMatchObject({
        code: 'COPY_FAILED',
        side: 'source',
        descriptor: { digest: layer.digest },
        cause: { code: 'DIGEST_MISMATCH' },
      })
      expect(await hasBlob(there.app, layer.digest)).toBe(false)
    }
  })

  test('says that the destination refuses, and with what', async () => {
    const [here, there] = [place('here.test'), place('there.test', { readOnly: true })]
    await pushImage(here.app)
    await expect(copy(here.app, 'v1', there.app)).rejects.toMatchObject({
      code: 'COPY_FAILED',
      side: 'destination',
    })
  })

  test('goes on where tags are immutable and right, and says where they are not', async () => {
    const [here, there] = [
      place('here.test'),
      place('there.test', bent({ manifests: { movableTags: false } })),
    ]
    await pushImage(here.app)
    await copy(here.app, 'v1', there.app)
    await copy(here.again(), 'v1', there.again())
    await pushImage(here.app, 'v1', 'another')
    await expect(copy(here.again(), 'v1', there.again())).rejects.toMatchObject({
      code: 'COPY_FAILED',
      side: 'destination',
      cause: { code: 'CONFLICT', tag: 'v1' },
    })
  })

  test('refuses options that there are not, and values that mean nothing', async () => {
    const { app } = place('here.test')
    const calls: readonly [object, string][] = [
      [{ refferers: true }, 'refferers'],
      [{ referrers: 'yes' }, 'referrers'],
      [{ depth: 0 }, 'depth'],
      [{ depth: 1.5 }, 'depth'],
      [{ tags: ['no/tag'] }, 'tags[0]'],
      [{ tags: 'v1' }, 'tags'],
      [{ platforms: [] }, 'platforms'],
      [{ platforms: ['linux'] }, 'platforms'],
      [{ onProgress: true }, 'onProgress'],
      [{ strategy: () => {} }, 'strategy'],
    ]
    for (const [options, path] of calls) {
      await expect(copy(app, 'v1', app, options as never)).rejects.toMatchObject({ path })
    }
    await expect(copy(app, 'v1', {} as never)).rejects.toThrow(TypeError)
  })

  test('ends with the reason of its signal', async () => {
    const [here, there] = [place('here.test'), place('there.test')]
    await pushImage(here.app)
    const reason = new Error('enough')
    await expect(
      copy(here.app, 'v1', there.app, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
    expect(there.wire.lines()).toEqual([])
  })
})

async function layerOf(app: Repository): Promise<Descriptor> {
  const { bytes } = await getManifest(app, 'v1')
  return JSON.parse(new TextDecoder().decode(bytes)).layers[0]
}

test('refuses a strategy that others write, before any request', async () => {
  const [here, there] = [place('here.test'), place('there.test')]
  await pushImage(here.app)
  here.wire.reset()
  const strategy = buildkit()
  await expect(copy(here.app, 'v1', there.app, { strategy })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    path: 'strategy',
    message: expect.stringContaining('buildkit'),
  })
  expect([...here.wire.lines(), ...there.wire.lines()]).toEqual([])
})

test('copy() says which of the two is no repository', async () => {
  const app = repository('here.test/app', { fetch: embeddedRegistry().fetch })
  await expect(copy(app, 'v1', undefined as never)).rejects.toThrow(/^"to" is no repository/)
  await expect(copy({} as never, 'v1', app)).rejects.toThrow(/^"from" is no repository/)
})
