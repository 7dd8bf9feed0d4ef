import { afterEach, describe, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { deleteBlob, hasBlob, mountBlob } from '../../src/registry/blobs/blobs.ts'
import { getBlob, getBlobBytes } from '../../src/registry/blobs/get.ts'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { deleteManifest } from '../../src/registry/delete-manifest.ts'
import { listTags } from '../../src/registry/lists/tags.ts'
import {
  findManifest,
  getManifest,
  headManifest,
  putManifest,
} from '../../src/registry/manifests.ts'
import { type Repository, repository } from '../../src/registry/repository.ts'
import {
  type Answer,
  all,
  empty,
  fakeClock,
  fakeRepository,
  json,
  never,
  settle,
  sha,
  stalled,
  streamOf,
  thrownBy,
  utf8,
} from './_registry.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const digest = sha('x')
const type = { mediaType: 'application/json' }
const manifest = utf8('{}')

describe('repeats', () => {
  /** Answers in turn; the last one again and again. Notes when each request came. */
  function inTurn(...answers: (() => Response | Promise<Response>)[]): Answer & { at: number[] } {
    const at: number[] = []
    const start = Date.now()
    const answer: Answer = (_, count) => {
      at.push(Date.now() - start)
      return answers[Math.min(count, answers.length) - 1]!()
    }
    return Object.assign(answer, { at })
  }
  const ok = () => empty(200)
  const broken = () => Promise.reject(new TypeError('fetch failed'))

  test.each([408, 429, 500, 502, 503, 504])('a GET that was answered %d', async (status) => {
    fakeClock()
    const { repo, calls } = fakeRepository(
      inTurn(
        () => empty(status),
        () => json({ tags: ['a'] }),
      ),
    )
    expect(await settle(all(listTags(repo)))).toEqual(['a'])
    expect(calls).toHaveLength(2)
  })

  test.each<[string, (repo: Repository) => Promise<unknown>, (() => Response)?]>([
    ['HEAD', (repo) => hasBlob(repo, digest)],
    ['DELETE of a blob', (repo) => deleteBlob(repo, digest)],
    ['DELETE of a manifest', (repo) => deleteManifest(repo, 'v1'), () => empty(202)],
    ['PUT by digest', (repo) => putManifest(repo, undefined, manifest, type)],
    ['PUT by a digest that was given', (repo) => putManifest(repo, sha(manifest), manifest, type)],
  ])('a %s, after 5xx and after broken connections', async (_, call, done = ok) => {
    fakeClock()
    for (const failure of [() => empty(500), broken]) {
      const { repo, calls } = fakeRepository(inTurn(failure, failure, done))
      await settle(call(repo))
      expect(calls).toHaveLength(3)
    }
  })

  test('with the same body', async () => {
    fakeClock()
    const { repo, calls } = fakeRepository(inTurn(() => empty(500), ok))
    await settle(putManifest(repo, undefined, manifest, type))
    expect(calls.map(({ body }) => body)).toEqual(['{}', '{}'])
  })

  test.each<[string, (repo: Repository) => Promise<unknown>]>([
    ['PUT by tag', (repo) => putManifest(repo, 'v1', manifest, type)],
    ['POST of a blob', (repo) => pushBlob(repo, 'x')],
    ['POST of a mount', (repo) => mountBlob(repo, digest, 'base')],
  ])('no %s, whatever happens', async (_, call) => {
    fakeClock()
    for (const failure of [
      () => empty(502),
      () => empty(503, { 'retry-after': '1' }),
      () => empty(429),
      broken,
    ]) {
      const { repo, calls } = fakeRepository(inTurn(failure, ok))
      expect(await settle(thrownBy(() => call(repo)))).toBeInstanceOf(Error)
      expect(calls).toHaveLength(1)
    }
  })

  test('no PUT that ends an upload', async () => {
    fakeClock()
    const { repo, lines } = fakeRepository(({ method }) =>
      method === 'POST' ? empty(202, { location: '/u/1' }) : empty(500),
    )
    expect(await settle(thrownBy(() => pushBlob(repo, 'x')))).toMatchObject({ status: 500 })
    expect(lines()).toEqual(['POST /v2/team/app/blobs/uploads/', 'PUT /u/1'])
  })

  test.each([400, 404, 405, 409, 412, 413, 501])('nothing that was answered %d', async (status) => {
    const { repo, calls } = fakeRepository(() => empty(status))
    expect(await thrownBy(() => all(listTags(repo)))).toMatchObject({ status })
    expect(calls).toHaveLength(1)
  })

  test('nothing after a timeout', async () => {
    const { repo, calls } = fakeRepository(never, { timeout: 20 })
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({ code: 'TIMEOUT' })
    expect(calls).toHaveLength(1)
  })

  test('twice by default, and as often as was asked', async () => {
    fakeClock()
    for (const [retries, count] of [
      [undefined, 3],
      [0, 1],
      [5, 6],
    ]) {
      const { repo, calls } = fakeRepository(() => empty(500), { retries })
      expect(await settle(thrownBy(() => hasBlob(repo, digest)))).toMatchObject({ status: 500 })
      expect(calls).toHaveLength(count!)
    }
  })

  test.each([429, 503])('after %d when Retry-After says, in seconds', async (status) => {
    fakeClock()
    const answer = inTurn(() => empty(status, { 'retry-after': '45' }), ok)
    const { repo } = fakeRepository(answer)
    expect(await settle(hasBlob(repo, digest))).toBe(true)
    expect(answer.at[1]).toBeGreaterThanOrEqual(45_000)
    expect(answer.at[1]).toBeLessThan(46_000)
  })

  test.each([429, 503])('after %d when Retry-After says, as a date', async (status) => {
    fakeClock()
    vi.setSystemTime(Date.parse('2026-11-24T06:00:00Z'))
    const answer = inTurn(
      () => empty(status, { 'retry-after': 'Tue, 24 Nov 2026 06:00:20 GMT' }),
      ok,
    )
    const { repo } = fakeRepository(answer)
    expect(await settle(hasBlob(repo, digest))).toBe(true)
    expect(answer.at[1]).toBeGreaterThanOrEqual(19_900)
    expect(answer.at[1]).toBeLessThan(21_000)
  })

  test('at once when Retry-After is over or 0', async () => {
    fakeClock()
    vi.setSystemTime(Date.parse('2026-11-24T06:00:00Z'))
    for (const after of ['0', 'Tue, 24 Nov 2026 05:00:00 GMT']) {
      const answer = inTurn(() => empty(429, { 'retry-after': after }), ok)
      expect(await settle(hasBlob(fakeRepository(answer).repo, digest))).toBe(true)
      expect(answer.at[1]! - answer.at[0]!).toBeLessThan(200)
    }
  })

  test.each(['61', '86400', 'Tue, 24 Nov 2026 06:02:00 GMT'])(
    'nothing that Retry-After %s puts beyond the cap: that fails at once',
    async (after) => {
      fakeClock()
      vi.setSystemTime(Date.parse('2026-11-24T06:00:00Z'))
      const answer = inTurn(() => empty(429, { 'retry-after': after }), ok)
      const { repo, calls } = fakeRepository(answer)
      const started = Date.now()
      expect(await settle(thrownBy(() => hasBlob(repo, digest)))).toMatchObject({ status: 429 })
      expect(Date.now() - started).toBeLessThan(200)
      expect(calls).toHaveLength(1)
    },
  )

  test('up to a cap that can be set', async () => {
    fakeClock()
    const after = () => empty(429, { 'retry-after': '3' })
    const low = fakeRepository(inTurn(after, ok), { maxRetryAfter: 2000 })
    expect(await settle(thrownBy(() => hasBlob(low.repo, digest)))).toMatchObject({ status: 429 })
    const high = fakeRepository(inTurn(after, ok), { maxRetryAfter: 3000 })
    expect(await settle(hasBlob(high.repo, digest))).toBe(true)
  })
})

describe('a timeout', () => {
  test('ends a request whose headers do not come', async () => {
    const { repo, calls } = fakeRepository(never, { timeout: 30 })
    const started = performance.now()
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
      name: 'ConnectionError',
      code: 'TIMEOUT',
      url: 'https://r.test/v2/team/app/manifests/v1',
      message: expect.stringContaining('got no answer in time'),
    })
    expect(performance.now() - started).toBeLessThan(800)
    expect(calls[0]!.signal.aborted).toBe(true)
  })

  test('is 30 seconds by default', async () => {
    fakeClock()
    const started = Date.now()
    const { repo } = fakeRepository(never)
    expect(await settle(thrownBy(() => hasBlob(repo, digest)))).toMatchObject({ code: 'TIMEOUT' })
    expect(Date.now() - started).toBe(30_000)
  })

  test.each<[string, (repo: Repository) => Promise<unknown>]>([
    ['manifest', (repo) => findManifest(repo, 'v1')],
    ['list', (repo) => all(listTags(repo))],
  ])('ends a %s whose body stalls', async (_, read) => {
    const { repo } = fakeRepository(
      () => new Response(stalled(utf8('{')), { headers: { 'content-type': 'application/json' } }),
      { timeout: 30 },
    )
    expect(await thrownBy(() => read(repo))).toMatchObject({
      name: 'ConnectionError',
      code: 'TIMEOUT',
      message: expect.stringContaining('sent no whole body in 30 ms'),
    })
  })

  test('is none for the bytes of an upload', async () => {
    fakeClock()
    const slow = () =>
      new Promise<Response>((resolve) => setTimeout(() => resolve(empty(201)), 300_000))
    const { repo } = fakeRepository(({ method }) =>
      method === 'POST' ? empty(202, { location: '/u/1' }) : slow(),
    )
    expect(await settle(pushBlob(repo, 'x'))).toMatchObject({ size: 1 })
  })

  test('is none for the bytes of a download', async () => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async start(controller) {
        await new Promise((resolve) => setTimeout(resolve, 60))
        controller.enqueue(utf8('x'))
        controller.close()
      },
    })
    const { repo } = fakeRepository(() => new Response(body), { timeout: 20 })
    expect(await getBlobBytes(repo, digest)).toEqual(utf8('x'))
  })
})

describe('a signal', () => {
  const reason = { because: 'the user went away' }
  const large = () => streamOf(...Array.from({ length: 4 }, () => new Uint8Array(1024)))
  const calls: [string, (repo: Repository, signal: AbortSignal) => Promise<unknown>][] = [
    ['hasBlob', (repo, signal) => hasBlob(repo, digest, { signal })],
    ['mountBlob', (repo, signal) => mountBlob(repo, digest, 'base', { signal })],
    ['deleteBlob', (repo, signal) => deleteBlob(repo, digest, { signal })],
    ['getBlob', (repo, signal) => getBlob(repo, digest, { signal })],
    ['getBlobBytes', (repo, signal) => getBlobBytes(repo, digest, { signal })],
    ['headManifest', (repo, signal) => headManifest(repo, 'v1', { signal })],
    ['findManifest', (repo, signal) => findManifest(repo, 'v1', { signal })],
    ['getManifest', (repo, signal) => getManifest(repo, 'v1', { signal })],
    ['putManifest', (repo, signal) => putManifest(repo, 'v1', manifest, { ...type, signal })],
    ['deleteManifest', (repo, signal) => deleteManifest(repo, 'v1', { signal })],
    ['pushBlob of text', (repo, signal) => pushBlob(repo, 'x', { signal })],
    ['pushBlob of a short stream', (repo, signal) => pushBlob(repo, streamOf('x'), { signal })],
    [
      'pushBlob of a stream',
      (repo, signal) => pushBlob(repo, large(), { signal, chunkSize: 1024 }),
    ],
    ['listTags', (repo, signal) => all(listTags(repo, { signal }))],
  ]

  test.each(calls)('that is aborted already ends %s before it asks anything', async (_, call) => {
    const { repo, lines } = fakeRepository(() => empty(200))
    expect(await thrownBy(() => call(repo, AbortSignal.abort(reason)))).toBe(reason)
    expect(lines()).toEqual([])
  })

  test.each(calls)(
    'ends %s while a registry is silent, even one that cannot hear',
    async (_, call) => {
      const controller = new AbortController()
      const { repo, calls } = fakeRepository(never)
      const waiting = thrownBy(() => call(repo, controller.signal))
      await vi.waitFor(() => expect(calls).toHaveLength(1))
      controller.abort(reason)
      expect(await waiting).toBe(reason)
      expect(calls[0]!.signal.aborted).toBe(true)
      expect(calls[0]!.signal.reason).toBe(reason)
    },
  )

  test.each(calls)('ends %s while it waits to ask again', async (_, call) => {
    const controller = new AbortController()
    const { repo, calls } = fakeRepository(() => empty(429, { 'retry-after': '30' }))
    const waiting = thrownBy(() => call(repo, controller.signal))
    await vi.waitFor(() => expect(calls).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 10))
    controller.abort(reason)
    // What is not repeated has failed by then.
    const error = await waiting
    if (['POST', 'PUT'].includes(calls[0]!.method)) expect(error).toMatchObject({ status: 429 })
    else expect(error).toBe(reason)
    expect(calls).toHaveLength(1)
  })

  test.each(calls)('ends %s while it waits for a token', async (_, call) => {
    const controller = new AbortController()
    const { repo, lines } = fakeRepository(({ url }) =>
      url.pathname === '/token'
        ? never()
        : empty(401, { 'www-authenticate': 'Bearer realm="https://r.test/token"' }),
    )
    const waiting = thrownBy(() => call(repo, controller.signal))
    await vi.waitFor(() => expect(lines()).toContain('GET /token'))
    controller.abort(reason)
    expect(await waiting).toBe(reason)
  })

  test.each(calls)('ends %s while it waits for credentials', async (_, call) => {
    const controller = new AbortController()
    const credentials = vi.fn(() => new Promise<undefined>(() => {}))
    const { repo } = fakeRepository(() => empty(401, { 'www-authenticate': 'Basic realm="r"' }), {
      credentials,
    })
    const waiting = thrownBy(() => call(repo, controller.signal))
    await vi.waitFor(() => expect(credentials).toHaveBeenCalled())
    controller.abort(reason)
    expect(await waiting).toBe(reason)
  })

  test.each(
    calls.filter(([name]) =>
      ['getBlobBytes', 'findManifest', 'getManifest', 'listTags'].includes(name),
    ),
  )('ends %s while a body stalls', async (_, call) => {
    const controller = new AbortController()
    let cancelled = false
    const { repo, calls } = fakeRepository(
      () =>
        new Response(
          new ReadableStream({
            start: (stream) => stream.enqueue(utf8('{')),
            cancel() {
              cancelled = true
            },
          }),
          { headers: { 'content-type': 'application/json' } },
        ),
    )
    const waiting = thrownBy(() => call(repo, controller.signal))
    await vi.waitFor(() => expect(calls).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 10))
    controller.abort(reason)
    expect(await waiting).toBe(reason)
    expect(cancelled).toBe(true)
  })

  test.each([1, 2])(
    "ends pushBlob while the caller's own stream stalls after %d chunks",
    async (count) => {
      const controller = new AbortController()
      let cancelled: unknown
      const chunks = Array.from({ length: count }, () => new Uint8Array(1000))
      const data = new ReadableStream<Uint8Array>({
        pull(stream) {
          const chunk = chunks.shift()
          if (chunk) stream.enqueue(chunk)
          else return new Promise(() => {})
        },
        cancel(why) {
          cancelled = why
          // Whoever stalls may stall here too.
          return new Promise(() => {})
        },
      })
      const app = repository('r.test/app', { fetch: embeddedRegistry().fetch })
      const waiting = thrownBy(() =>
        pushBlob(app, data, { signal: controller.signal, chunkSize: 1500 }),
      )
      await vi.waitFor(() => expect(chunks).toHaveLength(0))
      await new Promise((resolve) => setTimeout(resolve, 20))
      controller.abort(reason)
      expect(await waiting).toBe(reason)
      expect(cancelled).toBe(reason)
    },
  )

  test('ends a list between its pages', async () => {
    const controller = new AbortController()
    const { repo, calls } = fakeRepository((_, count) =>
      json({ tags: [`t${count}`] }, { link: `</v2/team/app/tags/list?page=${count}>; rel="next"` }),
    )
    const read = async () => {
      for await (const tag of listTags(repo, { signal: controller.signal })) {
        if (tag === 't2') controller.abort(reason)
      }
    }
    expect(await thrownBy(read)).toBe(reason)
    expect(calls).toHaveLength(2)
  })
})

describe('events', () => {
  test('onRequest tells every request on the wire, redirects and tokens too, without queries', async () => {
    const events: unknown[] = []
    const { repo } = fakeRepository(
      ({ url, authorization }) => {
        if (url.pathname === '/token') return json({ token: 't' })
        if (url.host === 'cdn.test') return new Response('x')
        if (authorization) return empty(307, { location: 'https://cdn.test/x?sig=secret' })
        return empty(401, { 'www-authenticate': 'Bearer realm="https://r.test/token"' })
      },
      { onRequest: (event) => events.push(event) },
    )
    await getBlobBytes(repo, digest)
    const url = `https://r.test/v2/team/app/blobs/${digest}`
    expect(events).toEqual([
      { method: 'GET', url, status: 401, duration: expect.any(Number) },
      { method: 'GET', url: 'https://r.test/token', status: 200, duration: expect.any(Number) },
      { method: 'GET', url, status: 307, duration: expect.any(Number) },
      { method: 'GET', url: 'https://cdn.test/x', status: 200, duration: expect.any(Number) },
    ])
  })

  test('onRequest tells a request that got no answer, without a status', async () => {
    const events: { status?: number | undefined }[] = []
    const { repo } = fakeRepository(() => Promise.reject(new TypeError('fetch failed')), {
      retries: 0,
      onRequest: (event) => events.push(event),
    })
    await thrownBy(() => hasBlob(repo, digest))
    expect(events).toEqual([expect.objectContaining({ method: 'HEAD', status: undefined })])
  })

  test.each<[string, string[]]>([
    ['299 - "This image is deprecated."', ['This image is deprecated.']],
    [
      '299 - "one", 299 - "two, 299 - three",299 r.test "four"',
      ['one', 'two, 299 - three', 'four'],
    ],
    ['299 - "say \\"hi\\" \\\\"', ['say "hi" \\']],
    ['199 - "a proxy", 299 - "the registry"', ['the registry']],
    ['199 - "a proxy"', []],
    ['299 - unquoted', []],
    ['299 - "open', []],
    ['', []],
  ])('onWarning tells the warnings of %s', async (warning, messages) => {
    const events: unknown[] = []
    const { repo } = fakeRepository(() => empty(200, { warning }), {
      onWarning: (event) => events.push(event),
    })
    await hasBlob(repo, digest)
    const url = `https://r.test/v2/team/app/blobs/${digest}`
    expect(events).toEqual(messages.map((message) => ({ message, url })))
  })

  test('onProgress tells the bytes of up- and downloads', async () => {
    const events: unknown[] = []
    const app = repository('r.test/app', {
      fetch: embeddedRegistry().fetch,
      onProgress: (event) => events.push(event),
    })
    const { size } = await pushBlob(app, 'hello')
    await getBlobBytes(app, { digest: sha('hello') as never, size })
    expect(events).toEqual([
      { direction: 'upload', digest: sha('hello'), bytes: { done: 0, total: 5 } },
      { direction: 'upload', digest: sha('hello'), bytes: { done: 5, total: 5 } },
      { direction: 'download', digest: sha('hello'), bytes: { done: 5, total: 5 } },
    ])
  })
})
