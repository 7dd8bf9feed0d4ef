// Stores that are slow, busy, broken or late: nothing that was acknowledged is lost, and nothing that is there is
// said to be missing.
import { expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { isOcilinkError } from '../../src/errors.ts'
import { s3Storage } from '../../src/s3/index.ts'
import {
  descriptor,
  digestOf,
  errorOf,
  IMAGE,
  image,
  pushBlob,
  putManifest,
} from '../embedded/_registry.ts'
import { cut, flaky } from './_faults.ts'
import { letLeasesEnd, look, processOn } from './_processes.ts'
import { storageIn } from './_storage.ts'
import { type Fault, failure, testStore } from './_store.ts'

const subject = descriptor(image(), IMAGE)
const quick = { timeout: 200, retries: 2 }

async function prepared() {
  const store = testStore()
  const send = processOn(store)
  await pushBlob(send, 'app', '{}')
  await putManifest(send, 'app', 'v1', image())
  return { store, send }
}

test.each([1, 2, 3])(
  'a store that fails one request of six, in every way, loses nothing (%i)',
  async (seed) => {
    const { store } = await prepared()
    const ways = ['slow down', 'reset', 'lost answer', 'cut'] as const
    const processes = [1, 2, 3].map((n) => processOn(store, flaky(seed * 10 + n, 0.16, ways)))
    const bodies = Array.from({ length: 40 }, (_, n) =>
      image({ subject, annotations: { n: `${n}` } }),
    )
    const pushed = await Promise.all(
      bodies.map(async (body, n) => {
        const answer = await putManifest(processes[n % 3]!, 'app', `t${n}`, body)
        expect([201, 500, 503]).toContain(answer.status)
        return answer.status === 201 ? [`t${n}`, digestOf(body)] : []
      }),
    )
    const done = pushed.filter((one) => one.length > 0)
    expect(done.length).toBeGreaterThan(30)
    letLeasesEnd(store)
    await look(store, 'app', subject.digest)
    const { tags, referrers } = await look(store, 'app', subject.digest)
    expect(tags).toMatchObject(Object.fromEntries(done))
    for (const [, digest] of done) expect(referrers).toContain(digest)
    // Read through the same faults, what is there is there, or the answer is an error.
    const read = processes.map((send, n) => send('GET', `/v2/app/manifests/${done[n]![0]}`))
    for (const answer of await Promise.all(read)) expect([200, 503]).toContain(answer.status)
  },
  60_000,
)

test('one of two creates of a tag wins, also where the answer to it was lost', async () => {
  for (const lost of [1, 2, 3, 4, 5, 6, 7]) {
    const { store } = await prepared()
    let puts = 0
    const loses: Fault = async (request, answer) => {
      const answered = await answer()
      if (request.method === 'PUT') puts += 1
      if (request.method === 'PUT' && puts === lost) throw new TypeError('connection reset')
      return answered
    }
    const send = processOn(store, loses)
    const created = await putManifest(send, 'app', 'new', image({ n: 1 }), { 'If-None-Match': '*' })
    expect(created.status, `answer ${lost} was lost`).toBe(201)
    const second = await putManifest(send, 'app', 'new', image({ n: 2 }), { 'If-None-Match': '*' })
    expect(second.status).toBe(412)
    const { tags } = await look(store, 'app', subject.digest)
    expect(tags.new).toBe(digestOf(image({ n: 1 })))
  }
})

test.each([
  ['answers 503 to all', async () => failure(503, 'SlowDown')],
  ['refuses connections', () => Promise.reject(new TypeError('refused'))],
  ['never answers', () => new Promise<never>(() => {})],
] satisfies [string, Fault][])('a store that %s is a 503, and no 404', async (_, fault) => {
  const { store } = await prepared()
  const send = processOn(store, fault, { ...quick, retries: 1 })
  for (const path of [
    'manifests/v1',
    `manifests/${subject.digest}`,
    `blobs/${digestOf('{}')}`,
    'tags/list',
    `referrers/${subject.digest}`,
  ]) {
    const answer = await send('GET', `/v2/app/${path}`)
    expect(answer.headers.get('Retry-After'), path).toBe('1')
    expect(await errorOf(answer), path).toBe('503 UNKNOWN')
  }
  const put = await putManifest(send, 'app', 'v2', image({ n: 2 }))
  expect(put.status).toBe(503)
})

test('a store that is in conflict with itself for a moment is asked again', async () => {
  const { store } = await prepared()
  let refused = 0
  const conflicts: Fault = (request, answer) => {
    if (request.method !== 'PUT' || refused > 3) return answer()
    refused += 1
    const codes = ['ConditionalRequestConflict', 'OperationAborted', 'ExistingObjectIsDirectory']
    return Promise.resolve(failure(409, codes[refused % 3]!))
  }
  const send = processOn(store, conflicts)
  expect((await putManifest(send, 'app', 'new', image({ n: 1 }))).status).toBe(201)
  expect(refused).toBe(4)
})

test('a bucket that is not there is an error, and no 404', async () => {
  const missing: Fault = async () => failure(404, 'NoSuchBucket')
  const send = processOn(testStore(), missing)
  for (const path of ['manifests/v1', `blobs/${digestOf('{}')}`, 'tags/list']) {
    expect(await errorOf(await send('GET', `/v2/app/${path}`)), path).toBe('500 UNKNOWN')
  }
})

test('a refused signature is an error, and no 404; it names no secret', async () => {
  const { store } = await prepared()
  const storage = storageIn(store, { credentials: { accessKeyId: 'x', secretAccessKey: 'hush' } })
  const error = await storage
    .repository('app')
    .findTag('v1')
    .catch((error) => error)
  expect(isOcilinkError(error)).toBe(true)
  expect(error).toMatchObject({ code: 'REGISTRY_RESPONSE', status: 403 })
  expect(JSON.stringify(error) + String(error)).not.toContain('hush')
})

test('a blob whose body breaks off is read on from there', async () => {
  const { store, send } = await prepared()
  const content = 'x'.repeat(500_000) + 'y'.repeat(500_000)
  const digest = await pushBlob(send, 'app', content)
  let reads = 0
  const breaks: Fault = async (request, answer) => {
    const answered = await answer()
    if (request.method !== 'GET') return answered
    reads += 1
    return reads < 4 ? cut(answered) : answered
  }
  const read = await processOn(store, breaks)('GET', `/v2/app/blobs/${digest}`)
  expect(digestOf(await read.text())).toBe(digest)
  expect(reads).toBe(4)
})

test('a manifest whose body is cut is asked for again', async () => {
  const { store } = await prepared()
  let isCut = false
  const cuts: Fault = async (request, answer) => {
    const answered = await answer()
    if (isCut || !request.url.includes('_manifests')) return answered
    isCut = true
    const bytes = new Uint8Array(await answered.arrayBuffer())
    return new Response(bytes.subarray(0, 10), answered)
  }
  const answer = await processOn(store, cuts)('GET', '/v2/app/manifests/v1')
  expect(await answer.text()).toBe(image())
  expect(isCut).toBe(true)
})

test.each(['If-None-Match', 'If-Match'])(
  'a store that ignores %s is refused before anything is written',
  async (header) => {
    const store = testStore()
    const ignores: Fault = (request, answer) => {
      const tampered = request.headers.get(header) !== null
      if (!tampered) return answer()
      const key = decodeURIComponent(new URL(request.url).pathname).split('/').slice(2).join('/')
      if (header === 'If-None-Match') store.objects.delete(key)
      const there = store.objects.get(key)
      if (there) store.objects.set(key, { ...there, etag: request.headers.get('if-match')! })
      return answer()
    }
    const storage = storageIn(store, {}, ignores)
    const writer = await storage.repository('app').writeBlob()
    const written = writer.append(Buffer.from('{}')).then(() => writer.commit('' as never))
    await expect(written).rejects.toThrow(`does not honour ${header} of PUT`)
    expect(store.keys('app')).toEqual([])
  },
)

test('a store that takes conditions is asked once, whatever there are of processes', async () => {
  const { store } = await prepared()
  store.log.length = 0
  await pushBlob(processOn(store), 'app', 'other')
  expect(store.log).toEqual(['GET _ocilink', `PUT app/_blobs/${digestOf('other')}`])
})

test('readers are sent to the store, by an address that anybody may use for a while', async () => {
  const { store } = await prepared()
  const send = processOn(store, undefined, { redirect: true })
  const blob = `/v2/app/blobs/${digestOf('{}')}`
  const answer = await send('GET', blob)
  expect(answer.status).toBe(307)
  const location = new URL(answer.headers.get('Location')!)
  expect(location.searchParams.get('X-Amz-Expires')).toBe('1200')
  expect(location.href).not.toContain('secret')
  const read = await store.fetch()(new Request(location))
  expect(await read.text()).toBe('{}')
  // Who only asks is answered here, and what is not there too.
  expect((await send('HEAD', blob)).headers.get('Content-Length')).toBe('2')
  expect((await send('GET', `/v2/app/blobs/${digestOf('none')}`)).status).toBe(404)
})

test('what was damaged on its way is refused by the store, and no blob', async () => {
  const { store } = await prepared()
  const damages: typeof fetch = async (input) => {
    const request = input as Request
    const isBlob = request.method === 'PUT' && request.url.includes('_blobs')
    const sent = isBlob ? new Request(request, { body: 'damaged' }) : request
    return store.fetch()(sent)
  }
  const send = processOn(store, undefined, { fetch: damages as never })
  const digest = digestOf('content')
  const answer = await send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: 'content' })
  expect(answer.status).toBe(500)
  expect(store.keys('app/_blobs/')).toEqual([`app/_blobs/${digestOf('{}')}`])
})

test('credentials of a function are asked for each request', async () => {
  const { store } = await prepared()
  const credentials = vi.fn(async () => ({ accessKeyId: 'key', secretAccessKey: 'secret' }))
  const send = processOn(store, undefined, { credentials })
  expect((await send('GET', '/v2/app/manifests/v1')).status).toBe(200)
  expect(credentials).toHaveBeenCalledTimes(2)
})

test.each([
  [{ endpoint: 'images' }, 'endpoint'],
  [{ endpoint: 'ftp://127.0.0.1' }, 'endpoint'],
  [{ bucket: 'Images/x' }, 'bucket'],
  [{ prefix: '../x' }, 'prefix'],
  [{ prefix: 'x'.repeat(101) }, 'prefix'],
  [{ lease: -1 }, 'lease'],
  [{ timeout: 0 }, 'timeout'],
  [{ credentials: { accessKeyId: 'x' } }, 'credentials.secretAccessKey'],
  [{ credentials: undefined }, 'credentials.accessKeyId'],
  [{ redirects: true }, 'redirects'],
])('%j is refused before anything is sent', (options, path) => {
  const all = {
    endpoint: 'http://store.test',
    bucket: 'images',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    ...options,
  }
  expect(() => s3Storage(all as never)).toThrow(expect.objectContaining({ path }))
})

test('a lease that somebody holds is waited for, and no more than that', async () => {
  const { store } = await prepared()
  const body = image({ n: 'held' })
  const key = `app/_pending/${digestOf(body)}`
  const storage = storageIn(store)
  const registry = embeddedRegistry({ storage })
  const lock = { does: 'push', id: 'other', tags: [] }
  store.objects.set(key, {
    bytes: Buffer.from(JSON.stringify(lock)),
    etag: '"held"',
    modified: Date.now() + store.ahead,
    headers: {},
  })
  const send: typeof registry.fetch = registry.fetch
  const push = send(
    new Request('http://registry.test/v2/app/manifests/held', {
      method: 'PUT',
      body,
      headers: { 'Content-Type': IMAGE },
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(store.keys('app/_manifests/')).toHaveLength(1)
  store.objects.delete(key)
  expect((await push).status).toBe(201)
})
