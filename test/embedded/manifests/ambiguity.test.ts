import { expect, test } from 'vitest'
import { ambiguityOf } from '../../../src/embedded/manifests/ambiguity.ts'

test.each([
  '{}',
  '[]',
  '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}',
  '{"a":"a","b":"\\"a\\":1"}',
  '{"a":["a","b","a"],"b":"a"}',
  '{"a\\\\":1,"a":2}',
  '{"a":1,"A":2}',
  `${'['.repeat(256)}${']'.repeat(256)}`,
])('%s reads the same everywhere', (text) => {
  JSON.parse(text)
  expect(ambiguityOf(text)).toBeUndefined()
})

test.each([
  '{"a":1,"a":2}',
  '{"a":1, "b":[{"c":1 , "c" : 2}]}',
  '{"a":{"b":1},"b":2,"a":3}',
  '{"subject":1,"sub\\u006aect":2}',
  '{"__proto__":1,"__proto__":2}',
])('%s gives a key twice', (text) => {
  JSON.parse(text)
  expect(ambiguityOf(text)).toMatch(/twice/)
})

test('deep nesting is told, however deep', () => {
  expect(ambiguityOf('['.repeat(257))).toMatch(/deep/)
  expect(ambiguityOf('{"a":'.repeat(1_000_000))).toMatch(/deep/)
})

test.each(['', '{', '"', '"\\', '}}}]', '{"a', '{"a\\u00":1}', '{"a":1]:'])(
  'text that is no JSON, such as %s, is left to the parser',
  (text) => {
    expect(ambiguityOf(text)).toBeUndefined()
  },
)
