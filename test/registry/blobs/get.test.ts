import { afterEach, describe, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import type { Digest } from '../../../src/model/digest.ts'
import { getBlob, getBlobBytes } from '../../../src/registry/blobs/get.ts'
import { pushBlob } from '../../../src/registry/blobs/push.ts'
import { repository } from '../../../src/registry/repository.ts'
import {
  type Call,
  cut,
  empty,
  endless,
  fakeClock,
  fakeRepository,
  settle,
  sha,
  stalled,
  streamOf,
  thrownBy,
  utf8,
} from '../_registry.ts'

afterEach(() => vi.useRealTimers())

const data = '0123456789'
const bytes = utf8(data)
const digest = sha(data) as Digest
const blob = { digest, size: 10 }

/** First byte that a request asks for. */
const from = ({ headers }: Call): number =>
  Number(/^bytes=(\d+)-$/.exec(headers.get('range') ?? '')?.[1] ?? 0)

/** A right answer to a request with or without Range, with another body if one is given. */
function answer(
  call: Call,
  body: BodyInit = bytes.subarray(from(call)) as Uint8Array<ArrayBuffer>,
) {
  const start = from(call)
  return start > 0
    ? new Response(body, { status: 206, headers: { 'content-range': `bytes ${start}-9/10` } })
    : new Response(body)
}

const text = async (body: Promise<Uint8Array>): Promise<string> =>
  new TextDecoder().decode(await body)
const ranges = (calls: readonly Call[]): (string | null)[] =>
  calls.map(({ headers }) => headers.get('range'))

describe('on a registry', () => {
  test('a blob is read by descriptor, and by digest alone', async () => {
    const app = repository('r.test/app', { fetch: embeddedRegistry().fetch })
    const pushed = await pushBlob(app, data)
    expect(await text(getBlobBytes(app, pushed))).toBe(data)
    expect(await text(getBlobBytes(app, pushed.digest))).toBe(data)
    expect(await new Response((await getBlob(app, pushed)) as BodyInit).text()).toBe(data)
  })

  test('a blob that is not there is 404', async () => {
    const app = repository('r.test/app', { fetch: embeddedRegistry().fetch })
    expect(await thrownBy(() => getBlob(app, digest))).toMatchObject({
      name: 'RegistryError',
      status: 404,
      errors: [{ code: 'BLOB_UNKNOWN' }],
    })
  })

  test('a blob of several MiB is resumed by real ranges, wherever it is cut', async () => {
    fakeClock()
    const { fetch } = embeddedRegistry()
    const large = new Uint8Array(3 * 1024 * 1024).map((_, i) => (i * 7) % 253)
    await pushBlob(repository('r.test/app', { fetch }), large)
    let cuts = 0
    const app = repository('r.test/app', {
      fetch: async (request) => {
        const response = await fetch(request)
        const reader = response.body!.getReader()
        let chunks = 0
        const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
          async pull(controller) {
            const { done, value } = await reader.read()
            if (done) return controller.close()
            controller.enqueue(value as Uint8Array<ArrayBuffer>)
            if (++chunks === 3) {
              cuts++
              controller.error(new TypeError('terminated'))
            }
          },
        })
        return new Response(body, response)
      },
    })
    const read = getBlobBytes(app, { digest: sha(large) as Digest, size: large.byteLength })
    expect(sha(await settle(read))).toBe(sha(large))
    expect(cuts).toBeGreaterThan(2)
  })
})

test('asks for any type', async () => {
  const { repo, calls } = fakeRepository((call) => answer(call))
  await getBlobBytes(repo, blob)
  expect(calls[0]!.headers.get('accept')).toBe('*/*')
  expect(ranges(calls)).toEqual([null])
})

describe('a blob is checked while it flows', () => {
  test.each([
    ['other bytes', '0123456780', 'DIGEST_MISMATCH'],
    ['a byte less', '012345678', 'SIZE_MISMATCH'],
    ['a byte more', '0123456789x', 'SIZE_MISMATCH'],
    ['nothing', '', 'SIZE_MISMATCH'],
    ['HTML', '<html>Sign in</html>', 'SIZE_MISMATCH'],
  ])('%s', async (_, body, code) => {
    const { repo } = fakeRepository(() => new Response(body), { retries: 0 })
    expect(await thrownBy(() => getBlobBytes(repo, blob))).toMatchObject({
      name: 'ContentError',
      code,
    })
    expect(await thrownBy(() => getBlobBytes(repo, digest))).toMatchObject({
      name: 'ContentError',
      code: 'DIGEST_MISMATCH',
    })
  })

  test('and hands on nothing beyond its size', async () => {
    const { repo } = fakeRepository(
      () => new Response(streamOf(data, 'more', 'and more') as BodyInit & ReadableStream),
    )
    const reader = (await getBlob(repo, blob)).getReader()
    let seen = ''
    const error = await thrownBy(async () => {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        seen += new TextDecoder().decode(value)
      }
    })
    expect(error).toMatchObject({ code: 'SIZE_MISMATCH' })
    expect(data).toContain(seen)
  })

  test('by the algorithm of its digest', async () => {
    const wanted = sha(data, 'sha512') as Digest
    const { repo } = fakeRepository((call) => answer(call))
    expect(await text(getBlobBytes(repo, { digest: wanted, size: 10 }))).toBe(data)
    expect(
      await thrownBy(() => getBlobBytes(repo, { digest: sha('x', 'sha512') as Digest, size: 10 })),
    ).toMatchObject({ code: 'DIGEST_MISMATCH' })
  })
})

describe('a connection that breaks', () => {
  test('is resumed with a Range from what came', async () => {
    fakeClock()
    const { repo, calls } = fakeRepository((call, count) =>
      count === 1 ? answer(call, cut(utf8('0123'))) : answer(call),
    )
    expect(await settle(text(getBlobBytes(repo, blob)))).toBe(data)
    expect(ranges(calls)).toEqual([null, 'bytes=4-'])
  })

  test('is resumed where the size is not known, too', async () => {
    fakeClock()
    const { repo, calls } = fakeRepository((call, count) =>
      count === 1 ? answer(call, cut(utf8('0123'))) : answer(call),
    )
    expect(await settle(text(getBlobBytes(repo, digest)))).toBe(data)
    expect(ranges(calls)).toEqual([null, 'bytes=4-'])
  })

  test('before the first byte starts anew, without a Range', async () => {
    fakeClock()
    const { repo, calls } = fakeRepository((call, count) =>
      count === 1 ? answer(call, cut()) : answer(call),
    )
    expect(await settle(text(getBlobBytes(repo, blob)))).toBe(data)
    expect(ranges(calls)).toEqual([null, null])
  })

  test('may break as often as it moves on', async () => {
    fakeClock()
    const { repo, calls } = fakeRepository((call) =>
      answer(call, cut(bytes.subarray(from(call), from(call) + 1))),
    )
    expect(await settle(text(getBlobBytes(repo, blob)))).toBe(data)
    expect(calls).toHaveLength(10)
  })

  test('after the last byte is no reason to ask again', async () => {
    const { repo, calls } = fakeRepository((call) => answer(call, cut(bytes)))
    expect(await text(getBlobBytes(repo, blob))).toBe(data)
    expect(calls).toHaveLength(1)
  })

  test('again and again without a byte ends, after the retries that were asked', async () => {
    fakeClock()
    for (const [retries, count] of [
      [undefined, 3],
      [0, 1],
      [4, 5],
    ]) {
      for (const chunks of [[], [new Uint8Array()]]) {
        const { repo, calls } = fakeRepository((call) => answer(call, cut(...chunks)), { retries })
        expect(await settle(thrownBy(() => getBlobBytes(repo, blob)))).toMatchObject({
          name: 'ConnectionError',
          code: 'CONNECTION',
          message: expect.stringContaining('terminated'),
        })
        expect(calls).toHaveLength(count!)
      }
    }
  })

  test('is resumed by reading past what came, where a registry ignores Range', async () => {
    fakeClock()
    const { repo, calls } = fakeRepository((_, count) =>
      count === 1
        ? new Response(cut(utf8('0123')))
        : new Response(streamOf('01', '2345', '6789') as BodyInit & ReadableStream),
    )
    expect(await settle(text(getBlobBytes(repo, blob)))).toBe(data)
    expect(calls).toHaveLength(2)
  })

  test('and comes back with other bytes is found out', async () => {
    fakeClock()
    const { repo } = fakeRepository((call, count) =>
      count === 1 ? answer(call, cut(utf8('0123'))) : answer(call, 'xxxxxx'),
    )
    expect(await settle(thrownBy(() => getBlobBytes(repo, blob)))).toMatchObject({
      code: 'DIGEST_MISMATCH',
    })
  })

  test('and comes back with another range than asked is an error', async () => {
    fakeClock()
    const { repo } = fakeRepository((call, count) =>
      count === 1
        ? answer(call, cut(utf8('0123')))
        : new Response('56789', { status: 206, headers: { 'content-range': 'bytes 5-9/10' } }),
    )
    expect(await settle(thrownBy(() => getBlobBytes(repo, blob)))).toMatchObject({
      name: 'RegistryError',
      status: 206,
      message: expect.stringContaining(
        'request was for bytes from 4, and the answer has them from 5',
      ),
    })
  })

  test('and comes back with a range that is not told is taken as asked', async () => {
    fakeClock()
    const { repo } = fakeRepository((call, count) =>
      count === 1 ? answer(call, cut(utf8('0123'))) : new Response('456789', { status: 206 }),
    )
    expect(await settle(text(getBlobBytes(repo, blob)))).toBe(data)
  })

  test('and is refused afterwards is that error', async () => {
    fakeClock()
    const { repo } = fakeRepository((call, count) =>
      count === 1 ? answer(call, cut(utf8('0123'))) : empty(404),
    )
    expect(await settle(thrownBy(() => getBlobBytes(repo, blob)))).toMatchObject({ status: 404 })
  })
})

describe('a body that ends early without an error', () => {
  test('is resumed', async () => {
    const { repo, calls } = fakeRepository((call, count) =>
      count === 1 ? answer(call, '0123') : answer(call),
    )
    expect(await text(getBlobBytes(repo, blob))).toBe(data)
    expect(ranges(calls)).toEqual([null, 'bytes=4-'])
  })

  test('again and again is a size that is wrong', async () => {
    const { repo, calls } = fakeRepository((call) => answer(call, from(call) ? '' : '0123'))
    expect(await thrownBy(() => getBlobBytes(repo, blob))).toMatchObject({
      name: 'ContentError',
      code: 'SIZE_MISMATCH',
      expected: 10,
      actual: 4,
    })
    expect(calls).toHaveLength(3)
  })

  test('is not asked again where the size is not known', async () => {
    const { repo, calls } = fakeRepository(() => new Response('0123'))
    expect(await thrownBy(() => getBlobBytes(repo, digest))).toMatchObject({
      code: 'DIGEST_MISMATCH',
    })
    expect(calls).toHaveLength(1)
  })
})

describe('the data field of a descriptor', () => {
  test('saves the request', async () => {
    const { repo, calls } = fakeRepository(() => empty(500))
    expect(await text(getBlobBytes(repo, { ...blob, data: btoa(data) }))).toBe(data)
    expect(calls).toHaveLength(0)
  })

  test.each([
    ['other bytes', btoa('0123456780'), 'DIGEST_MISMATCH'],
    ['another size', btoa('0123'), 'SIZE_MISMATCH'],
    ['nothing', '', 'SIZE_MISMATCH'],
    ['no base64', '%%%', 'INVALID_MANIFEST'],
  ])('with %s is refused', async (_, data, code) => {
    const { repo, calls } = fakeRepository(() => empty(500))
    expect(await thrownBy(() => getBlob(repo, { ...blob, data }))).toMatchObject({ code })
    expect(calls).toHaveLength(0)
  })

  test('may hold an empty blob', async () => {
    const { repo } = fakeRepository(() => empty(500))
    const descriptor = { digest: sha('') as Digest, size: 0, data: '' }
    expect(await text(getBlobBytes(repo, descriptor))).toBe('')
  })
})

describe('getBlobBytes', () => {
  test('refuses what a descriptor says is too large, before it asks', async () => {
    const { repo, calls } = fakeRepository((call) => answer(call))
    expect(await thrownBy(() => getBlobBytes(repo, blob, { limit: 9 }))).toMatchObject({
      name: 'ContentError',
      code: 'TOO_LARGE',
      expected: 9,
      actual: 10,
    })
    expect(
      await thrownBy(() => getBlobBytes(repo, { digest, size: 4 * 1024 * 1024 + 1 })),
    ).toMatchObject({ code: 'TOO_LARGE' })
    expect(calls).toHaveLength(0)
    expect(await text(getBlobBytes(repo, blob, { limit: 10 }))).toBe(data)
  })

  test('stops reading what turns out to be too large', async () => {
    const { stream, sent, cancelled } = endless(utf8('0123'))
    const { repo } = fakeRepository(() => new Response(stream))
    expect(await thrownBy(() => getBlobBytes(repo, digest, { limit: 10 }))).toMatchObject({
      code: 'TOO_LARGE',
    })
    expect(sent()).toBeLessThan(8)
    await vi.waitFor(() => expect(cancelled()).toBe(true))
  })
})

test('nothing is read ahead of the reader, and cancelling stops the answer', async () => {
  const { stream: body, sent, cancelled } = endless(utf8('x'))
  const { repo } = fakeRepository(() => new Response(body))
  const stream = await getBlob(repo, digest)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(sent()).toBeLessThanOrEqual(2)
  await stream.cancel('enough')
  await vi.waitFor(() => expect(cancelled()).toBe(true))
})

test('a stream that stalls ends with the reason of the signal', async () => {
  const controller = new AbortController()
  const reason = { because: 'enough' }
  const { repo } = fakeRepository(() => new Response(stalled(utf8('0123'))))
  const reader = (await getBlob(repo, blob, { signal: controller.signal })).getReader()
  expect((await reader.read()).value).toEqual(utf8('0123'))
  const waiting = thrownBy(() => reader.read())
  await new Promise((resolve) => setTimeout(resolve, 5))
  controller.abort(reason)
  expect(await waiting).toBe(reason)
})

test('onProgress tells how far a download is', async () => {
  const events: unknown[] = []
  const { repo } = fakeRepository(
    () => new Response(streamOf('0123', '456789') as BodyInit & ReadableStream),
    { onProgress: (event) => events.push(event) },
  )
  await getBlobBytes(repo, blob)
  await getBlobBytes(repo, digest)
  const event = { direction: 'download', digest }
  expect(events).toEqual([
    { ...event, bytes: { done: 4, total: 10 } },
    { ...event, bytes: { done: 10, total: 10 } },
    { ...event, bytes: { done: 4, total: undefined } },
    { ...event, bytes: { done: 10, total: undefined } },
  ])
})
