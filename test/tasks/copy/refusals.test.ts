// Destinations that refuse: chunks, mounts, the progress of an upload, types of manifests, and moving a tag.
import { afterAll, describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  copy,
  type Descriptor,
  type Fetch,
  repository,
  sibling,
} from '../../../src/index.ts'
import { serve } from '../../../src/node/index.ts'
import {
  getBlobBytes,
  headManifest,
  pushBlob,
  putManifest,
  type Repository,
} from '../../../src/registry/index.ts'
import { nodeManifest } from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'
import { bent, place } from './_places.ts'

const MiB = 1024 * 1024
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const SIZE = 20 * MiB
const content = new Uint8Array(SIZE).map((_, at) => (at >> 8) % 251)

/** An image with one large layer. */
async function pushLarge(app: Repository, data: Uint8Array<ArrayBuffer> = content) {
  const config = await pushBlob(app, '{}', { mediaType: 'application/json' })
  const layer = await pushBlob(app, data)
  await putManifest(app, 'v1', { schemaVersion: 2, mediaType: IMAGE, config, layers: [layer] })
  return layer
}

/** Sources that all tests share: pushing is most of the time. */
const sources = new Map<number, Promise<{ readonly app: Repository; readonly layer: Descriptor }>>()

afterAll(() => sources.clear())

/** An image with a layer of this size, seen by a process that knows nothing of it. */
function sourceOf(size: number) {
  const made = async () => {
    const here = place('here.test')
    const layer = await pushLarge(here.app, content.slice(0, size))
    return { app: here.again(), layer }
  }
  const known = sources.get(size) ?? made()
  sources.set(size, known)
  return known
}

/** What a test answers in place of a registry; `undefined` for what the registry answers itself. */
type Special = (request: Request) => Promise<Response | undefined> | Response | undefined

/** A destination whose answers a test may replace. */
function destination(special: Special, { retries = 0 } = {}) {
  const registry = embeddedRegistry()
  const seen: Request[] = []
  const fetch: Fetch = async (request) => {
    seen.push(request)
    return (await special(request)) ?? registry.fetch(request)
  }
  const lines = () => seen.map(({ method, url }) => `${method} ${new URL(url).pathname}`)
  const count = (method: string) => seen.filter((request) => request.method === method).length
  const app = repository('there.test/team/app', { fetch, retries })
  const quiet = repository('there.test/team/app', { fetch: registry.fetch })
  return { app, quiet, lines, count }
}

const refusal = (status: number) => new Response(null, { status })

/** A source whose blobs pass a meter, since the registry in memory has them whole. */
function metered(inner: Fetch, onBytes: (bytes: number) => void): Fetch {
  return async (request) => {
    const response = await inner(request)
    if (request.method !== 'GET' || !request.url.includes('/blobs/')) return response
    const meter = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        onBytes(chunk.byteLength)
        controller.enqueue(chunk)
      },
    })
    return new Response(response.body!.pipeThrough(meter), response)
  }
}

describe('one that takes no chunks', () => {
  test.each([400, 404, 405, 415, 416, 500, 501])(
    'and answers %d gets all of them in one request',
    async (status) => {
      const here = await sourceOf(9 * MiB)
      const there = destination(({ method }) => (method === 'PATCH' ? refusal(status) : undefined))
      const report = await copy(here.app, 'v1', there.app)
      expect(report.complete).toBe(true)
      const [layer] = report.blobs.filter(({ size }) => size > MiB)
      const moved = await getBlobBytes(there.quiet, layer!, { limit: SIZE })
      expect(moved.byteLength).toBe(9 * MiB)
      // What may be too large is sent in smaller parts first.
      expect(there.count('PATCH')).toBe(status === 416 ? 5 : 1)
    },
  )

  test('and none after the first gets all of them in one request', async () => {
    const { app, layer } = await sourceOf(SIZE)
    const there = destination(({ method, headers }) =>
      method === 'PATCH' && !headers.get('content-range')?.startsWith('0-')
        ? refusal(416)
        : undefined,
    )
    expect((await copy(app, 'v1', there.app)).complete).toBe(true)
    expect((await getBlobBytes(there.quiet, layer, { limit: SIZE })).byteLength).toBe(SIZE)
  })

  test('is not asked again by the next large blob of the copy', async () => {
    const here = place('here.test')
    const config = await pushBlob(here.app, '{}', { mediaType: 'application/json' })
    const layers = []
    for (let seed = 1; seed <= 6; seed++) {
      layers.push(await pushBlob(here.app, content.slice(seed, seed + 9 * MiB)))
    }
    await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType: IMAGE, config, layers })
    const there = destination(({ method }) => (method === 'PATCH' ? refusal(405) : undefined))
    expect((await copy(here.again(), 'v1', there.app)).complete).toBe(true)
    // Three move at once.
    expect(there.count('PATCH')).toBeLessThanOrEqual(3)
  })

  test('gets a large blob with a bounded part of it in memory', async () => {
    const source = embeddedRegistry()
    await pushLarge(repository('here.test/app', { fetch: source.fetch }))
    let held = 0
    let most = 0
    const from = repository('here.test/app', {
      fetch: metered(source.fetch, (bytes) => {
        held += bytes
        most = Math.max(most, held)
      }),
    })
    const there = destination((request) => {
      if (request.method === 'PATCH') {
        held = 0
        return refusal(405)
      }
      if (request.method !== 'PUT' || !request.url.includes('/blobs/')) return undefined
      return receive(request)
    })
    async function receive(request: Request): Promise<Response> {
      let size = 0
      for await (const chunk of request.body!) {
        await new Promise((resolve) => setImmediate(resolve))
        size += chunk.byteLength
        held -= chunk.byteLength
      }
      return refusal(size === SIZE ? 201 : 400)
    }
    // Only the manifest is refused: the blob was dropped by this test.
    await copy(from, 'v1', there.app).catch(() => {})
    expect(there.lines().some((line) => line.startsWith('PUT /v2/team/app/blobs/'))).toBe(true)
    expect(most).toBeLessThan(16 * MiB)
  })

  test('hears the length of the blob, over a real connection too', async () => {
    const { app, layer } = await sourceOf(SIZE)
    const lengths: (string | null)[] = []
    const registry = embeddedRegistry()
    const server = await serve({
      ...registry,
      fetch: async (request) => {
        if (request.method === 'PATCH') return refusal(405)
        if (request.method === 'PUT' && request.url.includes('/blobs/uploads/')) {
          lengths.push(request.headers.get('content-length'))
        }
        return registry.fetch(request)
      },
    })
    try {
      const to = repository(`${server.host}/team/app`)
      expect((await copy(app, 'v1', to)).complete).toBe(true)
      expect(lengths).toContain(String(SIZE))
      expect((await getBlobBytes(to, layer, { limit: SIZE })).byteLength).toBe(SIZE)
    } finally {
      await server.close()
    }
  })

  test('and breaks the connection gets it again from the start', async () => {
    const { app, layer } = await sourceOf(SIZE)
    let broken = false
    const there = destination(async (request) => {
      if (request.method === 'PATCH') return refusal(405)
      if (broken || request.method !== 'PUT' || !request.url.includes('/blobs/')) {
        return undefined
      }
      broken = true
      await request.body!.getReader().read()
      throw new TypeError('fetch failed')
    })
    expect((await copy(app, 'v1', there.app)).complete).toBe(true)
    expect((await getBlobBytes(there.quiet, layer, { limit: SIZE })).byteLength).toBe(SIZE)
  })

  test('gets no end of a blob that is not what its digest says', async () => {
    const source = embeddedRegistry()
    const layer = await pushLarge(repository('here.test/app', { fetch: source.fetch }))
    const wrong: Fetch = async (request) => {
      const response = await source.fetch(request)
      if (!request.url.endsWith(layer.digest)) return response
      const bytes = new Uint8Array(await response.arrayBuffer())
      if (bytes.length > 0) bytes[bytes.length - 1]! ^= 1
      return new Response(bytes.length > 0 ? bytes : null, response)
    }
    const from = repository('here.test/app', { fetch: wrong, retries: 0 })
    let received = 0
    const there = destination((request) => {
      if (request.method === 'PATCH') return refusal(405)
      if (request.method !== 'PUT' || !request.url.includes('/blobs/')) return undefined
      // One that checks no digest.
      return take(request)
    })
    async function take(request: Request): Promise<Response> {
      for await (const chunk of request.body!) received += chunk.byteLength
      return refusal(201)
    }
    await expect(copy(from, 'v1', there.app)).rejects.toMatchObject({
      code: 'COPY_FAILED',
      side: 'source',
      descriptor: { digest: layer.digest },
      cause: { code: 'DIGEST_MISMATCH' },
    })
    expect(received).toBeLessThan(SIZE)
  })

  test('nor one request of that length is named, with the blob', async () => {
    const { app, layer } = await sourceOf(SIZE)
    const there = destination(({ method, url }) =>
      method === 'PATCH' || (method === 'PUT' && url.includes('/blobs/'))
        ? refusal(413)
        : undefined,
    )
    await expect(copy(app, 'v1', there.app)).rejects.toMatchObject({
      code: 'COPY_FAILED',
      side: 'destination',
      descriptor: { digest: layer.digest },
      cause: { status: 413 },
    })
  })
})

describe('one that does not say how far an upload is', () => {
  test.each([400, 404, 405, 501])(
    'and answers %d gets the chunk again whose connection broke',
    async (status) => {
      const { app, layer } = await sourceOf(SIZE)
      let broken = 0
      const there = destination(
        ({ method, url, headers }) => {
          if (method === 'GET' && url.includes('/uploads/')) return refusal(status)
          const second = headers.get('content-range')?.startsWith(`${8 * MiB}-`)
          if (method !== 'PATCH' || !second || broken++ > 0) return undefined
          return Promise.reject(new TypeError('fetch failed'))
        },
        { retries: 1 },
      )
      expect((await copy(app, 'v1', there.app)).complete).toBe(true)
      expect(broken).toBe(2)
      expect((await getBlobBytes(there.quiet, layer, { limit: SIZE })).byteLength).toBe(SIZE)
    },
  )
})

describe('one that refuses mounts', () => {
  test.each([400, 403, 404, 405, 500, 501])('with %d gets the bytes', async (status) => {
    const refused = destination(({ url }) => (url.includes('mount=') ? refusal(status) : undefined))
    await pushImage(refused.quiet)
    const report = await copy(refused.app, 'v1', sibling(refused.app, 'mirror/app'))
    expect(report.complete).toBe(true)
    expect(report.blobs.map((blob) => blob.status)).toEqual(['copied', 'copied'])
    const mirror = sibling(refused.quiet, 'mirror/app')
    for (const blob of report.blobs) {
      expect(await getBlobBytes(mirror, blob)).toEqual(await getBlobBytes(refused.quiet, blob))
    }
  })
})

describe('one that refuses types of manifests', () => {
  const INDEX = 'application/vnd.oci.image.index.v1+json'
  const refuses = (mediaType: string, status: number) =>
    destination(({ method, headers }) =>
      method === 'PUT' && headers.get('content-type') === mediaType ? refusal(status) : undefined,
    )

  test.each([400, 404, 415, 422])('and answers %d to an index is named with it', async (status) => {
    const here = place('here.test')
    const image = await pushImage(here.app, 'amd64')
    const manifests = [{ ...image, platform: { os: 'linux', architecture: 'amd64' } }]
    const put = await putManifest(here.app, 'v1', { schemaVersion: 2, mediaType: INDEX, manifests })
    const there = refuses(INDEX, status)
    for (const options of [{}, { referrers: true }]) {
      await expect(copy(here.again(), 'v1', there.app, options)).rejects.toMatchObject({
        code: 'COPY_FAILED',
        side: 'destination',
        descriptor: { digest: put.descriptor.digest },
        cause: { status },
      })
    }
    expect(await headManifest(there.quiet, 'v1')).toBeUndefined()
    // One platform does without it.
    const one = await copy(here.again(), 'v1', there.app, { platforms: ['linux/amd64'] })
    expect(one.complete).toBe(true)
  })

  test.each([400, 404, 415, 422])('and answers %d to a referrer is a loss', async (status) => {
    const here = place('here.test')
    await pushImage(here.app)
    const artifact = { artifactType: 'application/vnd.example' }
    const node = await attach(here.app, 'v1', artifact, { strategy: nodeManifest() })
    const plain = await attach(here.app, 'v1', { artifactType: 'text/plain' })
    const there = refuses(node.mediaType, status)
    const report = await copy(here.again(), 'v1', there.app, { referrers: true, settle: 0 })
    expect(report.complete).toBe(false)
    expect(report.losses).toMatchObject([{ digest: node.digest, error: expect.any(Error) }])
    expect(report.referrers).toMatchObject([{ digest: plain.digest, status: 'copied' }])
  })
})

test('one whose tags never move keeps what it lists, and a link that it cannot list is a loss', async () => {
  const settings = bent({ manifests: { movableTags: false } })
  const immutable = { ...settings, referrersApi: false }
  const [here, there] = [
    place('here.test', { referrersApi: false }),
    place('there.test', immutable),
  ]
  await pushImage(here.app)
  const options = { referrers: true, settle: 0 }
  const first = await attach(here.app, 'v1', { artifactType: 'text/first' }, { settle: 0 })
  expect((await copy(here.again(), 'v1', there.app, options)).complete).toBe(true)
  const second = await attach(here.app, 'v1', { artifactType: 'text/second' }, { settle: 0 })
  const report = await copy(here.again(), 'v1', there.again(), options)
  expect(report.complete).toBe(false)
  expect(report.losses).toMatchObject([{ digest: second.digest, error: { code: 'CONFLICT' } }])
  expect(report.referrers).toMatchObject([{ digest: first.digest, status: 'present' }])
})
