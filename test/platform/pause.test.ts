// Long work lets timers come in between.
import { afterEach, expect, test, vi } from 'vitest'
import { pause } from '../../src/platform/pause.ts'

afterEach(() => void vi.useRealTimers())

test('a timer has its turn while work goes on', async () => {
  let isOver = false
  setTimeout(() => {
    isOver = true
  }, 1)
  const end = performance.now() + 5000
  while (!isOver && performance.now() < end) await pause()
  expect(isOver).toBe(true)
})

test('a clock that is faked keeps nobody waiting', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'setImmediate'] })
  const end = performance.now() + 120
  while (performance.now() < end) await pause()
})

test('what comes alone does not wait', async () => {
  await new Promise((resolve) => setTimeout(resolve, 60))
  let others = false
  setImmediate(() => {
    others = true
  })
  await pause()
  await pause()
  expect(others).toBe(false)
})
