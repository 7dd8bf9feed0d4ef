import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkAnnotations, matchesAnnotations } from '../../src/model/annotations.ts'

const fromJson = (text: string): Record<string, string> => JSON.parse(text)

describe('checkAnnotations', () => {
  test('copies what it is given, sorted by key', () => {
    const given = { b: '2', a: '1', B: '3' }
    const copy = checkAnnotations(given, 'annotations')
    expect(copy).not.toBe(given)
    expect(JSON.stringify(copy)).toBe('{"B":"3","a":"1","b":"2"}')
  })

  test('makes the same bytes whatever the order they were given in', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (given) => {
        const turned = Object.fromEntries(Object.entries(given).reverse())
        const [one, other] = [given, turned].map((map) => checkAnnotations(map, 'annotations'))
        expect(JSON.stringify(one)).toBe(JSON.stringify(other))
        expect({ ...one }).toEqual({ ...given })
      }),
    )
  })

  test.each([undefined, {}])('takes %j for none', (given) => {
    expect(checkAnnotations(given, 'annotations')).toBeUndefined()
  })

  test('keeps the keys of prototypes as ordinary keys', () => {
    const given = fromJson('{"__proto__":"p","constructor":"c","toString":"t"}')
    const copy = checkAnnotations(given, 'annotations')!
    expect(JSON.stringify(copy)).toBe('{"__proto__":"p","constructor":"c","toString":"t"}')
    expect(Object.getPrototypeOf(copy)).toBeNull()
    expect(({} as Record<string, unknown>).p).toBeUndefined()
  })

  test.each([undefined, null, 7, true, {}, ['x']])(
    'refuses the value %j, and names its key',
    (value) => {
      const given = { fine: 'x', odd: value } as unknown as Record<string, string>
      expect(() => checkAnnotations(given, 'artifact.annotations')).toThrow(
        expect.objectContaining({
          name: 'InvalidInputError',
          code: 'INVALID_INPUT',
          path: 'artifact.annotations["odd"]',
          input: value,
        }),
      )
    },
  )

  test('refuses an empty key', () => {
    expect(() => checkAnnotations({ '': 'x' }, 'annotations')).toThrow(/without empty keys/)
  })
})

describe('matchesAnnotations', () => {
  const have = { a: '1', b: '2', empty: '' }

  test.each([
    [{}, true],
    [{ a: '1' }, true],
    [{ a: '1', b: '2' }, true],
    [{ empty: '' }, true],
    [{ a: '2' }, false],
    [{ a: '1', c: '3' }, false],
    [{ c: '' }, false],
  ])('wants every pair of %j: %s', (wanted, matches) => {
    expect(matchesAnnotations(have, wanted)).toBe(matches)
  })

  test('finds nothing where there are no annotations', () => {
    expect(matchesAnnotations(undefined, {})).toBe(true)
    expect(matchesAnnotations(undefined, { a: '1' })).toBe(false)
  })

  test('does not take what objects inherit for annotations', () => {
    const inherited = Object.create({ a: '1' })
    expect(matchesAnnotations(inherited, { a: '1' })).toBe(false)
    expect(matchesAnnotations(fromJson('{"__proto__":"x"}'), fromJson('{"__proto__":"x"}'))).toBe(
      true,
    )
    expect(matchesAnnotations({}, fromJson('{"__proto__":"x"}'))).toBe(false)
  })
})
