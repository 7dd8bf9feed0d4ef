import { expect, test } from 'vitest'
import { createSharedRun } from '../../../src/node/layout/shared-run.ts'

/** A task that ends when it is told to. */
function manual() {
  const runs: { end: () => void; fail: (error: Error) => void }[] = []
  const task = () =>
    new Promise<void>((end, fail) => {
      runs.push({ end, fail })
    })
  return { runs, task }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('all who ask while a task runs share one more run, which begins when that one ends', async () => {
  const { runs, task } = manual()
  const shared = createSharedRun(task)
  const first = shared()
  const others = Array.from({ length: 100 }, () => shared())
  expect(runs).toHaveLength(1)
  runs[0]!.end()
  await first
  await settled()
  expect(runs).toHaveLength(2)
  const late = shared()
  runs[1]!.end()
  await Promise.all(others)
  await settled()
  expect(runs).toHaveLength(3)
  runs[2]!.end()
  await late
  const after = shared()
  expect(runs).toHaveLength(4)
  runs[3]!.end()
  await after
})

test('nothing overlaps when someone asks just as a run ends', async () => {
  let running = 0
  let runs = 0
  const shared = createSharedRun(async () => {
    running += 1
    expect(running).toBe(1)
    runs += 1
    await Promise.resolve()
    running -= 1
  })
  const asked: Promise<void>[] = []
  for (let n = 0; n < 50; n += 1) {
    asked.push(shared(), shared())
    for (let step = 0; step < n % 7; step += 1) await Promise.resolve()
  }
  await Promise.all(asked)
  expect(runs).toBeGreaterThan(1)
})

test('a run that fails fails those who share it, and not the next', async () => {
  const { runs, task } = manual()
  const shared = createSharedRun(task)
  const first = shared()
  const second = shared()
  runs[0]!.fail(new Error('disk full'))
  await expect(first).rejects.toThrow('disk full')
  await settled()
  runs[1]!.end()
  await second
})
