/**
 * Checks of a caller's options, before any request. Every call uses them, so they are small.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'

/** What a value must be, for the message; and whether it is. */
export type Check = readonly [expected: string, accepts: (value: unknown) => boolean]

/** A check for each option: the compiler says when one is missing. */
export type Checks<T> = { readonly [K in keyof T]-?: Check }

export const string: Check = ['a string', (value) => typeof value === 'string']

export const boolean: Check = ['a boolean', (value) => typeof value === 'boolean']

export const func: Check = ['a function', (value) => typeof value === 'function']

/** A timer of more fires at once. */
const LONGEST = 2 ** 31 - 1

export const milliseconds: Check = [
  `0 or more milliseconds, at most ${LONGEST}`,
  (value) => typeof value === 'number' && value >= 0 && value <= LONGEST,
]

export const wholeNumber: Check = [
  'a whole number, 0 or more',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
]

export const positiveInteger: Check = [
  'a whole number from 1',
  (value) => Number.isSafeInteger(value) && (value as number) > 0,
]

/** Signals of other realms too. */
export const abortSignal: Check = [
  'an AbortSignal',
  (value) => typeof (value as AbortSignal | null)?.throwIfAborted === 'function',
]

/** One of a few words. */
export function oneOf(...words: readonly string[]): Check {
  return [words.map((word) => `'${word}'`).join(' or '), (value) => words.includes(value as string)]
}

/** A list of such values. */
export function listOf([expected, accepts]: Check): Check {
  return [`a list, each ${expected}`, (value) => Array.isArray(value) && value.every(accepts)]
}

/** A map of such values. */
export function mapOf([expected, accepts]: Check): Check {
  return [
    `an object whose values are each ${expected}`,
    (value) => isObject(value) && Object.values(value).every(accepts),
  ]
}

/** What is checked where it is used. */
export const anything: Check = ['anything', () => true]

/**
 * Checks a bag of options. What is `undefined` counts as left out.
 *
 * @param path - what stands before an option's name in errors, such as `artifact.`
 * @throws {@link InvalidInputError} `INVALID_INPUT` naming the option, for a wrong value or a name
 *   that is not known; `TypeError` for what is no object
 */
export function checkOptions<T extends object>(
  options: T,
  checks: Checks<NoInfer<T>>,
  path = '',
): void {
  if (!isObject(options)) {
    const kind = options === null ? 'null' : Array.isArray(options) ? 'an array' : typeof options
    throw new TypeError(`"${path.replace(/\.$/, '') || 'options'}" must be an object, got ${kind}`)
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name)) {
      const message = `"${path + name}" is not an option here: ${suggest(name, Object.keys(checks))}`
      throw new InvalidInputError('INVALID_INPUT', path + name, 'left out', value, { message })
    }
    const [expected, accepts] = (checks as Record<string, Check>)[name]!
    if (value !== undefined && !accepts(value)) {
      throw new InvalidInputError('INVALID_INPUT', path + name, expected, value)
    }
  }
}

/** An object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The name that the fewest changes lead to, for its length; all where none is near. */
function suggest(name: string, known: readonly string[]): string {
  const shares = known.map(
    (other) =>
      distance(name.toLowerCase(), other.toLowerCase()) / Math.max(name.length, other.length),
  )
  const least = Math.min(...shares)
  return least <= 0.5
    ? `did you mean "${known[shares.indexOf(least)]}"?`
    : `there are ${known.join(', ') || 'none'}`
}

/** Levenshtein's distance: how many characters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, change))
    }
    row = next
  }
  return row[b.length]!
}
