import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { makeProgress, progressText } from '../../../src/cli/lib/progress.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const at = (done: number, total: number) => ({
  items: { done, total },
  bytes: { done: done * 1_048_576, total: total * 1_048_576 },
})

test('is a bar with items and bytes', () => {
  expect(progressText(at(1, 4))).toBe('[#####---------------] 1 of 4 items, 1.0 of 4.0 MiB')
  expect(progressText({ items: { done: 3, total: 4 } })).toBe('[###############-----] 3 of 4 items')
  expect(progressText({ items: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } })).toMatch(
    /^\[-{20}\] 0 of 0/,
  )
})

/** What is written from now on, as on a terminal or elsewhere. */
function watch(isTTY: boolean): readonly string[] {
  const written: string[] = []
  vi.useFakeTimers()
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean(written.push(`${text}`)))
  const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY')
  Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true })
  onTestFinished(() => {
    if (before) Object.defineProperty(process.stderr, 'isTTY', before)
    else Reflect.deleteProperty(process.stderr, 'isTTY')
  })
  return written
}

test.each([
  [false, ['[#####---------------] 1 of 4 items, 1.0 of 4.0 MiB\n'], 5000],
  [true, ['\r\x1b[K[#####---------------] 1 of 4 items, 1.0 of 4.0 MiB', '\r\x1b[K'], 100],
])(
  'on a terminal (%s) it is one line that goes away, else a line now and then',
  (isTTY, expected, every) => {
    const written = watch(isTTY)
    for (const quiet of [true, false]) {
      const progress = makeProgress(quiet)
      progress.onProgress(at(0, 4))
      vi.advanceTimersByTime(every)
      progress.onProgress(at(1, 4))
      progress.onProgress(at(2, 4))
      progress.end()
    }
    expect(written).toEqual(expected)
  },
)

test('what else is said stands on a line of its own', () => {
  const written = watch(true)
  const progress = makeProgress()
  progress.say('first')
  vi.advanceTimersByTime(100)
  progress.onProgress(at(1, 4))
  progress.say('second')
  progress.say('third')
  progress.end()
  const bar = expect.stringContaining('1 of 4 items')
  expect(written).toEqual(['first\n', bar, '\r\x1b[K', 'second\n', 'third\n'])
})
