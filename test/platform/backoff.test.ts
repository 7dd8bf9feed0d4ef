import { afterEach, expect, test, vi } from 'vitest'
import { backoff } from '../../src/platform/backoff.ts'

afterEach(() => vi.restoreAllMocks())

test('waits up to twice as long after each failure', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  expect([0, 1, 2, 3].map((failures) => backoff(failures, 100))).toEqual([50, 100, 200, 400])
  expect(backoff(1)).toBe(200)
})

test('waits no longer than ten seconds', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.999)
  expect(backoff(40)).toBeCloseTo(9990)
})

test('spreads waits over the whole time', () => {
  const waits = Array.from({ length: 1000 }, () => backoff(0, 100))
  expect(Math.min(...waits)).toBeLessThan(10)
  expect(Math.max(...waits)).toBeGreaterThan(90)
  expect(Math.max(...waits)).toBeLessThanOrEqual(100)
})
