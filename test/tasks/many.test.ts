// Thousands of referrers: time in proportion to their number. What costs their square takes minutes here, not seconds.
import { expect, onTestFinished, test, vi } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { copy, diff, repository } from '../../src/index.ts'
import { withLevels, withReferrers } from './_many.ts'

const COUNT = 3000

test.each([
  ['with the referrers API', {}],
  ['without it', { referrersApi: false }],
])('diff() of 3000 and 3000 others %s', { timeout: 60_000 }, async (_, options) => {
  const here = await withReferrers(0, COUNT, options)
  const there = await withReferrers(500, COUNT, options)
  const start = performance.now()
  const found = await diff(here.app(), 'v1', there.app(), 'v1')
  expect(performance.now() - start).toBeLessThan(20_000)
  expect(found.complete).toBe(true)
  expect(found.onlyHere).toHaveLength(500)
  expect(found.onlyThere).toHaveLength(500)
  expect(found.both).toHaveLength(COUNT - 500)
})

test('diff() of chains, down to where they part', async () => {
  const [here, there] = [await withLevels(60), await withLevels(70)]
  const options = { depth: Number.POSITIVE_INFINITY }
  const found = await diff(here.app(), 'v1', there.app(), 'v1', options)
  expect(found).toMatchObject({ complete: true, onlyHere: [] })
  expect(found.both).toHaveLength(60)
  expect(found.onlyThere).toHaveLength(10)
})

/** The most that wait for one signal at a time: adding one more goes through all of them. */
function mostListeners(): () => number {
  const counts = new Map<EventTarget, number>()
  let most = 0
  const { addEventListener, removeEventListener } = EventTarget.prototype
  const count = (target: EventTarget, change: number) => {
    const now = (counts.get(target) ?? 0) + change
    counts.set(target, now)
    most = Math.max(most, now)
  }
  vi.spyOn(EventTarget.prototype, 'addEventListener').mockImplementation(function (
    this: EventTarget,
    ...args
  ) {
    if (this instanceof AbortSignal) count(this, 1)
    return addEventListener.apply(this, args)
  })
  vi.spyOn(EventTarget.prototype, 'removeEventListener').mockImplementation(function (
    this: EventTarget,
    ...args
  ) {
    if (this instanceof AbortSignal) count(this, -1)
    return removeEventListener.apply(this, args)
  })
  onTestFinished(() => void vi.restoreAllMocks())
  return () => most
}

test('copy() of thousands lets a bounded number of them wait', { timeout: 60_000 }, async () => {
  const here = await withReferrers(0, 1800)
  const { fetch } = embeddedRegistry()
  const most = mostListeners()
  const to = repository('there.test/app', { fetch })
  const report = await copy(here.app(), 'v1', to, { referrers: true, settle: 0 })
  expect(report.complete).toBe(true)
  expect(report.referrers).toHaveLength(1800)
  expect(most()).toBeGreaterThan(500)
  expect(most()).toBeLessThan(1500)
})
