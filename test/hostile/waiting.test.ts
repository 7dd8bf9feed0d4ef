// What waits for one signal, where thousands of referrers are copied.
import { expect, onTestFinished, test, vi } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { copy, repository } from '../../src/index.ts'
import { withReferrers } from '../tasks/_many.ts'

const COUNT = 7000

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

test('copy() of thousands lets a bounded number of them wait', async () => {
  const here = await withReferrers(0, COUNT)
  const { fetch } = embeddedRegistry()
  const most = mostListeners()
  const to = repository('there.test/app', { fetch })
  const report = await copy(here.app(), 'v1', to, { referrers: true, settle: 0 })
  expect(report.complete).toBe(true)
  expect(report.referrers).toHaveLength(COUNT)
  expect(most()).toBeGreaterThan(2500)
  expect(most()).toBeLessThan(5500)
})
