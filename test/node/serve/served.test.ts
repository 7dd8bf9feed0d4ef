import { expect, onTestFinished, test, vi } from 'vitest'
import { type ServedRequest, type ServeOptions, serve } from '../../../src/node/index.ts'

/** Machines are slow at times. */
const PATIENT = { timeout: 10_000 }

async function served(options: ServeOptions, answer: () => Response | Promise<Response>) {
  const server = await serve({ fetch: answer }, options)
  onTestFinished(() => server.close())
  return server.url
}

test('tells of each request once its answer was sent, with the bytes of its connection', async () => {
  const seen: ServedRequest[] = []
  const url = await served(
    { onServed: (one) => seen.push(one) },
    () => new Response('x'.repeat(1000)),
  )
  for (const size of [1, 20_000]) {
    const init = { method: 'POST', body: 'y'.repeat(size), headers: { 'x-of': 'me' } }
    await (await fetch(`${url}/v2/?token=secret`, init)).text()
    await vi.waitFor(() => expect(seen.at(-1)?.bytesIn).toBeGreaterThan(size), PATIENT)
  }
  expect(seen).toHaveLength(2)
  for (const one of seen) {
    expect(one).toMatchObject({
      address: '127.0.0.1',
      method: 'POST',
      path: '/v2/',
      status: 200,
      complete: true,
    })
    expect(one.header('x-of')).toBe('me')
    expect(one.bytesOut).toBeGreaterThan(1000)
    expect(one.bytesOut).toBeLessThan(2000)
    expect(one.milliseconds).toBeGreaterThan(0)
  }
  expect(seen[0]!.bytesIn).toBeLessThan(1000)
  expect(seen[1]!.bytesIn).toBeLessThan(21_000)
})

test('says 0 where the client went away before there was an answer', async () => {
  const seen: ServedRequest[] = []
  const never = () => new Promise<Response>(() => {})
  const url = await served({ onServed: (one) => seen.push(one), closeTimeout: 10 }, never)
  await expect(fetch(url, { signal: AbortSignal.timeout(50) })).rejects.toThrow()
  await vi.waitFor(() => expect(seen).toMatchObject([{ status: 0, complete: false }]), PATIENT)
})

test('goes on where a listener throws or rejects, and says so', async () => {
  const onError = vi.fn()
  const thrown = new Error('no disk')
  const onServed = vi.fn<(one: ServedRequest) => unknown>()
  onServed.mockImplementationOnce(() => {
    throw thrown
  })
  onServed.mockImplementationOnce(() => Promise.reject(thrown))
  const url = await served({ onServed, onError }, () => new Response('ok'))
  for (let at = 0; at < 3; at += 1) expect((await fetch(url)).status).toBe(200)
  await vi.waitFor(() => expect(onServed).toHaveBeenCalledTimes(3), PATIENT)
  expect(onError.mock.calls).toEqual([[thrown]])
})
