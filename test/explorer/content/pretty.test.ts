import { expect, test } from 'vitest'
import { pretty } from '../../../examples/explorer/src/content/pretty.ts'

test.each([
  { a: 1, b: [1, 2, { c: null }], d: {}, e: [], f: [[]], 'g "\\': 'x "quoted", {not: [one]}\\' },
  [],
  {},
  'text',
  12.5,
  [[[{ a: [{}] }]]],
])('writes %j as JSON.stringify() does', (value) => {
  const expected = JSON.stringify(value, undefined, 2)
  for (const space of [0, 1, '\t'])
    expect(pretty(JSON.stringify(value, undefined, space), 10_000)).toBe(expected)
})

test('leaves numbers and doubled names as they were written', () => {
  expect(pretty('{"a":1.0,"a":12345678901234567890}', 100)).toBe(
    '{\n  "a": 1.0,\n  "a": 12345678901234567890\n}',
  )
})

test('ends soon after it is long enough, however deep it is', () => {
  const text = pretty('['.repeat(1_000_000), 10_000)
  expect(text.length).toBeGreaterThan(10_000)
  expect(text.length).toBeLessThan(10_200)
})

test('takes no longer for each character the longer it is', () => {
  const text = JSON.stringify(Array.from({ length: 30_000 }, (_, at) => ({ name: `${at}` })))
  const began = performance.now()
  pretty(text, 200_000)
  expect(performance.now() - began).toBeLessThan(1000)
})
