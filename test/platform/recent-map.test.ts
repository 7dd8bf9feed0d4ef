import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRecentMap } from '../../src/platform/recent-map.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('forgets what was set longest ago when there are too many', () => {
  const map = createRecentMap<string, number>({ most: 2 })
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  map.set('c', 4)
  expect([...map.keys()]).toEqual(['a', 'c'])
  expect([map.get('a'), map.get('b'), map.has('c'), map.has('b')]).toEqual([
    3,
    undefined,
    true,
    false,
  ])
  expect(map.size).toBe(2)
})

test('forgets what is older than its life, which begins anew when it is set again', () => {
  const map = createRecentMap<string, number>({ most: 10, life: 1000 })
  map.set('a', 1)
  map.set('b', 2)
  vi.setSystemTime(600)
  map.set('a', 3)
  vi.setSystemTime(1000)
  expect([map.get('a'), map.get('b'), map.size]).toEqual([3, undefined, 1])
  vi.setSystemTime(1600)
  expect([map.has('a'), map.size]).toEqual([false, 0])
})

test('forgets what it is told to', () => {
  const map = createRecentMap<string, number>({ most: 10 })
  map.set('a', 1)
  map.set('b', 2)
  expect([map.delete('a'), map.delete('a'), map.has('a')]).toEqual([true, false, false])
  map.clear()
  expect(map.size).toBe(0)
})

test('costs the same for each entry, however many there are', () => {
  const map = createRecentMap<number, number>({ most: 1_000_000, life: 1000 })
  const cost = (count: number) => {
    const begin = performance.now()
    for (let n = 0; n < count; n += 1) map.set(Math.random(), n)
    return performance.now() - begin
  }
  cost(10_000)
  const first = cost(10_000)
  cost(200_000)
  expect(cost(10_000)).toBeLessThan(first * 10 + 50)
})
