import { expect, test } from 'vitest'
import { createTurns } from '../../src/platform/turns.ts'

test('tasks of one key run one after the other, those of others do not wait', async () => {
  const inTurn = createTurns()
  const log: string[] = []
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const first = inTurn('a', async () => {
    await held
    log.push('a1')
  })
  const second = inTurn('a', async () => void log.push('a2'))
  await inTurn('b', async () => void log.push('b'))
  release()
  await Promise.all([first, second])
  expect(log).toEqual(['b', 'a1', 'a2'])
})

test('a task that fails tells its caller and not the next one', async () => {
  const inTurn = createTurns()
  const failed = inTurn('a', async () => {
    throw new Error('no')
  })
  const next = inTurn('a', async () => 'yes')
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe('yes')
})
