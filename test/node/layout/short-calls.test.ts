import { beforeEach, expect, test, vi } from 'vitest'

beforeEach(() => {
  vi.resetModules()
  vi.useFakeTimers({ toFake: ['performance'] })
  return () => vi.useRealTimers()
})

/** Says who makes a call that takes so many milliseconds. */
async function madeBy(short: Short, takes: number): Promise<string> {
  return short(
    () => {
      vi.advanceTimersByTime(takes)
      return 'this thread'
    },
    async () => 'another thread',
  )
}

type Short = typeof import('../../../src/node/layout/short-calls.ts').short

test('calls are made on this thread, until one takes long: then others make them for a second', async () => {
  const { short } = await import('../../../src/node/layout/short-calls.ts')
  expect(await madeBy(short, 1)).toBe('this thread')
  expect(await madeBy(short, 11)).toBe('this thread')
  expect(await madeBy(short, 1)).toBe('another thread')
  vi.advanceTimersByTime(1000)
  expect(await madeBy(short, 1)).toBe('this thread')
})

test('a call that fails on this thread rejects, and counts if it took long', async () => {
  const { short } = await import('../../../src/node/layout/short-calls.ts')
  const failing = short(
    () => {
      vi.advanceTimersByTime(20)
      throw new Error('gone')
    },
    async () => undefined,
  )
  await expect(failing).rejects.toThrow('gone')
  expect(await madeBy(short, 1)).toBe('another thread')
})

test('many calls one after the other let others have their turn', async () => {
  vi.useRealTimers()
  const { lstat } = await import('../../../src/node/layout/short-calls.ts')
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  const end = performance.now() + 500
  while (performance.now() < end) await lstat('.')
  clearInterval(timer)
  expect(turns).toBeGreaterThanOrEqual(2)
})
