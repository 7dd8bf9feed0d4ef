import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import type { BlobData } from '../../../src/registry/blobs/blob-data.ts'
import { hasBlob } from '../../../src/registry/blobs/blobs.ts'
import { getBlobBytes } from '../../../src/registry/blobs/get.ts'
import { type PushBlobOptions, pushBlob } from '../../../src/registry/blobs/push.ts'
import { repository } from '../../../src/registry/repository.ts'
import type { Fetch } from '../../../src/registry/wire/exchange.ts'
import { empty, json, sha, streamOf, thrownBy, utf8 } from '../_registry.ts'
import { uploadRegistry } from './_upload.ts'

async function* generate(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

const MiB = 1024 * 1024
const text = 'grüße 😀'
const size = Buffer.byteLength(text)

describe.each([
  ['single POST', {}],
  ['no single POST', { singlePost: false }],
])('on a registry with %s', (_, options) => {
  const kinds: [string, () => BlobData][] = [
    ['text', () => text],
    ['bytes', () => utf8(text)],
    ['a part of a buffer', () => utf8(`--${text}--`).subarray(2, -2)],
    ['an ArrayBuffer', () => utf8(text).buffer],
    ['a Blob', () => new Blob([text])],
    ['a File', () => new File([text], 'x.txt')],
    ['a stream', () => streamOf(text)],
    ['a Response', () => new Response(text)],
    ['a generator of bytes', () => generate(utf8(text).subarray(0, 3), utf8(text).subarray(3))],
    ['a stream of Node', () => Readable.from([Buffer.from(text)])],
    ['a stream in pieces', () => streamOf(utf8(text).subarray(0, 3), utf8(text).subarray(3))],
  ]

  test.each(kinds)('pushes %s', async (_, data) => {
    const app = repository('r.test/app', { fetch: embeddedRegistry(options).fetch })
    const blob = await pushBlob(app, data())
    expect(blob).toEqual({ mediaType: 'application/octet-stream', digest: sha(text), size })
    expect(await getBlobBytes(app, blob)).toEqual(utf8(text))
  })

  test.each(['', 'x'])('pushes a stream of "%s" chunks of any size', async (first) => {
    const app = repository('r.test/app', { fetch: embeddedRegistry(options).fetch })
    const chunks = [first, ...text, '', text]
    const blob = await pushBlob(app, streamOf(...chunks), { chunkSize: 5 })
    expect(blob.digest).toBe(sha(chunks.join('')))
    expect(await getBlobBytes(app, blob)).toEqual(utf8(chunks.join('')))
  })

  test.each<() => BlobData>([
    () => '',
    () => new Uint8Array(),
    () => new Blob([]),
    () => new Response(null),
    () => generate(),
    () => streamOf(),
  ])('pushes nothing at all', async (data) => {
    const app = repository('r.test/app', { fetch: embeddedRegistry(options).fetch })
    const blob = await pushBlob(app, data())
    expect(blob).toMatchObject({ digest: sha(''), size: 0 })
    expect(await getBlobBytes(app, blob)).toEqual(utf8(''))
  })

  test('pushes an answer and a generator that are longer than a chunk', async () => {
    const app = repository('r.test/app', { fetch: embeddedRegistry(options).fetch })
    const bytes = utf8(text.repeat(5))
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte))
    for (const data of [new Response(bytes), generate(...pieces), Readable.from(pieces)]) {
      const blob = await pushBlob(app, data, { chunkSize: 7 })
      expect(blob).toMatchObject({ digest: sha(bytes), size: bytes.byteLength })
      expect(await getBlobBytes(app, blob)).toEqual(bytes)
    }
  })

  test('pushes a Blob of 5 MiB without holding it in memory', async () => {
    const app = repository('r.test/app', { fetch: embeddedRegistry(options).fetch })
    const bytes = new Uint8Array(5 * MiB).map((_, i) => i % 251)
    const blob = await pushBlob(app, new Blob([bytes]))
    expect(blob).toMatchObject({ digest: sha(bytes), size: bytes.byteLength })
    expect(sha(await getBlobBytes(app, blob, { limit: 6 * MiB }))).toBe(blob.digest)
  })

  test.each(['sha384', 'sha512'])(
    'pushes by %s where that is the digest asked for',
    async (algorithm) => {
      const app = repository('r.test/app', { fetch: embeddedRegistry(options).fetch })
      for (const data of [text, streamOf(...text)]) {
        const digest = sha(text, algorithm)
        const blob = await pushBlob(app, data, { digest, chunkSize: 5 })
        expect(blob.digest).toBe(digest)
        expect(await getBlobBytes(app, blob)).toEqual(utf8(text))
      }
    },
  )
})

test('describes what was pushed as the caller says', async () => {
  const { repo } = uploadRegistry()
  const annotations = { b: '2', a: '1' }
  expect(await pushBlob(repo, 'x', { mediaType: 'text/plain', annotations })).toEqual({
    mediaType: 'text/plain',
    digest: sha('x'),
    size: 1,
    annotations,
  })
  expect(await pushBlob(repo, 'x', { annotations: {} })).not.toHaveProperty('annotations')
})

describe('a small blob', () => {
  test('is one POST, where that is understood', async () => {
    const { repo, calls, kept } = uploadRegistry()
    await pushBlob(repo, 'x')
    await pushBlob(repo, 'y')
    expect(calls.map(({ method, url, body }) => [method, url.search, body])).toEqual([
      ['POST', `?digest=${encodeURIComponent(sha('x'))}`, 'x'],
      ['POST', `?digest=${encodeURIComponent(sha('y'))}`, 'y'],
    ])
    expect(calls[0]!.headers.get('content-type')).toBe('application/octet-stream')
    expect([...kept.values()]).toEqual(['x', 'y'])
    expect(repo.capabilities.singlePost).toBe('supported')
  })

  test('is POST and PUT where it is not, and from then on a mount asks whether it is there', async () => {
    const { repo, calls, kept } = uploadRegistry(undefined, { singlePost: false })
    await pushBlob(repo, 'x')
    expect(repo.capabilities.singlePost).toBe('unsupported')
    await pushBlob(repo, 'y')
    await pushBlob(repo, 'y')
    const seen = calls.map(({ method, url, body }) => [
      method,
      url.pathname.startsWith('/upload/') ? 'session' : [...url.searchParams.keys()].join(),
      body,
    ])
    expect(seen).toEqual([
      ['POST', 'digest', 'x'],
      ['PUT', 'session', 'x'],
      ['POST', 'mount,from', undefined],
      ['PUT', 'session', 'y'],
      ['POST', 'mount,from', undefined],
    ])
    expect(calls.at(-1)!.url.searchParams.get('from')).toBe('team/app')
    expect([...kept.values()]).toEqual(['x', 'y'])
  })

  test.each([400, 403, 404, 405, 411, 413, 415, 416, 422, 500, 501])(
    'is POST and PUT where a single POST is refused with %d, and that is remembered',
    async (status) => {
      const { repo, calls, kept } = uploadRegistry(({ method, url }) =>
        method === 'POST' && url.searchParams.has('digest') ? empty(status) : undefined,
      )
      await pushBlob(repo, 'x')
      expect(repo.capabilities.singlePost).toBe('unsupported')
      await pushBlob(repo, 'y')
      expect([...kept.values()]).toEqual(['x', 'y'])
      expect(calls.filter(({ url }) => url.pathname.endsWith('/uploads/')).length).toBe(3)
    },
  )

  test.each([401, 408, 429, 502, 503, 504])(
    'fails where it is answered %d, as any other way would',
    async (status) => {
      const { repo, calls } = uploadRegistry(() => empty(status))
      expect(await thrownBy(() => pushBlob(repo, 'x'))).toBeInstanceOf(Error)
      expect(calls).toHaveLength(1)
      expect(repo.capabilities.singlePost).toBe('unknown')
    },
  )

  test.each([400, 403, 404, 500])(
    'learns nothing of the single POST where every POST is answered %d',
    async (status) => {
      const { repo, calls } = uploadRegistry(() => empty(status))
      const error = await thrownBy(() => pushBlob(repo, 'x'))
      expect(error).toMatchObject({ message: expect.stringContaining(`answered ${status}`) })
      expect(calls.map(({ body }) => body)).toEqual(['x', undefined])
      expect(repo.capabilities.singlePost).toBe('unknown')
    },
  )

  test.each([400, 403, 404, 405, 500])(
    'is POST and PUT where a mount is refused with %d, and no other mount is tried',
    async (status) => {
      const { repo, calls, kept } = uploadRegistry(
        ({ method, url }) =>
          method === 'POST' && url.searchParams.has('mount') ? empty(status) : undefined,
        { singlePost: false },
      )
      for (const data of ['x', 'y', 'z']) await pushBlob(repo, data)
      expect([...kept.values()]).toEqual(['x', 'y', 'z'])
      const posts = calls.filter(({ method }) => method === 'POST')
      expect(posts.map(({ url }) => [...url.searchParams.keys()].join())).toEqual([
        'digest',
        'mount,from',
        '',
        '',
      ])
    },
  )

  test('is pushed where the one POST that mounts and has the bytes is refused', async () => {
    for (const refused of ['mount', 'digest']) {
      const { repo, kept } = uploadRegistry(({ method, url }) =>
        method === 'POST' && url.searchParams.has(refused) ? empty(405) : undefined,
      )
      await pushBlob(repo, '{}', { expectPresent: true })
      for (const data of ['x', 'y']) await pushBlob(repo, data)
      expect([...kept.values()]).toEqual(['{}', 'x', 'y'])
      const single = refused === 'mount' ? 'supported' : 'unsupported'
      expect(repo.capabilities.singlePost).toBe(single)
    }
  })

  test.each([
    [404, 'BLOB_UPLOAD_UNKNOWN'],
    [400, 'BLOB_UPLOAD_INVALID'],
    [404, undefined],
    [410, undefined],
  ])('begins again where its session is lost, %d %s', async (status, code) => {
    let lost = 0
    const { repo, kept, lines } = uploadRegistry(
      ({ method }) => {
        if (method !== 'PUT' || lost++ > 0) return undefined
        return code ? json({ errors: [{ code }] }, {}, status) : empty(status)
      },
      { singlePost: false },
    )
    await pushBlob(repo, 'x')
    expect([...kept.values()]).toEqual(['x'])
    expect(lines().map((line) => line.split('/')[0])).toEqual(['POST ', 'PUT ', 'POST ', 'PUT '])
  })

  test('begins again twice, and not for ever', async () => {
    const { repo, kept, lines } = uploadRegistry(
      ({ method }) => (method === 'PUT' ? empty(404) : undefined),
      { singlePost: false },
    )
    expect(await thrownBy(() => pushBlob(repo, 'x'))).toMatchObject({ status: 404, method: 'PUT' })
    expect(kept.size).toBe(0)
    expect(lines().filter((line) => line.startsWith('PUT'))).toHaveLength(3)
  })

  test('is not taken for kept because a POST without its digest says 201', async () => {
    const { repo, kept } = uploadRegistry(({ method, url }) => {
      if (method !== 'POST') return undefined
      return url.searchParams.has('digest') ? empty(400) : empty(201)
    })
    expect(await thrownBy(() => pushBlob(repo, 'x'))).toMatchObject({ name: 'RegistryError' })
    expect(kept.size).toBe(0)
  })

  test('is sent at once where it is known from before that POST is understood, or not', async () => {
    const known = uploadRegistry(undefined, { capabilities: { singlePost: 'unsupported' } })
    await pushBlob(known.repo, 'x')
    expect(known.calls.map(({ method, body }) => [method, body])).toEqual([
      ['POST', undefined],
      ['PUT', 'x'],
    ])
  })

  test('of 4 MiB is one POST, and of more a POST and a PUT', async () => {
    const { repo, calls } = uploadRegistry()
    await pushBlob(repo, new Uint8Array(4 * MiB))
    expect(calls.map(({ method, bytes }) => [method, bytes.byteLength])).toEqual([
      ['POST', 4 * MiB],
    ])
    await pushBlob(repo, new Blob([new Uint8Array(4 * MiB + 1)]))
    expect(calls.slice(1).map(({ method, bytes }) => [method, bytes.byteLength])).toEqual([
      ['POST', 0],
      ['PUT', 4 * MiB + 1],
    ])
  })
})

describe('expectPresent', () => {
  test('asks by a mount that also brings the bytes, and not again', async () => {
    for (const singlePost of [true, false]) {
      const { repo, calls, kept } = uploadRegistry(undefined, { singlePost })
      await pushBlob(repo, '{}', { expectPresent: true })
      expect([...kept.values()]).toEqual(['{}'])
      const [first] = calls
      expect([...first!.url.searchParams.keys()]).toEqual(['mount', 'from', 'digest'])
      expect(first!.body).toBe('{}')
      const before = calls.length
      const again = await pushBlob(repo, '{}', { expectPresent: true })
      expect(again).toMatchObject({ digest: sha('{}'), size: 2 })
      expect(calls).toHaveLength(before)
    }
  })

  test('is one request where the blob is there', async () => {
    const { repo, calls, kept } = uploadRegistry(undefined, { singlePost: false })
    kept.set(sha('{}'), '{}')
    await pushBlob(repo, '{}', { expectPresent: true })
    expect(calls).toHaveLength(1)
  })

  test('learns nothing about single POST from the answer to a mount', async () => {
    const { repo } = uploadRegistry()
    await pushBlob(repo, '{}', { expectPresent: true })
    expect(repo.capabilities.singlePost).toBe('unknown')
  })

  test('takes nothing for present that could not be pushed', async () => {
    let fails = true
    const { repo, kept } = uploadRegistry(() => (fails ? empty(500) : undefined))
    await thrownBy(() => pushBlob(repo, '{}', { expectPresent: true }))
    fails = false
    await pushBlob(repo, '{}', { expectPresent: true })
    expect(kept.size).toBe(1)
  })

  test('is a promise of the caller: a blob pushed without it is pushed each time', async () => {
    const { repo, calls } = uploadRegistry()
    await pushBlob(repo, 'x', { expectPresent: true })
    await pushBlob(repo, 'x')
    await pushBlob(repo, 'x')
    expect(calls).toHaveLength(3)
  })
})

describe('data that is not what was announced', () => {
  const wrong: [string, object, object][] = [
    [
      'another digest',
      { digest: sha('other') },
      { code: 'DIGEST_MISMATCH', expected: sha('other') },
    ],
    ['another sha512', { digest: sha('x', 'sha512') }, { code: 'DIGEST_MISMATCH' }],
    ['a smaller size', { size: 9 }, { code: 'SIZE_MISMATCH', expected: 9 }],
    ['a larger size', { size: 11 }, { code: 'SIZE_MISMATCH', expected: 11 }],
    ['no bytes', { size: 0 }, { code: 'SIZE_MISMATCH', expected: 0 }],
  ]
  const data = '0123456789'

  test.each(wrong)('with %s is found before anything is asked', async (_, options, error) => {
    for (const source of [data, utf8(data), new Blob([data]), streamOf(data)]) {
      const { repo, calls } = uploadRegistry()
      expect(await thrownBy(() => pushBlob(repo, source, options))).toMatchObject({
        name: 'ContentError',
        ...error,
      })
      expect(calls).toHaveLength(0)
    }
  })

  test.each(wrong)(
    'with %s is found while a long stream goes, and nothing is kept',
    async (_, options, error) => {
      const { repo, calls, kept } = uploadRegistry()
      expect(
        await thrownBy(() => pushBlob(repo, streamOf(...data), { ...options, chunkSize: 3 })),
      ).toMatchObject({ name: 'ContentError', ...error })
      expect(kept.size).toBe(0)
      expect(calls.some(({ method }) => method === 'PUT')).toBe(false)
      expect(calls.at(-1)!.method).toBe('DELETE')
    },
  )

  test('with the right digest and size is pushed', async () => {
    for (const source of [data, streamOf(...data)]) {
      const { repo, kept } = uploadRegistry()
      await pushBlob(repo, source, { digest: sha(data), size: 10, chunkSize: 3 })
      expect(kept.get(sha(data))).toBe(data)
    }
  })
})

describe('what is no data', () => {
  test.each<[unknown, RegExp]>([
    [undefined, /got undefined$/],
    [null, /got null$/],
    [7, /got number$/],
    [{}, /got Object: pass JSON\.stringify/],
    [[1, 2], /got Array: pass new Blob\(data\) for pieces, Uint8Array\.from/],
    [new FormData(), /got FormData: pass a file of it/],
    [new Request('https://r.test'), /got Request: pass await fetch\(data\)/],
    [new URLSearchParams('a=b'), /got URLSearchParams: pass String\(data\)/],
    [new SharedArrayBuffer(2), /got SharedArrayBuffer: pass new Uint8Array\(data\)\.slice/],
    [new Map(), /got Map$/],
    [new Uint16Array(2), /got Uint16Array: pass new Uint8Array\(data\.buffer/],
    [new DataView(new ArrayBuffer(2)), /got DataView: pass new Uint8Array\(data\.buffer/],
    [new Date(0), /got Date$/],
    [new URL('file:///tmp/x'), /got URL: pass await fetch\(url\), or await fileBlob\(url\)/],
    [Promise.resolve('x'), /got Promise: pass what it resolves to/],
  ])('%j is a TypeError that says what to use', async (data, problem) => {
    const { repo, calls } = uploadRegistry()
    const error = await thrownBy(() => pushBlob(repo, data as never))
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toMatch(/"data" must be text, bytes, a Blob, a Response, a Rea.*, got/)
    expect(String(error)).toMatch(problem)
    expect(calls).toHaveLength(0)
  })

  test('a stream that something else reads is refused, also where it was given twice', async () => {
    const { repo, calls } = uploadRegistry()
    const locked = streamOf('a', 'b')
    locked.getReader()
    const answer = new Response(streamOf('a'))
    answer.body?.getReader()
    for (const data of [locked, answer]) {
      expect(await thrownBy(() => pushBlob(repo, data))).toMatchObject({
        code: 'INVALID_INPUT',
        path: 'data',
        message: '"data" must be a stream that nothing else reads, got "a locked one"',
      })
    }
    expect(calls).toHaveLength(0)
    const twice = streamOf('a', 'b')
    const both = await Promise.allSettled([pushBlob(repo, twice), pushBlob(repo, twice)])
    expect(both[1]).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_INPUT' } })
  })

  test.each<[string, () => Promise<Response>, RegExp]>([
    ['an error', async () => new Response('no', { status: 404 }), /status 2xx.*"status 404"/],
    [
      'one that was read',
      async () => {
        const response = new Response('x')
        await response.text()
        return response
      },
      /whose body was read/,
    ],
  ])('an answer that is %s is refused', async (_, answer, problem) => {
    const { repo, calls } = uploadRegistry()
    const data = await answer()
    expect(
      await thrownBy(() => pushBlob(repo, data, { path: 'artifact.blobs[1].data' })),
    ).toMatchObject({
      code: 'INVALID_INPUT',
      path: 'artifact.blobs[1].data',
      message: expect.stringMatching(problem),
    })
    expect(calls).toHaveLength(0)
  })

  test.each([['text'], [[1, 2]], [new ArrayBuffer(4)], [7]])(
    'a stream of %j is a TypeError, first or later, and nothing is kept',
    async (chunk) => {
      for (const before of [0, 1, 4]) {
        const { repo, kept } = uploadRegistry()
        let cancelled = false
        const left: unknown[] = [...Array(before).fill(utf8('0123456789')), chunk]
        const data = new ReadableStream(
          {
            pull: (stream) => (left.length ? stream.enqueue(left.shift()) : undefined),
            cancel() {
              cancelled = true
            },
          },
          { highWaterMark: 0 },
        )
        const error = await thrownBy(() => pushBlob(repo, data as never, { chunkSize: 15 }))
        expect(error).toBeInstanceOf(TypeError)
        expect(String(error)).toMatch(/"data" must be a stream of Uint8Array/)
        expect(kept.size).toBe(0)
        expect(cancelled).toBe(true)
      }
    },
  )

  test('an async iterable of other chunks is a TypeError, and is ended', async () => {
    for (const before of [0, 4]) {
      const { repo, kept } = uploadRegistry()
      let ended = false
      async function* data() {
        try {
          for (let i = 0; i < before; i++) yield utf8('0123456789')
          yield 'text' as never
        } finally {
          ended = true
        }
      }
      const error = await thrownBy(() =>
        pushBlob(repo, data(), { chunkSize: 15, path: 'artifact.blobs[0].data' }),
      )
      expect(error).toEqual(
        new TypeError('"artifact.blobs[0].data" must be a stream of Uint8Array, got one of string'),
      )
      expect(ended).toBe(true)
      expect(kept.size).toBe(0)
    }
    const { repo } = uploadRegistry()
    const error = await thrownBy(() => pushBlob(repo, Readable.from(['text']) as never))
    expect(String(error)).toMatch(/stream of Uint8Array, got one of string/)
  })

  test('the size of an answer is only a hint: what is pushed is what comes', async () => {
    const totals: unknown[] = []
    for (const headers of [
      { 'content-length': '30' },
      { 'content-length': '7', 'content-encoding': 'gzip' },
      { 'content-length': 'many' },
    ]) {
      const app = repository('r.test/app', {
        fetch: embeddedRegistry().fetch,
        onProgress: ({ bytes }) => totals.push(bytes.total),
      })
      const body = '0123456789'.repeat(3)
      const blob = await pushBlob(app, new Response(body, { headers }), { chunkSize: 30 })
      expect(blob.size).toBe(30)
    }
    // At the start, and at the end.
    expect(totals).toEqual([30, 30, undefined, undefined, undefined, undefined])
  })

  test("the caller's own error of a stream comes through, and nothing is kept", async () => {
    for (const before of [0, 4]) {
      const { repo, calls, kept } = uploadRegistry()
      const broken = new Error('disk on fire')
      const left = Array(before).fill(utf8('0123456789'))
      const data = new ReadableStream<Uint8Array>({
        pull: (stream) => (left.length ? stream.enqueue(left.shift()) : stream.error(broken)),
      })
      expect(await thrownBy(() => pushBlob(repo, data, { chunkSize: 15 }))).toBe(broken)
      expect(kept.size).toBe(0)
      expect(calls.at(-1)?.method).toBe(before ? 'DELETE' : undefined)
    }
  })

  test.each([
    [{ digest: 'x' }, 'INVALID_DIGEST'],
    [{ digest: sha('x').toUpperCase() }, 'INVALID_DIGEST'],
    [{ annotations: { a: 1 } }, 'INVALID_INPUT'],
    [{ chunkSize: 0 }, 'INVALID_INPUT'],
    [{ chunkSize: -1 }, 'INVALID_INPUT'],
    [{ chunkSize: 1.5 }, 'INVALID_INPUT'],
    [{ chunkSize: Number.NaN }, 'INVALID_INPUT'],
    [{ chunkSize: Number.POSITIVE_INFINITY }, 'INVALID_INPUT'],
  ])('%j is %s', async (options, code) => {
    const { repo, calls } = uploadRegistry()
    expect(await thrownBy(() => pushBlob(repo, streamOf('x'), options as never))).toMatchObject({
      name: 'InvalidInputError',
      code,
    })
    expect(calls).toHaveLength(0)
  })
})

test('a failed PUT leaves no blob behind', async () => {
  const { fetch } = embeddedRegistry({ singlePost: false })
  const app = repository('r.test/app', {
    fetch: (request) =>
      request.method === 'PUT' ? Promise.reject(new TypeError('fetch failed')) : fetch(request),
  })
  expect(await thrownBy(() => pushBlob(app, 'x'))).toMatchObject({ code: 'CONNECTION' })
  expect(await hasBlob(app, sha('x'))).toBe(false)
})

test('data in memory goes in chunks where it is longer than a chunkSize that was given', async () => {
  const { repo, kept, parts } = uploadRegistry(undefined, {
    capabilities: { singlePost: 'unsupported' },
  })
  await pushBlob(repo, '0123456789', { chunkSize: 4 })
  expect(kept.get(sha('0123456789'))).toBe('0123456789')
  expect(parts()).toEqual(['PATCH 0-3', 'PATCH 4-7', 'PATCH 8-9', 'PUT'])
})

test('a PUT that is too large goes in chunks', async () => {
  for (const status of [413, 416]) {
    const { repo, kept, parts } = uploadRegistry(
      ({ method, bytes }) => (method === 'PUT' && bytes.byteLength > 0 ? empty(status) : undefined),
      { capabilities: { singlePost: 'unsupported' } },
    )
    await pushBlob(repo, '0123456789')
    expect(kept.get(sha('0123456789'))).toBe('0123456789')
    expect(parts()).toEqual(['PUT 10', 'PATCH 0-9', 'PUT'])
  }
})

describe('onProgress of data in memory', () => {
  const MIB = 1024 * 1024
  const data = new Uint8Array(3 * MIB).fill(7)

  async function pushed(fetch: Fetch, options: PushBlobOptions = {}) {
    const moved: number[] = []
    const app = repository('r.test/app', {
      fetch,
      onProgress: ({ bytes: { done, total } }) => {
        expect(total).toBe(data.byteLength)
        moved.push(done)
      },
    })
    const blob = await pushBlob(app, data, options)
    const stored = await getBlobBytes(repository('r.test/app', { fetch }), blob)
    // toEqual() takes seconds for so many bytes.
    expect(Buffer.compare(stored, data)).toBe(0)
    return moved
  }

  test.each<EmbeddedRegistryOptions>([{}, { profile: 'distribution2' }])(
    'begins at 0, and moves every 256 KiB, on %j',
    async (options) => {
      const moved = await pushed(embeddedRegistry(options).fetch)
      expect(moved).toEqual(Array.from({ length: 13 }, (_, i) => i * (MIB / 4)))
    },
  )

  test('moves every 256 KiB within a chunk too, where a chunkSize is given', async () => {
    const moved = await pushed(embeddedRegistry().fetch, { chunkSize: MIB })
    expect([...new Set(moved)]).toEqual(Array.from({ length: 13 }, (_, i) => i * (MIB / 4)))
  })

  test('costs no upload: what a stream fails with is tried without one', async () => {
    const registry = embeddedRegistry({ profile: 'distribution2' })
    const bodies: boolean[] = []
    for (const status of [307, 401, 500]) {
      const moved = await pushed(async (request) => {
        const isStream = request.method === 'PUT' && request.headers.has('content-length')
        if (request.method === 'PUT') bodies.push(isStream)
        return isStream ? new Response(null, { status }) : registry.fetch(request)
      })
      expect(moved.at(-1)).toBe(data.byteLength)
    }
    expect(bodies).toContain(true)
  })

  test('ends the push with what it throws', async () => {
    const app = repository('r.test/app', {
      fetch: embeddedRegistry().fetch,
      onProgress: ({ bytes }) => {
        if (bytes.done > MIB) throw new Error('enough')
      },
    })
    expect(await thrownBy(() => pushBlob(app, data))).toEqual(new Error('enough'))
  })

  test('has no line for what is probably there, such as {}', async () => {
    const events: unknown[] = []
    const app = repository('r.test/app', {
      fetch: embeddedRegistry().fetch,
      onProgress: (event) => events.push(event),
    })
    await pushBlob(app, '{}', { expectPresent: true })
    expect(events).toEqual([])
  })
})
