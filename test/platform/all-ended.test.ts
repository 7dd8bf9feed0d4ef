import { expect, test } from 'vitest'
import { allEnded } from '../../src/platform/all-ended.ts'

test('gives what all gave, in the order of the tasks', async () => {
  const slow = new Promise<string>((resolve) => setTimeout(resolve, 2, 'slow'))
  expect(await allEnded([slow, Promise.resolve('fast')])).toEqual(['slow', 'fast'])
})

test('fails as the first of the list did, and only once all have ended', async () => {
  let ended = false
  const slow = new Promise<void>((resolve) => setTimeout(resolve, 2)).then(() => {
    ended = true
  })
  const all = allEnded([
    slow,
    Promise.reject(new Error('first')),
    Promise.reject(new Error('second')),
  ])
  await expect(all).rejects.toThrow('first')
  expect(ended).toBe(true)
})
