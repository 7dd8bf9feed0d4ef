import { describe, expect, test } from 'vitest'
import { parseNodeDescription } from '../../src/model/node-description.ts'
import { formatNodeDescription } from '../../src/model/node-description-text.ts'

const format = (value: object) =>
  formatNodeDescription({
    text: undefined,
    artifactType: undefined,
    annotations: undefined,
    ...value,
  })

describe('a node’s description', () => {
  test('is text for people, then type and annotations in the last line', () => {
    const text = format({ text: 'Ice cream', artifactType: 'a/b', annotations: { key: 'ключ' } })
    expect(text).toBe('Ice cream\n{"artifactType":"a/b","annotations":{"key":"ключ"}}')
    expect(format({ artifactType: 'a/b' })).toBe('{"artifactType":"a/b"}')
  })

  test.each([
    { artifactType: 'a/b' },
    { text: 'one\ntwo\n', artifactType: 'a/b' },
    { text: '{"artifactType":"c/d"}', artifactType: 'a/b' },
    { artifactType: 'a/b', annotations: { 'with "quotes"': 'and\nlines', ключ: '📚' } },
  ])('is taken apart again: %j', (value) => {
    const { annotations, ...rest } = parseNodeDescription(format(value))
    expect({ ...rest, ...(annotations && { annotations: { ...annotations } }) }).toEqual(value)
  })

  test.each([
    'Chocolate Sprinkles Ice Cream',
    'two\nlines',
    'ends with a line\n',
    'null',
    '7',
    '[]',
    '{}',
    '{"artifactType":7}',
    '{"artifactType":"a/b","annotations":{"a":1}}',
    '{"artifactType":"a/b"}\n',
  ])('of another writer is all text: %j', (text) => {
    expect(parseNodeDescription(text)).toEqual({ text })
  })

  test('is nothing where there is none', () => {
    expect(parseNodeDescription(undefined)).toEqual({})
    expect(parseNodeDescription('')).toEqual({})
  })

  test('has keys like __proto__ as keys only', () => {
    const line = '{"artifactType":"a/b","annotations":{"__proto__":"x","toString":"y"}}'
    const { annotations } = parseNodeDescription(line)
    expect(Object.keys(annotations!)).toEqual(['__proto__', 'toString'])
    expect(Object.getPrototypeOf(annotations)).toBe(null)
  })
})
