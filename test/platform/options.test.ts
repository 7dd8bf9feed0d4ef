import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../../src/errors.ts'
import {
  abortSignal,
  anything,
  boolean,
  type Check,
  checkOptions,
  func,
  listOf,
  mapOf,
  milliseconds,
  oneOf,
  positiveInteger,
  string,
  wholeNumber,
} from '../../src/platform/options.ts'

interface Options {
  readonly artifactType?: string | undefined
  readonly maxPages?: number | undefined
  readonly signal?: AbortSignal | undefined
}
const checks = { artifactType: string, maxPages: positiveInteger, signal: abortSignal }

function refused(options: unknown, path?: string): InvalidInputError {
  try {
    checkOptions(options as Options, checks, path)
  } catch (error) {
    if (error instanceof InvalidInputError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('checkOptions', () => {
  test('takes what is known, and undefined for what is left out', () => {
    checkOptions<Options>({}, checks)
    checkOptions<Options>({ artifactType: 'a/b', signal: undefined, maxPages: 3 }, checks)
    checkOptions<Options>({ signal: AbortSignal.abort() }, checks)
  })

  test('names the option and what it must be', () => {
    const error = refused({ maxPages: 0 })
    expect(error).toMatchObject({ code: 'INVALID_INPUT', path: 'maxPages', input: 0 })
    expect(error.message).toBe('"maxPages" must be a whole number from 1, got 0')
  })

  test.each([
    ['artefactType', 'artifactType'],
    ['ARTIFACTTYPE', 'artifactType'],
    ['maxPage', 'maxPages'],
    ['sginal', 'signal'],
  ])('says for %s that %s was meant', (name, meant) => {
    const error = refused({ [name]: undefined }, 'input.')
    expect(error).toMatchObject({ code: 'INVALID_INPUT', path: `input.${name}` })
    expect(error.message).toBe(`"input.${name}" is not an option here: did you mean "${meant}"?`)
  })

  test('says what there is where nothing is near', () => {
    expect(refused({ zzz: 1 }).message).toBe(
      '"zzz" is not an option here: there are artifactType, maxPages, signal',
    )
  })

  test.each(['toString', '__proto__', 'constructor'])('does not know %s', (name) => {
    const options = Object.defineProperty({}, name, { value: string, enumerable: true })
    expect(refused(options).path).toBe(name)
  })

  test.each([
    [null, 'null'],
    ['text', 'string'],
    [[], 'an array'],
  ])('is a TypeError for %j', (options, kind) => {
    expect(() => refused(options)).toThrow(
      new TypeError(`"options" must be an object, got ${kind}`),
    )
    expect(() => refused(options, 'input.')).toThrow(`"input" must be an object, got ${kind}`)
  })

  test('does not compile without a check for each option', () => {
    // @ts-expect-error: maxPages and signal have none
    checkOptions<Options>({}, { artifactType: string })
  })
})

test.each<[string, Check, readonly unknown[], readonly unknown[]]>([
  ['string', string, ['', 'a'], [1, null]],
  ['boolean', boolean, [true, false], ['', 0, null]],
  ['func', func, [() => {}], [{}, null]],
  ['milliseconds', milliseconds, [0, 0.5, 2 ** 31 - 1], [-1, Number.NaN, 2 ** 31, Infinity, '1']],
  ['wholeNumber', wholeNumber, [0, 7], [-1, 0.5, Infinity, '1']],
  ['positiveInteger', positiveInteger, [1, 7], [0, 0.5, Number.NaN, Infinity, '1', 1n]],
  ['abortSignal', abortSignal, [AbortSignal.timeout(1)], [{}, null, new AbortController()]],
  ['oneOf', oneOf('pull', 'push'), ['pull', 'push'], ['pul', 1, null]],
  ['listOf', listOf(string), [[], ['a']], ['a', [1], {}, null]],
  ['mapOf', mapOf(string), [{}, { a: 'b' }], [[], ['a'], { a: 1 }, null, 'a']],
  ['anything', anything, [1, null], []],
])('%s', (_, [, accepts], good, bad) => {
  for (const value of good) expect([value, accepts(value)]).toEqual([value, true])
  for (const value of bad) expect([value, accepts(value)]).toEqual([value, false])
})
