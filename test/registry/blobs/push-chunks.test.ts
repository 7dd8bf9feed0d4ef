import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { getBlobBytes } from '../../../src/registry/blobs/get.ts'
import { pushBlob } from '../../../src/registry/blobs/push.ts'
import { pushChunks } from '../../../src/registry/blobs/push-chunks.ts'
import { repository } from '../../../src/registry/repository.ts'
import {
  empty,
  endless,
  fakeClock,
  json,
  never,
  settle,
  sha,
  streamOf,
  thrownBy,
} from '../_registry.ts'
import { uploadRegistry } from './_upload.ts'

beforeAll(() => import('../../../src/registry/blobs/push-chunks.ts'))
afterEach(() => vi.useRealTimers())

const KiB = 1024
const MiB = 1024 * KiB
const data = '0123456789'
const digest = sha(data)
/** A stream that is longer than a chunk of 4 bytes. */
const stream = () => streamOf(...data)
const four = { chunkSize: 4 }

test('a long stream goes in chunks, each after the other, and ends with its digest', async () => {
  const { repo, calls, kept, parts } = uploadRegistry()
  expect(await pushBlob(repo, stream(), four)).toMatchObject({ digest, size: 10 })
  expect(kept.get(digest)).toBe(data)
  expect(parts()).toEqual(['PATCH 0-3', 'PATCH 4-7', 'PATCH 8-9', 'PUT'])
  expect(calls.map(({ url }) => url.search)).toEqual([
    '',
    '?_state=0',
    '?_state=4',
    '?_state=8',
    `?_state=10&digest=${encodeURIComponent(digest)}`,
  ])
  for (const { headers } of calls.slice(1))
    expect(headers.get('content-type')).toBe('application/octet-stream')
})

test('a stream of whole chunks ends without an empty one', async () => {
  const { repo, parts } = uploadRegistry()
  await pushBlob(repo, streamOf('0123', '4567'), four)
  expect(parts()).toEqual(['PATCH 0-3', 'PATCH 4-7', 'PUT'])
})

test('a stream is cut where the chunks end, not where it is', async () => {
  const { repo, parts, kept } = uploadRegistry()
  await pushBlob(repo, streamOf('0', '', '123456', '7', '89'), four)
  expect(parts()).toEqual(['PATCH 0-3', 'PATCH 4-7', 'PATCH 8-9', 'PUT'])
  expect(kept.get(digest)).toBe(data)
})

test.each([
  ['bytes', (bytes: Uint8Array<ArrayBuffer>) => bytes],
  ['a Blob', (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes])],
])(
  '%s of more than 64 MiB go in chunks, unless the registry has them',
  async (_, made) => {
    const bytes = new Uint8Array(64 * MiB + 1)
    bytes[64 * MiB] = 1
    const { repo, calls, kept } = uploadRegistry()
    await pushBlob(repo, made(bytes), { chunkSize: 32 * MiB })
    expect(calls.map(({ method, bytes }) => [method, bytes.byteLength])).toEqual([
      ['POST', 0],
      ['PATCH', 32 * MiB],
      ['PATCH', 32 * MiB],
      ['PATCH', 1],
      ['PUT', 0],
    ])
    expect(kept.size).toBe(1)
    await pushBlob(repo, made(bytes))
    expect(calls.slice(5).map(({ method }) => method)).toEqual(['POST'])
  },
  30_000,
)

test('a stream that is longer than announced is stopped at the chunk that is too much', async () => {
  const { repo, kept, parts } = uploadRegistry()
  const { stream: data } = endless(new Uint8Array(2))
  expect(await thrownBy(() => pushBlob(repo, data, { ...four, size: 10 }))).toMatchObject({
    code: 'SIZE_MISMATCH',
    expected: 10,
    actual: 12,
  })
  expect(kept.size).toBe(0)
  expect(parts()).toEqual(['PATCH 0-3', 'PATCH 4-7', 'DELETE'])
})

test('on a registry the chunks become one blob again', async () => {
  const events: number[] = []
  const app = repository('r.test/app', {
    fetch: embeddedRegistry().fetch,
    onProgress: ({ direction, bytes: { done, total } }) => {
      if (direction !== 'upload') return
      expect(total).toBeUndefined()
      events.push(done)
    },
  })
  const blob = await pushBlob(app, stream(), four)
  expect(events).toEqual([0, 4, 8, 10])
  expect(new TextDecoder().decode(await getBlobBytes(app, blob))).toBe(data)
})

describe("a registry's own limits", () => {
  const limited = (headers: Record<string, string>) =>
    uploadRegistry((call, { done }) => {
      if (call.method !== 'POST') return undefined
      const response = done(call)
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
      return response
    })

  test.each([
    ['a minimum', { 'oci-chunk-min-length': '6' }, ['PATCH 0-5', 'PATCH 6-9', 'PUT']],
    [
      'a minimum below what was asked',
      { 'oci-chunk-min-length': '2' },
      ['PATCH 0-3', 'PATCH 4-7', 'PATCH 8-9', 'PUT'],
    ],
  ])('come first: %s', async (_, headers, expected) => {
    const { repo, parts, kept } = limited(headers)
    await pushBlob(repo, stream(), four)
    expect(parts()).toEqual(expected)
    expect(kept.get(digest)).toBe(data)
  })

  test('come first: a maximum, also below the minimum', async () => {
    const most = 65536
    for (const more of [{}, { 'oci-chunk-min-length': '90000' }]) {
      const { repo, parts } = limited({ 'oci-chunk-max-length': String(most), ...more })
      await pushBlob(repo, streamOf(new Uint8Array(140_000)), { chunkSize: 100_000 })
      expect(parts()).toEqual(['PATCH 0-65535', 'PATCH 65536-131071', 'PATCH 131072-139999', 'PUT'])
    }
  })

  test.each(['1', '3', '65535'])('are refused where they take too little: %s', async (most) => {
    const { repo, calls, parts } = limited({ 'oci-chunk-max-length': most })
    await expect(pushBlob(repo, stream(), four)).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE',
      message: expect.stringContaining(`at most ${most} bytes at once (OCI-Chunk-Max-Length)`),
    })
    expect(parts().filter((part) => part.startsWith('PATCH'))).toEqual([])
    // The session is not left open.
    expect(calls.map(({ method }) => method)).toEqual(['POST', 'DELETE'])
  })

  test('are gone round in one PUT where they take too little, and the data is at hand', async () => {
    const { repo, calls } = limited({ 'oci-chunk-max-length': '1' })
    await pushBlob(repo, new Uint8Array(64 * MiB + 1))
    expect(calls.filter(({ method }) => method === 'PATCH')).toHaveLength(0)
    expect(calls.at(-1)!.method).toBe('PUT')
  }, 60_000)

  test.each(['0', '-5', '0.5', '1.5', 'x', '', 'NaN', 'Infinity', '9'.repeat(400)])(
    'are not followed where they are none: %s',
    async (limit) => {
      for (const name of ['oci-chunk-min-length', 'oci-chunk-max-length']) {
        const { repo, parts, kept } = limited({ [name]: limit })
        await pushBlob(repo, stream(), four)
        expect(parts()).toEqual(['PATCH 0-3', 'PATCH 4-7', 'PATCH 8-9', 'PUT'])
        expect(kept.get(digest)).toBe(data)
      }
    },
  )

  test('come first for data in memory too', async () => {
    const bytes = new Uint8Array(64 * MiB + 1)
    const { repo, calls } = limited({ 'oci-chunk-min-length': String(30 * MiB) })
    await pushBlob(repo, bytes)
    expect(
      calls.filter(({ method }) => method === 'PATCH').map(({ bytes }) => bytes.byteLength),
    ).toEqual([30 * MiB, 30 * MiB, 4 * MiB + 1])
  }, 30_000)

  test('do not make us hold any amount in memory', async () => {
    const bytes = new Uint8Array(64 * MiB + 1)
    const { repo, calls } = limited({ 'oci-chunk-min-length': String(1e12) })
    await pushBlob(repo, bytes)
    const largest = Math.max(...calls.map(({ bytes }) => bytes.byteLength))
    expect(largest).toBe(32 * MiB)
  }, 30_000)
})

describe('a chunk that breaks', () => {
  /** Breaks the PATCH that starts at `at`, `times` times; `held` of its bytes arrive the first time. */
  function breaking(at: number, held: number, times = 1, failure?: () => Response) {
    let broken = 0
    return uploadRegistry((call, { append }) => {
      const start = Number(call.headers.get('content-range')?.split('-')[0])
      if (call.method !== 'PATCH' || broken >= times) return undefined
      if (start !== at && broken === 0) return undefined
      broken++
      if (broken === 1) {
        Object.assign(call, { bytes: call.bytes.subarray(0, held) })
        append()
      }
      if (failure) return failure()
      return Promise.reject(new TypeError('fetch failed'))
    })
  }

  test.each([
    ['not at all', 0, ['PATCH 4-7', 'GET', 'PATCH 4-7']],
    ['in part', 2, ['PATCH 4-7', 'GET', 'PATCH 6-7']],
    ['whole', 4, ['PATCH 4-7', 'GET']],
  ])('is resumed from what the registry has: it arrived %s', async (_, held, middle) => {
    fakeClock()
    const { repo, parts, kept } = breaking(4, held)
    expect(await settle(pushBlob(repo, stream(), four))).toMatchObject({ digest, size: 10 })
    expect(kept.get(digest)).toBe(data)
    expect(parts()).toEqual(['PATCH 0-3', ...middle, 'PATCH 8-9', 'PUT'])
  })

  test('is resumed in the first chunk too, where an empty session is named in three ways', async () => {
    fakeClock()
    for (const range of ['0--1', '0-0', 'bytes=0--1', 'bytes=0-0']) {
      let broken = false
      const { repo, parts, kept } = uploadRegistry(({ method, url }) => {
        if (method === 'GET') return empty(204, { location: url.href, range })
        if (method !== 'PATCH' || broken) return undefined
        broken = true
        return Promise.reject(new TypeError('fetch failed'))
      })
      await settle(pushBlob(repo, stream(), four))
      expect(kept.get(digest)).toBe(data)
      expect(parts().slice(0, 3)).toEqual(['PATCH 0-3', 'GET', 'PATCH 0-3'])
    }
  })

  test.each([
    ['0-5', 'PATCH 6-7'],
    ['bytes=0-6', 'PATCH 6-7'],
  ])('is resumed by the Range %s', async (range, next) => {
    fakeClock()
    const { repo, parts, kept } = uploadRegistry((call, registry) => {
      if (call.method === 'GET') return empty(204, { location: call.url.href, range })
      if (call.headers.get('content-range') === '4-7') {
        Object.assign(call, { bytes: call.bytes.subarray(0, 2) })
        registry.append()
        return Promise.reject(new TypeError('fetch failed'))
      }
      return undefined
    })
    await settle(pushBlob(repo, stream(), four))
    expect(parts()).toContain(next)
    expect(kept.get(digest)).toBe(data)
  })

  test.each([500, 502, 503, 429])('or is answered %d is sent again', async (status) => {
    fakeClock()
    const { repo, kept } = breaking(4, 0, 1, () => empty(status))
    await settle(pushBlob(repo, stream(), four))
    expect(kept.get(digest)).toBe(data)
  })

  test('is sent again when Retry-After says, or fails at once beyond the cap', async () => {
    fakeClock()
    const times: number[] = []
    const waiting = (seconds: string) => {
      times.length = 0
      return breaking(4, 0, 1, () => {
        times.push(Date.now())
        return empty(429, { 'retry-after': seconds })
      })
    }
    const soon = waiting('20')
    await settle(pushBlob(soon.repo, stream(), four))
    expect(soon.kept.get(digest)).toBe(data)
    expect(Date.now() - times[0]!).toBeGreaterThanOrEqual(20_000)
    const late = waiting('61')
    expect(await settle(thrownBy(() => pushBlob(late.repo, stream(), four)))).toMatchObject({
      status: 429,
    })
    expect(Date.now() - times[0]!).toBeLessThan(1000)
  })

  test('again and again ends, and the session is cancelled', async () => {
    fakeClock()
    const { repo, parts, kept } = breaking(4, 0, 99)
    expect(await settle(thrownBy(() => pushBlob(repo, stream(), four)))).toMatchObject({
      name: 'ConnectionError',
      code: 'CONNECTION',
    })
    expect(kept.size).toBe(0)
    expect(parts().filter((part) => part === 'PATCH 4-7')).toHaveLength(3)
    expect(parts().at(-1)).toBe('DELETE')
  })

  test('is sent from where we know it, where a registry cannot tell', async () => {
    fakeClock()
    for (const status of [400, 404, 405]) {
      let broken = false
      const { repo, kept } = uploadRegistry(({ method, headers }) => {
        if (method === 'GET') return empty(status)
        if (broken || headers.get('content-range') !== '4-7') return undefined
        broken = true
        return Promise.reject(new TypeError('fetch failed'))
      })
      await settle(pushBlob(repo, stream(), four))
      expect(kept.get(digest)).toBe(data)
    }
  })

  test.each(['0-1', '0-99', '0--1'])(
    'fails where the session is at %s, which cannot be',
    async (range) => {
      fakeClock()
      const { repo, kept, parts } = uploadRegistry(({ method, url, headers }) => {
        if (method === 'GET') return empty(204, { location: url.href, range })
        if (headers.get('content-range') !== '4-7') return undefined
        return Promise.reject(new TypeError('fetch failed'))
      })
      expect(await settle(thrownBy(() => pushBlob(repo, stream(), four)))).toMatchObject({
        code: 'CONNECTION',
      })
      expect(kept.size).toBe(0)
      expect(parts().at(-1)).toBe('DELETE')
    },
  )

  test('follows the session to its next address, but to no other host', async () => {
    fakeClock()
    let broken = false
    const { repo, calls } = uploadRegistry(({ method }) => {
      if (method === 'GET') return empty(204, { location: 'https://evil.test/1', range: '0-3' })
      if (method !== 'PATCH' || broken) return undefined
      broken = true
      return Promise.reject(new TypeError('fetch failed'))
    })
    expect(await settle(thrownBy(() => pushBlob(repo, stream(), four)))).toMatchObject({
      name: 'RegistryError',
      message: expect.stringContaining('evil.test'),
    })
    expect(new Set(calls.map(({ url }) => url.host))).toEqual(new Set(['r.test']))
  })
})

describe('a chunk that is too large', () => {
  const most = 70 * KiB
  const bytes = new Uint8Array(600 * KiB).map((_, i) => i % 251)

  test.each([413, 416])('and answered %d is halved until it fits', async (status) => {
    const { repo, kept, calls } = uploadRegistry(({ method, bytes }) =>
      method === 'PATCH' && bytes.byteLength > most ? empty(status) : undefined,
    )
    const { size } = await pushBlob(repo, streamOf(bytes), { chunkSize: 512 * KiB })
    expect(size).toBe(600 * KiB)
    expect(kept.has(sha(bytes))).toBe(true)
    const sizes = calls
      .filter(({ method }) => method === 'PATCH')
      .map(({ bytes }) => bytes.byteLength / KiB)
    expect(sizes.slice(0, 4)).toEqual([512, 256, 128, 64])
    expect(sizes.slice(4).every((size) => size <= 64)).toBe(true)
  })

  test('is not halved for ever', async () => {
    const { repo, kept, parts } = uploadRegistry(({ method }) =>
      method === 'PATCH' ? empty(413) : undefined,
    )
    expect(
      await thrownBy(() => pushBlob(repo, streamOf(bytes), { chunkSize: 512 * KiB })),
    ).toMatchObject({ name: 'RegistryError', status: 413 })
    expect(kept.size).toBe(0)
    expect(parts().filter((part) => part.startsWith('PATCH')).length).toBeLessThan(8)
  })
})

describe('a registry that takes no chunks', () => {
  test.each([400, 404, 405, 501])('and answers %d gets all in one PUT', async (status) => {
    fakeClock()
    const { repo, kept, lines } = uploadRegistry(({ method }) =>
      method === 'PATCH' ? empty(status) : undefined,
    )
    const blob = new Blob([data])
    const expected = { digest: digest as never, size: 10 }
    expect(
      await settle(pushChunks(repo, blob, { algorithm: 'sha256', expected, chunkSize: 4 })),
    ).toEqual(expected)
    expect(kept.get(digest)).toBe(data)
    expect(lines().at(-1)).toBe('PUT /upload/2')
  })

  test('cannot take a stream, which cannot be sent twice', async () => {
    const { repo, kept } = uploadRegistry(({ method }) =>
      method === 'PATCH' ? empty(405) : undefined,
    )
    expect(await thrownBy(() => pushBlob(repo, stream(), four))).toMatchObject({ status: 405 })
    expect(kept.size).toBe(0)
  })

  const expected = { digest: digest as never, size: 10 }
  const options = { algorithm: 'sha256', expected, chunkSize: 4 } as const
  const laterIs = (answer: () => Response, at = '4-7') =>
    uploadRegistry(({ headers }) => (headers.get('content-range') === at ? answer() : undefined))

  test.each([
    [400, '4-7', 1],
    [405, '4-7', 1],
    [501, '4-7', 1],
    [413, '4-7', 1],
    [500, '8-9', 1],
    // It may be the session that is gone: that is begun again first.
    [404, '4-7', 3],
  ])('but one, and answers %d to that at %s, gets all in one PUT', async (status, at, begun) => {
    fakeClock()
    for (const source of [new Blob([data]), new TextEncoder().encode(data)]) {
      const { repo, kept, lines, parts } = laterIs(() => empty(status), at)
      expect(await settle(pushChunks(repo, source, options))).toEqual(expected)
      expect(kept.get(digest)).toBe(data)
      expect(parts().filter((part) => part === 'PATCH 0-3')).toHaveLength(begun)
      expect(lines().at(-1)).toBe(`PUT /upload/${begun + 1}`)
    }
  })

  test('nor one request of that size is the error of that', async () => {
    const { repo, kept } = uploadRegistry(({ method, headers }) =>
      headers.get('content-range') === '4-7' || method === 'PUT'
        ? empty(method === 'PUT' ? 413 : 405)
        : undefined,
    )
    const push = () => pushChunks(repo, new Blob([data]), options)
    expect(await thrownBy(push)).toMatchObject({ method: 'PUT', status: 413 })
    expect(kept.size).toBe(0)
  })

  test.each([401, 429, 503])('is not meant by %d of a later chunk', async (status) => {
    fakeClock()
    const { repo, kept, parts } = laterIs(() => empty(status))
    const push = () => settle(pushChunks(repo, new Blob([data]), options))
    expect(await thrownBy(push)).toMatchObject(status === 401 ? {} : { status })
    expect(kept.size).toBe(0)
    expect(parts()).not.toContain('PUT')
  })
})

describe('a session that is lost', () => {
  const expected = { digest: digest as never, size: 10 }
  const options = { algorithm: 'sha256', expected, chunkSize: 4 } as const
  const unknown = () => json({ errors: [{ code: 'BLOB_UPLOAD_UNKNOWN' }] }, {}, 404)

  test.each([
    ['PATCH 4-7', unknown],
    ['PATCH 4-7', () => empty(404)],
    ['PATCH 8-9', () => json({ errors: [{ code: 'BLOB_UPLOAD_INVALID' }] }, {}, 400)],
    ['PUT', unknown],
    ['PUT', () => empty(410)],
  ])('at %s is begun again with data that can be read again', async (where, answer) => {
    fakeClock()
    let lost = false
    const { repo, kept, parts } = uploadRegistry(({ method, headers }) => {
      const part = [method, headers.get('content-range')].filter(Boolean).join(' ')
      if (lost || part !== where) return undefined
      lost = true
      return answer()
    })
    expect(await settle(pushChunks(repo, new Blob([data]), options))).toEqual(expected)
    expect(kept.get(digest)).toBe(data)
    expect(parts().filter((part) => part === 'PATCH 0-3')).toHaveLength(2)
  })

  test('with the first chunk is begun again, also of a stream', async () => {
    let lost = false
    const { repo, kept, parts } = uploadRegistry(({ method }) => {
      if (lost || method !== 'PATCH') return undefined
      lost = true
      return unknown()
    })
    await pushBlob(repo, stream(), four)
    expect(kept.get(digest)).toBe(data)
    expect(parts().slice(0, 3)).toEqual(['PATCH 0-3', 'PATCH 0-3', 'PATCH 4-7'])
  })

  test('later is an error for a stream, whose beginning is no longer at hand', async () => {
    const { repo, kept } = uploadRegistry(({ headers }) =>
      headers.get('content-range') === '4-7' ? unknown() : undefined,
    )
    expect(await thrownBy(() => pushBlob(repo, stream(), four))).toMatchObject({ status: 404 })
    expect(kept.size).toBe(0)
  })

  test('again and again ends', async () => {
    const { repo, kept, parts } = uploadRegistry(({ method }) =>
      method === 'PUT' ? unknown() : undefined,
    )
    expect(await thrownBy(() => pushChunks(repo, new Blob([data]), options))).toMatchObject({
      status: 404,
    })
    expect(kept.size).toBe(0)
    expect(parts().filter((part) => part === 'PATCH 0-3')).toHaveLength(3)
  })
})

describe('a failure', () => {
  test('cancels the session, whatever that is answered', async () => {
    for (const answer of [
      () => empty(405),
      () => empty(500),
      () => Promise.reject(new TypeError('fetch failed')),
    ]) {
      const { repo, parts } = uploadRegistry(({ method }) => {
        if (method === 'DELETE') return answer()
        return method === 'PUT' ? empty(400) : undefined
      })
      expect(await thrownBy(() => pushBlob(repo, stream(), four))).toMatchObject({ status: 400 })
      expect(parts().filter((part) => part === 'DELETE')).toHaveLength(1)
    }
  })

  test("stops the caller's stream", async () => {
    for (const failing of ['POST', 'PATCH']) {
      const { repo } = uploadRegistry(({ method }) => (method === failing ? empty(400) : undefined))
      const { stream: data, cancelled } = endless(new Uint8Array(10))
      expect(await thrownBy(() => pushBlob(repo, data, four))).toMatchObject({ status: 400 })
      expect(cancelled()).toBe(true)
    }
  })

  test('by abort cancels the session too, but does not wait for that', async () => {
    const controller = new AbortController()
    const { repo, lines } = uploadRegistry(({ method }) =>
      method === 'PATCH' || method === 'DELETE' ? never() : undefined,
    )
    const waiting = thrownBy(() => pushBlob(repo, stream(), { ...four, signal: controller.signal }))
    await vi.waitFor(() => expect(lines()).toContain('PATCH /upload/1'))
    controller.abort('enough')
    expect(await waiting).toBe('enough')
    await vi.waitFor(() => expect(lines()).toContain('DELETE /upload/1'))
  })
})

test('a POST that says 201 without having been told a digest is no upload', async () => {
  const { repo } = uploadRegistry(({ method }) => (method === 'POST' ? empty(201) : undefined))
  expect(await thrownBy(() => pushBlob(repo, stream(), four))).toMatchObject({
    name: 'RegistryError',
    status: 201,
  })
})

test('a registry that appends what was not asked for is found out by the digest', async () => {
  fakeClock()
  let broken = false
  const { repo, kept } = uploadRegistry((call, { append }) => {
    if (call.method === 'GET') return empty(404)
    if (broken || call.headers.get('content-range') !== '4-7') {
      if (call.method === 'PATCH' && broken) {
        append()
        return empty(202, { location: call.url.href })
      }
      return undefined
    }
    broken = true
    append()
    return Promise.reject(new TypeError('fetch failed'))
  })
  expect(await settle(thrownBy(() => pushBlob(repo, stream(), four)))).toMatchObject({
    status: 400,
  })
  expect(kept.size).toBe(0)
})
