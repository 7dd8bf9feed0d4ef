import { expect, test } from 'vitest'
import { fieldsOf } from '../../src/platform/json.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('gives the fields of an object, and the places of a list', () => {
  expect(fieldsOf(bytes('{"a":1,"b":null}'))).toEqual({ a: 1, b: null })
  expect(fieldsOf(bytes('[1,2]'))[1]).toBe(2)
})

test.each(['', '{', 'null', 'true', '<html>', '\ufeff{'])('has no fields of %j', (text) => {
  expect(Object.keys(fieldsOf(bytes(text)))).toEqual([])
})

test('has no fields of no bytes', () => {
  expect(fieldsOf(undefined)).toEqual({})
})
