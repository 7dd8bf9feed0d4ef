// Chunks go as streams where that spares copies; what a stream cannot, bytes can.
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { type Fetch, repository } from '../../../src/index.ts'
import { serve } from '../../../src/node/index.ts'
import { getBlobBytes, pushBlob } from '../../../src/registry/index.ts'

afterEach(() => vi.unstubAllGlobals())

const MiB = 1024 * 1024
const SIZE = 3 * MiB
const data = new Uint8Array(SIZE).map((_, at) => (at * 2_654_435_761) >>> 24)
const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`
const source = () => new Blob([data]).stream()
const options = { chunkSize: MiB }

/** A registry on a port, and the lengths of the chunks that it was sent. */
async function served(special: (request: Request) => Response | undefined) {
  const registry = embeddedRegistry()
  const lengths: (string | null)[] = []
  const fetch: Fetch = async (request) => {
    if (request.method !== 'PATCH') return registry.fetch(request)
    lengths.push(request.headers.get('content-length'))
    return special(request) ?? registry.fetch(request)
  }
  const server = await serve({ fetch })
  const quiet = repository('x.test/team/app', { fetch: registry.fetch })
  const isWhole = async () => Buffer.compare(await getBlobBytes(quiet, digest), data) === 0
  return { ...server, lengths, isWhole }
}

test('each has its length, over a real connection', async () => {
  const { host, close, lengths, isWhole } = await served(() => undefined)
  try {
    await pushBlob(repository(`${host}/team/app`), source(), options)
    expect(lengths).toEqual([`${MiB}`, `${MiB}`, `${MiB}`])
    expect(await isWhole()).toBe(true)
  } finally {
    await close()
  }
})

test('one that is answered with a challenge is sent again with a login', async () => {
  const challenge = { 'www-authenticate': 'Basic realm="r"' }
  const known = `Basic ${btoa('alice:wonder')}`
  const { host, close, lengths, isWhole } = await served(({ headers }) =>
    headers.get('authorization') === known
      ? undefined
      : new Response(null, { status: 401, headers: challenge }),
  )
  try {
    const credentials = { username: 'alice', password: 'wonder' }
    await pushBlob(repository(`${host}/team/app`, { credentials, retries: 0 }), source(), options)
    expect(await isWhole()).toBe(true)
    expect(lengths).toHaveLength(4)
  } finally {
    await close()
  }
})

test.each([307, 308])('one that is redirected by %d arrives', async (status) => {
  const { host, close, isWhole } = await served(({ url }) => {
    const target = new URL(url)
    if (target.searchParams.has('again')) return undefined
    target.searchParams.set('again', '1')
    return new Response(null, { status, headers: { location: target.pathname + target.search } })
  })
  try {
    await pushBlob(repository(`${host}/team/app`), source(), options)
    expect(await isWhole()).toBe(true)
  } finally {
    await close()
  }
})

test('other runtimes get them as bytes, since a stream may lose its length there', async () => {
  vi.stubGlobal('navigator', { userAgent: 'Deno/2.5.0' })
  const registry = embeddedRegistry()
  const lengths: (string | null)[] = []
  const fetch: Fetch = async (request) => {
    // That of bytes is added on the wire.
    if (request.method === 'PATCH') lengths.push(request.headers.get('content-length'))
    return registry.fetch(request)
  }
  const app = repository('x.test/team/app', { fetch })
  await pushBlob(app, source(), options)
  expect(Buffer.compare(await getBlobBytes(app, digest), data)).toBe(0)
  expect(lengths).toEqual([null, null, null])
})

describe('onProgress', () => {
  const KIB = 1024

  /** What an upload of this data in chunks tells. */
  async function movedBy(fetch: Fetch, given: Blob | ReadableStream<Uint8Array>) {
    const moved: number[] = []
    const app = repository('x.test/team/app', {
      fetch,
      onProgress: ({ bytes }) => moved.push(bytes.done),
    })
    const { size } = await pushBlob(app, given, options)
    expect(size).toBe(SIZE)
    const quiet = repository('x.test/team/app', { fetch })
    expect(Buffer.compare(await getBlobBytes(quiet, digest), data)).toBe(0)
    return moved
  }

  function expectSteady(moved: readonly number[]) {
    expect([moved[0], moved.at(-1)]).toEqual([0, SIZE])
    const steps = moved.slice(1).map((done, i) => done - moved[i]!)
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...steps)).toBe(256 * KIB)
  }

  test.each(['Node.js/24', 'Deno/2.5.0', 'Bun/1.3.0'])(
    'moves every 256 KiB, also within a chunk, in %s',
    async (userAgent) => {
      vi.stubGlobal('navigator', { userAgent })
      const { fetch } = embeddedRegistry()
      expectSteady(await movedBy(fetch, source()))
      expectSteady(await movedBy(embeddedRegistry().fetch, new Blob([data])))
    },
  )

  test('does not go back where a chunk is sent again, and moves as before after it', async () => {
    const { fetch } = embeddedRegistry()
    let broken = 0
    const moved = await movedBy(async (request) => {
      if (request.method !== 'PATCH' || broken++ > 0) return fetch(request)
      await request.arrayBuffer()
      throw new TypeError('fetch failed')
    }, source())
    expect(moved).toEqual(Array.from({ length: 13 }, (_, i) => i * 256 * KIB))
  })

  test('moves every 256 KiB where chunks are refused and all goes in one request', async () => {
    const { fetch } = embeddedRegistry()
    const without: Fetch = (request) =>
      request.method === 'PATCH'
        ? Promise.resolve(new Response(null, { status: 405 }))
        : fetch(request)
    expectSteady(await movedBy(without, new Blob([data])))
  })

  test('ends the push with what it throws, also within a chunk', async () => {
    const enough = new Error('enough')
    const app = repository('x.test/team/app', {
      fetch: embeddedRegistry().fetch,
      onProgress: ({ bytes }) => {
        if (bytes.done > 1.5 * MiB) throw enough
      },
    })
    await expect(pushBlob(app, source(), options)).rejects.toBe(enough)
  })
})
