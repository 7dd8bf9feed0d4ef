import { expect, test } from 'vitest'
import type { Descriptor, Strategy } from '../../src/index.ts'
import * as factories from '../../src/strategies/index.ts'
import { isLinkEntry } from '../../src/strategies/marks.ts'

const strategies = Object.values(factories).map((factory) => (factory as () => Strategy)())
const plain: Descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'0'.repeat(64)}` as Descriptor['digest'],
  size: 2,
}

/** Everything that any of the strategies may go by, and what none does. */
const entries: readonly Descriptor[] = [
  plain,
  { ...plain, platform: { os: 'linux', architecture: 'amd64' } },
  { ...plain, annotations: { any: 'thing' } },
  { ...plain, reference: { ...plain } },
  ...[
    'vnd.docker.reference.type',
    'vnd.docker.reference.digest',
    'org.opencontainers.reference.digest',
    'org.opencontainers.reference.type',
    'org.opencontainers.reference',
    'org.opencontainers.reference.description',
  ].map((key) => ({ ...plain, annotations: { [key]: plain.digest } })),
]

test.each(entries)('%j is a link where a strategy marks it, and else a platform', (entry) => {
  expect(isLinkEntry(entry)).toBe(strategies.some(({ marks }) => marks?.(entry)))
})

test('each strategy that marks entries marks one of these', () => {
  const marking = strategies.filter(({ marks }) => marks)
  expect(marking.length).toBeGreaterThan(2)
  for (const { name, marks } of marking) {
    expect(
      entries.some((entry) => marks!(entry)),
      name,
    ).toBe(true)
  }
})
