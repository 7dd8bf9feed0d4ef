// Processes whose clocks are wrong: the store's alone counts.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { digestOf, image, pushBlob, putManifest, type Send } from '../embedded/_registry.ts'
import { processOn } from './_processes.ts'
import { type Fault, type TestStore, testStore } from './_store.ts'

const HOUR = 3_600_000
const start = Date.now()

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: start }))
afterEach(() => vi.useRealTimers())

/** A process whose clock is ahead of the store's. */
function processAhead(store: TestStore, ahead: number, fault?: Fault): Send {
  const send = processOn(store, fault, { redirect: true })
  return async (...request) => {
    vi.setSystemTime(start + ahead)
    store.ahead = -ahead
    return send(...request)
  }
}

test.each([HOUR, -HOUR])(
  'a clock that is %i ms ahead is no reason to be refused',
  async (ahead) => {
    const store = testStore()
    const send = processAhead(store, ahead)
    const push = await send('POST', `/v2/app/blobs/uploads/?digest=${digestOf('{}')}`, {
      body: '{}',
    })
    expect(push.status).toBe(201)
    expect((await putManifest(send, 'app', 'v1', image())).status).toBe(201)
    // The first request was refused, and told the time.
    expect(store.log.filter((line) => line.endsWith('_ocilink'))).toHaveLength(3)
    const { status, headers } = await send('GET', `/v2/app/blobs/${digestOf('{}')}`)
    expect(status).toBe(307)
    const answer = await store.fetch()(new Request(headers.get('Location')!))
    expect(await answer.text()).toBe('{}')
  },
)

test.each([
  ['fast', 'right'],
  ['slow', 'right'],
  ['right', 'fast'],
  ['right', 'slow'],
  ['slow', 'fast'],
  ['fast', 'slow'],
] as const)('an upload that a %s clock begins goes on by a %s one', async (first, second) => {
  const store = testStore()
  const ahead = { fast: 2 * HOUR, right: 0, slow: -2 * HOUR }
  const [begins, goesOn] = [first, second].map((clock) => processAhead(store, ahead[clock]))
  const location = (await begins!('POST', '/v2/app/blobs/uploads/')).headers.get('Location')!
  const patch = async (send: Send, body: string, at: number) => {
    const headers = { 'Content-Range': `${at}-${at + body.length - 1}` }
    expect((await send('PATCH', location, { body, headers })).status).toBe(202)
  }
  await patch(goesOn!, 'one ', 0)
  await patch(begins!, 'two ', 4)
  const other = processAhead(store, ahead[second])
  // Who begins another takes away what nobody uses.
  await other('POST', '/v2/app/blobs/uploads/')
  await patch(other, 'three', 8)
  const path = `${location}?digest=${digestOf('one two three')}`
  expect((await begins!('PUT', path)).status).toBe(201)
})

test('a lock is not old for who cannot see the time of the store', async () => {
  const store = testStore()
  const right = processAhead(store, 0)
  await pushBlob(right, 'app', '{}')
  await putManifest(right, 'app', 'v1', image())
  const key = `app/_pending/${digestOf(image({ n: 1 }))}`
  const lock = { ...store.objects.get('app/_tags/v1')!, bytes: Buffer.from('{"does":"push"}') }
  store.objects.set(key, lock)
  const hidden: Fault = async (_, answer) => {
    const answered = await answer()
    answered.headers.delete('Date')
    return answered
  }
  const send = processAhead(store, 10 * 60_000, hidden)
  const work = putManifest(send, 'app', 'v2', image({ n: 1 }))
  const first = await Promise.race([work, new Promise((resolve) => setTimeout(resolve, 1000))])
  expect(first).toBe(undefined)
  expect(store.objects.get(key)).toBe(lock)
  store.objects.delete(key)
  expect((await work).status).toBe(201)
})

test('a store that tells another time in each answer is not asked for ever', async () => {
  let asked = 0
  const send = processOn(testStore(), async () => {
    asked += 1
    const headers = { Date: new Date(start + asked * HOUR).toUTCString() }
    return new Response('<Error><Code>RequestTimeTooSkewed</Code></Error>', {
      status: 403,
      headers,
    })
  })
  expect((await send('GET', '/v2/app/manifests/v1')).status).toBe(500)
  expect(asked).toBeLessThan(10)
})
