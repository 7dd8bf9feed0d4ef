// What a strategy begins to read early may fail: nobody waits for it, so nobody else may hear of it either.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { attach, hasReferrer } from '../../src/index.ts'
import { ociSubject } from '../../src/strategies/index.ts'
import { setUp } from '../strategies/_bent.ts'

const unhandled = vi.fn()
beforeEach(() => void process.on('unhandledRejection', unhandled))
afterEach(() => {
  process.off('unhandledRejection', unhandled)
  unhandled.mockReset()
})

test.each([
  ['rejects', () => Promise.reject(new Error('early'))],
  [
    'throws',
    () => {
      throw new Error('early')
    },
  ],
])('a prepare that %s fails no attach, and leaves no promise behind', async (_, prepare) => {
  const { app } = await setUp()
  const strategy = { ...ociSubject(), prepare }
  const artifactType = 'application/spdx+json'
  await attach(app, 'v1', { artifactType }, { strategy, settle: 0 })
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(unhandled).not.toHaveBeenCalled()
  expect(await hasReferrer(app, 'v1', { strategy, artifactType })).toBe(true)
})
