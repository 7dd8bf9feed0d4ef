/**
 * Every error class, code and guard. Nothing else is thrown on purpose but `TypeError` (a wrong kind
 * of argument) and a caller's own abort reason.
 *
 * @module
 */

/** Stable codes, one per thing that can go wrong. Compare these, never messages. */
export type ErrorCode =
  | 'REGISTRY_RESPONSE'
  | 'AUTH_REQUIRED'
  | 'AUTH_DENIED'
  | 'CONNECTION'
  | 'TIMEOUT'
  | 'DIGEST_MISMATCH'
  | 'SIZE_MISMATCH'
  | 'TOO_LARGE'
  | 'INVALID_DIGEST'
  | 'INVALID_REFERENCE'
  | 'INVALID_TAG'
  | 'INVALID_MANIFEST'
  | 'INVALID_INPUT'
  | 'UNSUPPORTED'
  | 'CONFLICT'

/** Base of all errors that this package throws on purpose. */
export class OcilinkError extends Error {
  override readonly name: string = 'OcilinkError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** One entry of a registry's own error body (distribution-spec 1.1, "Error Codes"). */
export interface RegistryErrorEntry {
  readonly code: string
  readonly message?: string | undefined
  readonly detail?: unknown
}

/** The registry answered, and the answer was not what was asked for. */
export class RegistryError extends OcilinkError {
  override readonly name: string = 'RegistryError'
  declare readonly code: 'REGISTRY_RESPONSE'
  /** HTTP status of the answer. */
  readonly status: number
  readonly method: string
  /** Address that was asked, without its query. */
  readonly url: string
  /** The registry's own codes, verbatim; empty when the body held none. */
  readonly errors: readonly RegistryErrorEntry[]

  constructor(
    answer: {
      status: number
      method: string
      url: string
      errors?: readonly RegistryErrorEntry[] | undefined
      /** What to do about it, added to the message. */
      hint?: string | undefined
    },
    options?: ErrorOptions,
  ) {
    const errors = answer.errors ?? []
    const codes = errors.map((e) => (e.message ? `${e.code} (${e.message})` : e.code)).join(', ')
    const told = codes ? `: ${codes.slice(0, 500)}` : ''
    const hint = answer.hint ? `. ${answer.hint}` : ''
    super(
      'REGISTRY_RESPONSE',
      `${answer.method} ${answer.url} answered ${answer.status}${told}${hint}`,
      options,
    )
    this.status = answer.status
    this.method = answer.method
    this.url = answer.url
    this.errors = errors
  }
}

/** The registry wants credentials that were not given, or refused the ones that were. */
export class AuthError extends OcilinkError {
  override readonly name: string = 'AuthError'
  declare readonly code: 'AUTH_REQUIRED' | 'AUTH_DENIED'
  /** Realm of the challenge, when there was one. */
  readonly realm: string | undefined
  /** Scope that was asked for, such as `repository:team/app:pull`. */
  readonly scope: string | undefined

  constructor(
    code: 'AUTH_REQUIRED' | 'AUTH_DENIED',
    message: string,
    fields: { realm?: string | undefined; scope?: string | undefined } = {},
    options?: ErrorOptions,
  ) {
    super(code, message, options)
    this.realm = fields.realm
    this.scope = fields.scope
  }
}

/** The registry could not be reached, or did not answer in time. */
export class ConnectionError extends OcilinkError {
  override readonly name: string = 'ConnectionError'
  declare readonly code: 'CONNECTION' | 'TIMEOUT'
  /** Address that was asked, without its query. */
  readonly url: string

  constructor(
    code: 'CONNECTION' | 'TIMEOUT',
    message: string,
    url: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options)
    this.url = url
  }
}

/** Bytes are not what was announced: another digest, another size, or too many. */
export class ContentError extends OcilinkError {
  override readonly name: string = 'ContentError'
  declare readonly code: 'DIGEST_MISMATCH' | 'SIZE_MISMATCH' | 'TOO_LARGE'
  /** Digest, or size in bytes, that was announced or allowed. */
  readonly expected: string | number
  /** Digest, or size in bytes, that was found. */
  readonly actual: string | number

  constructor(
    code: 'DIGEST_MISMATCH' | 'SIZE_MISMATCH' | 'TOO_LARGE',
    what: string,
    expected: string | number,
    actual: string | number,
  ) {
    super(code, `${what}: expected ${expected}, got ${actual}`)
    this.expected = expected
    this.actual = actual
  }
}

/** Text or data of the wrong shape; `path` names the field. */
export class InvalidInputError extends OcilinkError {
  override readonly name: string = 'InvalidInputError'
  declare readonly code:
    | 'INVALID_DIGEST'
    | 'INVALID_REFERENCE'
    | 'INVALID_TAG'
    | 'INVALID_MANIFEST'
    | 'INVALID_INPUT'
  /** The offending value. */
  readonly input: unknown
  /** Where it stands, such as `artifact.blobs[0].mediaType`. */
  readonly path: string

  constructor(
    code: InvalidInputError['code'],
    path: string,
    expected: string,
    input: unknown,
    options?: ErrorOptions & {
      /** What to say instead, where that is clearer than what was expected and what was found. */
      readonly message?: string
    },
  ) {
    super(code, options?.message ?? `"${path}" must be ${expected}, got ${show(input)}`, options)
    this.input = input
    this.path = path
  }
}

/** The registry cannot do it; says what is missing and what would work. */
export class UnsupportedError extends OcilinkError {
  override readonly name: string = 'UnsupportedError'
  declare readonly code: 'UNSUPPORTED'
  /** Name of the linking strategy that was asked. */
  readonly strategy: string
  /** What the registry lacks. */
  readonly missing: readonly string[]
  /** Strategies that would work there. */
  readonly alternatives: readonly string[]

  constructor(
    message: string,
    fields: { strategy: string; missing: readonly string[]; alternatives: readonly string[] },
    options?: ErrorOptions,
  ) {
    super('UNSUPPORTED', message, options)
    this.strategy = fields.strategy
    this.missing = fields.missing
    this.alternatives = fields.alternatives
  }
}

/** A tag holds something that must not be overwritten, or others kept changing it. */
export class ConflictError extends OcilinkError {
  override readonly name: string = 'ConflictError'
  declare readonly code: 'CONFLICT'
  readonly tag: string
  /** How many rounds of read, merge and write were tried. */
  readonly attempts: number

  constructor(message: string, tag: string, attempts: number, options?: ErrorOptions) {
    super('CONFLICT', message, options)
    this.tag = tag
    this.attempts = attempts
  }
}

/** Union that narrows on `code`. */
export type AnyOcilinkError =
  | RegistryError
  | AuthError
  | ConnectionError
  | ContentError
  | InvalidInputError
  | UnsupportedError
  | ConflictError

const names = new Set([
  'RegistryError',
  'AuthError',
  'ConnectionError',
  'ContentError',
  'InvalidInputError',
  'UnsupportedError',
  'ConflictError',
])

/**
 * Whether a value is one of this package's errors; also across realms and duplicate copies of the
 * package, where `instanceof` fails.
 *
 * @example
 * ```ts
 * import { isOcilinkError } from 'ocilink'
 *
 * try {
 *   throw new Error('unrelated')
 * } catch (error) {
 *   if (isOcilinkError(error) && error.code === 'AUTH_REQUIRED') console.log(error.realm)
 * }
 * ```
 */
export function isOcilinkError(value: unknown): value is AnyOcilinkError {
  return value instanceof Error && names.has(value.name) && 'code' in value
}

function show(input: unknown): string {
  if (typeof input === 'string') return JSON.stringify(input.slice(0, 160))
  if (input === null || typeof input !== 'object') return String(input)
  return Array.isArray(input)
    ? 'an array'
    : `an object of type ${input.constructor?.name ?? 'null'}`
}
