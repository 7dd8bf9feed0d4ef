// When a referrer says it was made (image-spec annotations.md: RFC 3339).
import { expect, test } from 'vitest'
import { createdOf } from '../../../src/tasks/lib/created.ts'

const created = (text: string) =>
  createdOf({ annotations: { 'org.opencontainers.image.created': text } })

test.each([
  ['2026-02-01T00:00:00Z', Date.UTC(2026, 1, 1)],
  ['2026-02-01T01:00:00.5+01:00', Date.UTC(2026, 1, 1) + 500],
  ['2026-02-01', Date.UTC(2026, 1, 1)],
])('%s is a date', (text, time) => {
  expect(created(text)).toBe(time)
})

test.each(['9999', '+099999-01-01', 'Mon 1', '1', 'December 9999', '', '2026-13-01', 'today'])(
  '%j is none, and so not the newest of all',
  (text) => {
    expect(created(text)).toBeUndefined()
  },
)
