// When a limit is reset: by Retry-After, and by the headers of GitHub, GitLab and many proxies.
import { afterEach, expect, test, vi } from 'vitest'
import { findManifest } from '../../src/registry/index.ts'
import { fakeClock, settle } from '../registry/_registry.ts'
import { type Habit, quirky, refusal, thrownBy } from './_quirky.ts'

afterEach(() => vi.useRealTimers())

const later = (seconds: number) => `${Math.floor(Date.now() / 1000) + seconds}`
const headers: [name: string, value: (seconds: number) => string][] = [
  ['Retry-After', String],
  ['RateLimit-Reset', String],
  ['RateLimit-Reset', later],
  ['X-RateLimit-Retry-After', String],
  ['X-RateLimit-Reset', later],
  ['X-Rate-Limit-Reset', later],
]

function limited(name: string, value: string) {
  const times: number[] = []
  const habit: Habit = () => {
    times.push(Date.now())
    return times.length === 1 ? refusal(429, 'TOOMANYREQUESTS', 'no', { [name]: value }) : undefined
  }
  return { ...quirky(habit), times }
}

test.each(headers)('%s of some seconds is waited for', async (name, value) => {
  fakeClock()
  const { app, push, times } = limited(name, value(5))
  await push()
  expect(await settle(findManifest(app, 'v1'))).toBeDefined()
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(4000)
  expect(times[1]! - times[0]!).toBeLessThan(7000)
})

test.each(headers)('%s of a day fails at once, and says when to come back', async (name, value) => {
  fakeClock()
  const { app, times } = limited(name, value(86_400))
  const error = await settle(thrownBy(() => findManifest(app, 'v1')))
  expect(error).toMatchObject({ code: 'RATE_LIMITED' })
  const { retryAfter = 0 } = error as { readonly retryAfter?: number }
  expect(Math.abs(retryAfter - 86_400_000)).toBeLessThan(2000)
  expect(times).toHaveLength(1)
})

test('a reset that comes with every answer is no wait', async () => {
  const habit: Habit = () => refusal(400, 'UNKNOWN', 'no', { 'ratelimit-reset': '3600' })
  const { app } = quirky(habit)
  expect(await thrownBy(() => findManifest(app, 'v1'))).toMatchObject({ retryAfter: undefined })
})
