// Thousands of referrers: time in proportion to their number. What costs their square takes minutes here, not seconds.
import { expect, test } from 'vitest'
import { diff } from '../../src/index.ts'
import { withLevels, withReferrers } from './_many.ts'

const COUNT = 3000

test.each([
  ['with the referrers API', {}],
  ['without it', { referrersApi: false }],
])('diff() of 3000 and 3000 others %s', { timeout: 60_000 }, async (_, options) => {
  const here = await withReferrers(0, COUNT, options)
  const there = await withReferrers(500, COUNT, options)
  const start = performance.now()
  const found = await diff(here.app(), 'v1', there.app(), 'v1')
  expect(performance.now() - start).toBeLessThan(20_000)
  expect(found.complete).toBe(true)
  expect(found.onlyHere).toHaveLength(500)
  expect(found.onlyThere).toHaveLength(500)
  expect(found.both).toHaveLength(COUNT - 500)
})

test('diff() of chains, down to where they part', async () => {
  const [here, there] = [await withLevels(60), await withLevels(70)]
  const options = { depth: Number.POSITIVE_INFINITY }
  const found = await diff(here.app(), 'v1', there.app(), 'v1', options)
  expect(found).toMatchObject({ complete: true, onlyHere: [] })
  expect(found.both).toHaveLength(60)
  expect(found.onlyThere).toHaveLength(10)
})
