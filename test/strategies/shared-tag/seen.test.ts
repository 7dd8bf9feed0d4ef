// What is remembered of shared tags is what registries answered: it has bounds.
import { expect, test } from 'vitest'
import type { Descriptor } from '../../../src/model/descriptor.ts'
import type { Digest } from '../../../src/model/digest.ts'
import {
  forget,
  forgetOldest,
  MAX_SEEN,
  MAX_SEEN_SIZE,
  nothingSeen,
  remember,
} from '../../../src/strategies/shared-tag/seen.ts'

const entry = (text = ''): Descriptor => ({
  mediaType: 'a/b',
  digest: `sha256:${'0'.repeat(64)}` as Digest,
  size: 1,
  annotations: { text },
})

test('the entries that came last are kept', () => {
  const seen = nothingSeen()
  for (let i = 0; i < MAX_SEEN + 5; i++) remember(seen, `${i}`, entry())
  expect(seen.entries.size).toBe(MAX_SEEN)
  expect(seen.entries.has('4')).toBe(false)
  expect(seen.entries.has('5')).toBe(true)
  expect(seen.size).toBe(MAX_SEEN * JSON.stringify(entry()).length)
})

test('what is forgotten, replaced or seen again leaves no size behind', () => {
  const seen = nothingSeen()
  const one = entry('one')
  remember(seen, 'a', one)
  remember(seen, 'a', one)
  remember(seen, 'a', entry('x'.repeat(1000)))
  remember(seen, 'b', entry())
  forget(seen, 'a')
  forget(seen, 'a')
  expect(seen.size).toBe(JSON.stringify(entry()).length)
  forget(seen, 'b')
  expect(seen).toEqual({ entries: new Map(), size: 0 })
})

test('the first tags are forgotten when all together are too large', () => {
  const tags = Array.from({ length: 5 }, () => ({ seen: nothingSeen() }))
  for (const { seen } of tags) remember(seen, 'a', entry('x'.repeat(MAX_SEEN_SIZE / 4)))
  forgetOldest(tags)
  const sizes = tags.map(({ seen }) => seen.entries.size)
  expect(sizes).toEqual([0, 0, 1, 1, 1])
  expect(tags[0]!.seen.size).toBe(0)
})
