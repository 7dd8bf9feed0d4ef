import { expect, test } from 'vitest'
import { randomId } from '../../../src/embedded/wire/names.ts'

test('made-up names have 128 bits each, and none comes twice', () => {
  const ids = Array.from({ length: 1000 }, randomId)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(ids).size).toBe(1000)
  // No two share what one of them was drawn from: each half is another too.
  expect(new Set(ids.flatMap((id) => [id.slice(0, 16), id.slice(16)])).size).toBe(2000)
})
