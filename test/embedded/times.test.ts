// Times that are longer than a timer can be: Node fires such a timer at once, so they are refused by name.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { repository } from '../../src/index.ts'
import { dockerCredentials, serve } from '../../src/node/index.ts'

const LONGEST = 2 ** 31 - 1
const users = [{ name: 'me', password: 'x' }]
const registryOptions = {
  'limits.uploadIdle': (seconds: number) => embeddedRegistry({ limits: { uploadIdle: seconds } }),
  'limits.rate.seconds': (seconds: number) =>
    embeddedRegistry({ limits: { rate: { requests: 1, seconds } } }),
  'auth.expiresIn': (seconds: number) =>
    embeddedRegistry({ auth: { scheme: 'bearer', users, expiresIn: seconds } }),
}

describe.each(Object.entries(registryOptions))('%s', (path, make) => {
  test.each([1e15, LONGEST, LONGEST / 1000 + 1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
    'refuses %d seconds',
    (seconds) => {
      expect(() => make(Math.ceil(seconds))).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', path }),
      )
    },
  )

  test('takes what a timer can be', () => {
    expect(make(Math.floor(LONGEST / 1000))).toBeDefined()
  })
})

const milliseconds = {
  'faults[0].delay': (delay: number) => embeddedRegistry({ faults: [{ delay }] }),
  timeout: (timeout: number) => repository('registry.test/app', { timeout }),
  maxRetryAfter: (maxRetryAfter: number) => repository('registry.test/app', { maxRetryAfter }),
}

describe.each(Object.entries(milliseconds))('%s', (path, make) => {
  test.each([1e15, LONGEST + 1, Number.POSITIVE_INFINITY])('refuses %d', (time) => {
    expect(() => make(time)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path }))
  })

  test('takes what a timer can be', () => expect(make(LONGEST)).toBeDefined())
})

test.each(['idleTimeout', 'closeTimeout'])(
  'serve() refuses a %s that is no timer',
  async (name) => {
    const answer = async () => new Response()
    for (const time of [1e15, LONGEST + 1]) {
      await expect(serve({ fetch: answer }, { [name]: time })).rejects.toMatchObject({ path: name })
    }
    const server = await serve({ fetch: answer }, { [name]: LONGEST })
    await server.close()
  },
)

test('dockerCredentials() refuses a timeout that is no timer', () => {
  expect(() => dockerCredentials({ timeout: 1e15 })).toThrow(
    expect.objectContaining({ path: 'timeout' }),
  )
})

test('a fault that a function gives waits as long as a timer can, and no shorter', async () => {
  const registry = embeddedRegistry({ faults: () => ({ delay: 1e15 }) })
  const stop = new AbortController()
  const request = new Request('http://registry.test/v2/', { signal: stop.signal })
  const first = await Promise.race([
    registry.fetch(request).then(() => 'answered'),
    new Promise((resolve) => setTimeout(resolve, 50, 'waits')),
  ])
  expect(first).toBe('waits')
  const answer = expect(registry.fetch(request)).rejects.toThrow()
  stop.abort()
  await answer
})
