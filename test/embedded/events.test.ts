import { expect, test } from 'vitest'
import { requestLog } from '../../src/embedded/index.ts'
import { digestOf, pushBlob, start } from './_registry.ts'

test('every request is told of, with what went in and out', async () => {
  const log = requestLog()
  const send = start({ onEvent: log.onEvent })
  const digest = await pushBlob(send, 'team/app', 'content')
  await (await send('GET', `/v2/team/app/blobs/${digest}`)).text()
  await send('HEAD', `/v2/team/app/blobs/${digest}`)
  await (await send('GET', '/nowhere?secret=1')).text()
  const told = log.events.map(({ milliseconds, ...event }) => {
    expect(milliseconds).toBeGreaterThanOrEqual(0)
    return event
  })
  expect(told).toEqual([
    {
      method: 'POST',
      path: '/v2/team/app/blobs/uploads/',
      repository: 'team/app',
      status: 201,
      bytesIn: 7,
      bytesOut: 0,
    },
    {
      method: 'GET',
      path: `/v2/team/app/blobs/${digest}`,
      repository: 'team/app',
      status: 200,
      bytesIn: 0,
      bytesOut: 7,
    },
    {
      method: 'HEAD',
      path: `/v2/team/app/blobs/${digest}`,
      repository: 'team/app',
      status: 200,
      bytesIn: 0,
      bytesOut: 0,
    },
    {
      method: 'GET',
      path: '/nowhere',
      repository: '',
      status: 404,
      bytesIn: 0,
      bytesOut: expect.any(Number),
    },
  ])
})

test('nothing of a login is told', async () => {
  const log = requestLog()
  const send = start({
    auth: { scheme: 'bearer', users: [{ name: 'alice', password: 'wonderland' }] },
    onEvent: log.onEvent,
  })
  // The answers below are not read: what is small is told of all the same.
  const answer = await send('GET', '/token?account=alice&scope=repository:app:pull', {
    headers: { Authorization: `Basic ${btoa('alice:wonderland')}` },
  })
  const { token } = (await answer.json()) as { token: string }
  await send('GET', '/v2/', { headers: { Authorization: `Bearer ${token}` } })
  await send('POST', '/token', { body: 'grant_type=password&username=alice&password=wonderland' })
  const text = JSON.stringify(log.events)
  expect(log.events).toHaveLength(3)
  for (const secret of ['alice', 'wonderland', token]) expect(text).not.toContain(secret)
})

test('an answer that nobody reads to its end is told of when it is given up', async () => {
  const log = requestLog()
  const send = start({ onEvent: log.onEvent })
  const content = 'x'.repeat(1_000_000)
  const digest = await pushBlob(send, 'app', content)
  log.clear()
  const answer = await send('GET', `/v2/app/blobs/${digest}`)
  const reader = answer.body!.getReader()
  const first = await reader.read()
  expect(log.events).toEqual([])
  await reader.cancel()
  expect(log.events).toMatchObject([{ status: 200, bytesOut: first.value!.byteLength }])
  expect(first.value!.byteLength).toBeLessThan(content.length)
})

test('a request that is aborted is told of with status 0', async () => {
  const log = requestLog()
  const send = start({ onEvent: log.onEvent, faults: [{ path: '/v2/', delay: 60_000 }] })
  await send('GET', '/nowhere')
  log.clear()
  const controller = new AbortController()
  const answer = send('GET', '/v2/', { signal: controller.signal })
  setTimeout(() => controller.abort(), 10)
  await expect(answer).rejects.toThrow()
  expect(log.events).toMatchObject([{ status: 0 }])
})

test('a log keeps the newest events', async () => {
  const log = requestLog(2)
  const send = start({ onEvent: log.onEvent })
  for (const name of ['a', 'b', 'c']) {
    await (await send('GET', `/v2/${name}/blobs/${digestOf(name)}`)).text()
  }
  expect(log.events.map(({ repository }) => repository)).toEqual(['b', 'c'])
})
