// Uploads whose requests come to different processes, and what becomes of those that nobody ends.
import { afterEach, expect, test, vi } from 'vitest'
import { digestOf, errorOf, type Send } from '../embedded/_registry.ts'
import { crashAfter } from './_faults.ts'
import { processOn } from './_processes.ts'
import { type Fault, failure, type TestStore, testStore } from './_store.ts'

const MiB = 1024 * 1024

afterEach(() => vi.useRealTimers())

/** Bytes that are different everywhere. */
function bytesOf(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += 1) bytes[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 0xff
  return bytes
}

async function open(send: Send): Promise<string> {
  const answer = await send('POST', '/v2/app/blobs/uploads/')
  expect(answer.status).toBe(202)
  return answer.headers.get('Location')!
}

const patch = (send: Send, location: string, body: Buffer, start?: number) =>
  send('PATCH', location, {
    body: new Uint8Array(body),
    headers:
      start === undefined ? {} : { 'Content-Range': `${start}-${start + body.byteLength - 1}` },
  })

async function content(store: TestStore, digest: string): Promise<Buffer> {
  const answer = await processOn(store)('GET', `/v2/app/blobs/${digest}`)
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

test.each([
  ['of a few bytes', [3, 4, 5]],
  ['that are less than a part', [3 * MiB, 3 * MiB, 3 * MiB, 1]],
  ['that are more than memory holds', [9 * MiB, 1, 17 * MiB, 8 * MiB]],
])(
  'chunks %s make one blob, each by another process',
  async (_, sizes) => {
    const store = testStore()
    const whole = bytesOf(sizes.reduce((sum, size) => sum + size, 0))
    const location = await open(processOn(store))
    let at = 0
    for (const size of sizes) {
      const answer = await patch(processOn(store), location, whole.subarray(at, at + size), at)
      at += size
      expect(answer.status).toBe(202)
      expect(answer.headers.get('Range')).toBe(`0-${at - 1}`)
      const asked = await processOn(store)('GET', location)
      expect([asked.status, asked.headers.get('Range')]).toEqual([204, `0-${at - 1}`])
    }
    const digest = digestOf(whole)
    const put = await processOn(store)('PUT', `${location}?digest=${digest}`)
    expect(put.status).toBe(201)
    expect(whole.equals(await content(store, digest))).toBe(true)
    expect(store.keys('app/_uploads/')).toEqual([])
    expect(store.multipart.size).toBe(0)
  },
  60_000,
)

test('who began an upload ends it as others went on with it', async () => {
  const store = testStore()
  const [first, second] = [processOn(store), processOn(store)]
  const [head, tail] = [Buffer.from('head '), Buffer.from('tail')]
  const whole = Buffer.concat([head, tail])
  const digest = digestOf(whole)
  // All of it by the other one.
  let location = await open(first)
  await patch(second, location, whole)
  expect((await first('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  // The last chunk by the first one again, which does not say where it begins.
  location = await open(first)
  await patch(second, location, head)
  const put = await first('PUT', `${location}?digest=${digest}`, { body: new Uint8Array(tail) })
  expect(put.status).toBe(201)
  expect(String(await content(store, digest))).toBe('head tail')
  // The same where the first one knows a part: it cannot tell, and says where the upload stands.
  location = await open(first)
  await patch(first, location, head)
  await patch(second, location, Buffer.from('more'))
  const refused = await first('PUT', `${location}?digest=${digest}`, { body: new Uint8Array(tail) })
  expect(await errorOf(refused)).toBe('416 BLOB_UPLOAD_INVALID')
  expect((await second('GET', location)).headers.get('Range')).toBe('0-8')
  expect(store.keys('app/_uploads/').length).toBeGreaterThan(0)
})

test('of two chunks at one place one is taken, and the other sender is told where it stands', async () => {
  const store = testStore()
  const [first, second] = [processOn(store), processOn(store)]
  const location = await open(first)
  await patch(first, location, Buffer.from('begun '), 0)
  await processOn(store)('GET', location)
  const answers = await Promise.all([
    patch(first, location, Buffer.from('here '), 6),
    patch(second, location, Buffer.from('there'), 6),
  ])
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 416])
  const asked = await Promise.all([first, second].map((send) => send('GET', location)))
  expect(asked.map(({ headers }) => headers.get('Range'))).toEqual(['0-10', '0-10'])
  const [winner] = answers.map(({ status }) => (status === 202 ? 'here ' : 'there'))
  const digest = digestOf(`begun ${winner}`)
  expect((await second('PUT', `${location}?digest=${digest}`)).status).toBe(201)
})

test('an upload that is cancelled is so for all', async () => {
  const store = testStore()
  const [first, second] = [processOn(store), processOn(store)]
  const location = await open(first)
  await patch(first, location, Buffer.from('x'))
  expect((await second('DELETE', location)).status).toBe(204)
  for (const send of [first, second, processOn(store)]) {
    expect((await send('GET', location)).status).toBe(404)
  }
})

test('an id that was not given here is none, whatever it looks like', async () => {
  const store = testStore()
  const location = await open(processOn(store))
  const send = processOn(store)
  expect((await send('GET', location)).status).toBe(204)
  const other = location.replace('/app/', '/other/')
  const changed = location.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
  for (const path of [other, changed, '/v2/app/blobs/uploads/..%2fx']) {
    expect(await errorOf(await send('PATCH', path, { body: 'x' }))).toBe('404 BLOB_UPLOAD_UNKNOWN')
  }
  expect(store.keys('app').concat(store.keys('other'))).toEqual([])
})

test('an upload that nobody uses has ended, and whoever begins one later takes its bytes away', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const store = testStore()
  const location = await open(processOn(store))
  await patch(processOn(store), location, bytesOf(9 * MiB))
  vi.advanceTimersByTime(3000_000)
  const used = await open(processOn(store))
  await patch(processOn(store), used, Buffer.from('y'))
  expect((await processOn(store)('GET', location)).status).toBe(204)
  vi.advanceTimersByTime(601_000)
  expect((await processOn(store)('GET', location)).status).toBe(404)
  await open(processOn(store))
  expect(store.keys('app/_uploads/')).toHaveLength(1)
  expect((await processOn(store)('GET', used)).headers.get('Range')).toBe('0-0')
})

test('an upload that goes on is left, however many pages its pieces take', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const store = testStore({ pageSize: 1 })
  const [used, left] = [await open(processOn(store)), await open(processOn(store))].sort()
  await patch(processOn(store), left!, Buffer.from('x'))
  await patch(processOn(store), used!, bytesOf(9 * MiB))
  vi.advanceTimersByTime(3000_000)
  await patch(processOn(store), used!, bytesOf(7 * MiB))
  vi.advanceTimersByTime(2000_000)
  await open(processOn(store))
  expect(
    store.keys('app/_uploads/').map((key) => store.objects.get(key)!.bytes.byteLength),
  ).toEqual([8 * MiB, 8 * MiB])
  expect((await processOn(store)('GET', used!)).headers.get('Range')).toBe(`0-${16 * MiB - 1}`)
})

test('a list of pieces that is late is an error, and no shorter upload', async () => {
  const store = testStore()
  const location = await open(processOn(store))
  await patch(processOn(store), location, bytesOf(17 * MiB))
  const late =
    (lacks: number): Fault =>
    async (request, answer) => {
      const answered = await answer()
      if (!request.url.includes('list-type')) return answered
      const text = await answered.text()
      const entries = text.match(/<Contents>.*?<\/Contents>/g)!
      const { status, headers } = answered
      return new Response(text.replace(entries.at(lacks)!, ''), { status, headers })
    }
  for (const lacks of [0, 1, -1]) {
    expect((await processOn(store, late(lacks))('GET', location)).status).toBe(503)
  }
})

test('a wrong digest ends the upload and leaves nothing', async () => {
  const store = testStore()
  const location = await open(processOn(store))
  await patch(processOn(store), location, Buffer.from('content'))
  const put = await processOn(store)('PUT', `${location}?digest=${digestOf('other')}`)
  expect(await errorOf(put)).toBe('400 DIGEST_INVALID')
  expect(store.keys('app')).toEqual([])
})

test('a process that ends at any request of an upload loses nothing of what it acknowledged', async () => {
  const whole = bytesOf(12 * MiB)
  const digest = digestOf(whole)
  for (let most = 1, ended = true; ended; most += 1) {
    expect(most).toBeLessThan(60)
    for (const last of ['arrives', 'is lost'] as const) {
      const store = testStore()
      const location = await open(processOn(store))
      const { fault, ended: end } = crashAfter(most, last)
      const send = processOn(store, fault)
      let acknowledged = 0
      const work = (async () => {
        for (const size of [1 * MiB, 8 * MiB, 3 * MiB]) {
          const chunk = whole.subarray(acknowledged, acknowledged + size)
          const answer = await patch(send, location, chunk, acknowledged)
          expect(answer.status).toBe(202)
          acknowledged += size
        }
        return (await send('PUT', `${location}?digest=${digest}`)).status
      })()
      const status = await Promise.race([work, end])
      ended = status === undefined
      const next = processOn(store)
      const found = await next('GET', `/v2/app/blobs/${digest}`)
      await found.body?.cancel()
      // Where the blob is there it is whole; else the upload goes on where it was, or further.
      if (found.status !== 200) {
        const asked = await next('GET', location)
        expect(asked.status, `request ${most} ${last}`).toBe(204)
        const [, end] = /^0-(\d+)$/.exec(asked.headers.get('Range')!)!
        const at = Number(end) === 0 ? 0 : Number(end) + 1
        expect(at, `request ${most} ${last}`).toBeGreaterThanOrEqual(acknowledged)
        if (at < whole.byteLength) await patch(next, location, whole.subarray(at), at)
        expect((await next('PUT', `${location}?digest=${digest}`)).status).toBe(201)
      }
      expect(whole.equals(await content(store, digest))).toBe(true)
    }
  }
}, 120_000)

test('a store that fails while an upload goes on does not end it', async () => {
  const store = testStore()
  const location = await open(processOn(store))
  let fails = false
  const fault: Fault = (_, answer) =>
    fails ? Promise.resolve(failure(500, 'InternalError')) : answer()
  const send = processOn(store, fault, { retries: 0 })
  await patch(send, location, Buffer.from('begun '), 0)
  fails = true
  expect((await patch(send, location, Buffer.from('lost'), 6)).status).toBeGreaterThanOrEqual(500)
  fails = false
  expect((await send('GET', location)).headers.get('Range')).toBe('0-5')
  expect((await patch(send, location, Buffer.from('again'), 6)).status).toBe(202)
  const put = await send('PUT', `${location}?digest=${digestOf('begun again')}`)
  expect(put.status).toBe(201)
})

test('copies take as long as their bytes, beside the time of a request', async () => {
  const store = testStore()
  const copies: Fault = async (request, answer) => {
    const isCopy =
      request.headers.has('x-amz-copy-source') ||
      /POST.*uploadId/.test(request.method + request.url)
    if (isCopy) await new Promise((resolve) => setTimeout(resolve, 500))
    request.signal.throwIfAborted()
    return answer()
  }
  const send = processOn(store, copies, { timeout: 200, retries: 0 })
  const whole = bytesOf(9 * MiB)
  const digest = digestOf(whole)
  const path = '/v2/app/blobs/uploads/?digest='
  expect((await send('POST', path + digest, { body: new Uint8Array(whole) })).status).toBe(201)
  const mount = `/v2/other/blobs/uploads/?mount=${digest}&from=app`
  expect((await processOn(store, copies, { timeout: 200, retries: 0 })('POST', mount)).status).toBe(
    201,
  )
})

test('a large blob is mounted without coming here', async () => {
  const store = testStore()
  const send = processOn(store)
  const whole = bytesOf(9 * MiB)
  const digest = digestOf(whole)
  const body = new Uint8Array(whole)
  await send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body })
  store.log.length = 0
  const mount = await send('POST', `/v2/other/blobs/uploads/?mount=${digest}&from=app`)
  expect(mount.status).toBe(201)
  expect(store.log).toEqual([`PUT other/_blobs/${digest}`])
})

test('a blob larger than any answer that is read has a size, and is checked and mounted', async () => {
  const store = testStore()
  const send = processOn(store)
  await send('POST', `/v2/app/blobs/uploads/?digest=${digestOf('x')}`, { body: 'x' })
  const bytes = Buffer.alloc(65 * MiB)
  const key = `app/_blobs/${digestOf('x')}`
  store.objects.set(key, { ...store.objects.get(key)!, bytes })
  for (const redirect of [false, true]) {
    const found = await processOn(store, undefined, { redirect })(
      'HEAD',
      `/v2/app/blobs/${digestOf('x')}`,
    )
    expect([found.status, found.headers.get('Content-Length')]).toEqual([200, `${65 * MiB}`])
  }
})

test('a blob that one request cannot copy is mounted by parts of it', async () => {
  const store = testStore()
  await processOn(store)('POST', `/v2/app/blobs/uploads/?digest=${digestOf('x')}`, { body: 'x' })
  const size = 5 * 1024 ** 3 + 12_345
  const ranges: string[] = []
  let parts = ''
  const send = processOn(store, async (request, answer) => {
    const { searchParams } = new URL(request.url)
    const range = request.headers.get('x-amz-copy-source-range')
    if (request.method === 'HEAD') {
      const found = await answer()
      if (found.ok) found.headers.set('Content-Length', `${size}`)
      return found
    }
    if (range) {
      ranges.push(range)
      return new Response(`<CopyPartResult><ETag>"${range}"</ETag></CopyPartResult>`)
    }
    if (request.headers.has('x-amz-copy-source')) return failure(400, 'InvalidRequest')
    if (!searchParams.has('uploadId')) return answer()
    parts = await request.text()
    return new Response('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>')
  })
  const mount = `/v2/other/blobs/uploads/?mount=${digestOf('x')}&from=app`
  expect((await send('POST', mount)).status).toBe(201)
  // They are copied at the same time, and put together in their order.
  const inOrder = [...parts.matchAll(/<ETag>&quot;(.*?)&quot;/g)].map(([, range]) => range!)
  expect([...inOrder].sort()).toEqual(ranges.sort())
  let at = 0
  for (const range of inOrder) {
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(range)!
    expect(Number(start)).toBe(at)
    at = Number(end) + 1
  }
  expect(at).toBe(size)
})
