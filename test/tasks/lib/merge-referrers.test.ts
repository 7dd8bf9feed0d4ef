import { expect, test } from 'vitest'
import type { Digest, Referrer } from '../../../src/index.ts'
import { mergeReferrers } from '../../../src/tasks/lib/merge-referrers.ts'

const digest = (n: number) => `sha256:${`${n}`.repeat(64)}` as Digest
const referrer = (n: number, more: Partial<Referrer>): Referrer => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digest(n),
  size: 7,
  subject: { digest: digest(0) },
  via: [{ strategy: 'one', source: 'tag', kept: 'tag' }],
  confirmed: false,
  ...more,
})

const seen = referrer(1, {
  artifactType: 'application/vnd.example.seen',
  via: [{ strategy: 'two', source: 'list', kept: 'registry' }],
  confirmed: true,
})
const claimed = referrer(1, {
  artifactType: 'application/vnd.example.claimed',
  annotations: { only: 'here' },
})

test.each([
  ['before', [seen, claimed]],
  ['after', [claimed, seen]],
])('what was confirmed wins, %s what was not', (_, list) => {
  const merged = mergeReferrers(list)
  expect(merged).toHaveLength(1)
  expect(merged[0]).toMatchObject({
    artifactType: 'application/vnd.example.seen',
    confirmed: true,
    annotations: { only: 'here' },
  })
})

test.each([false, true])('of two that say as much the first wins: confirmed %s', (confirmed) => {
  const first = { ...claimed, confirmed }
  const via = [...first.via, { strategy: 'one', source: 'list', kept: 'registry' as const }]
  const again = referrer(1, { size: 9, via, confirmed })
  // Each way of finding it is named once.
  expect(mergeReferrers([first, again])).toEqual([{ ...first, via }])
})

test('keeps the order in which digests were first met', () => {
  const merged = mergeReferrers([referrer(2, {}), claimed, referrer(2, {})])
  expect(merged.map((each) => each.digest)).toEqual([digest(2), digest(1)])
})
