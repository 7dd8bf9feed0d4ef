/**
 * Every error class and code, and the guard. Else only `TypeError` (a wrong kind of argument) and the reason of an
 * abort are thrown on purpose.
 *
 * @module
 */
import { codeOfStatus, listCodes, printable, show, shownOptions, toPlain } from './error-text.ts'

/** Stable codes, one per thing that can go wrong. Compare these, never messages. */
export type ErrorCode = AnyOcilinkError['code']

/** Registered, so that it is the same in every copy of this package and in every realm. */
const BRAND = /* @__PURE__ */ Symbol.for('ocilink.error')

/** Base of all errors that this package throws on purpose. */
export class OcilinkError extends Error {
  override readonly name: string = 'OcilinkError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message), shownOptions(options, isOcilinkError))
    this.code = code
    Object.defineProperty(this, BRAND, { value: true })
  }

  /**
   * The error as plain data, for logs, workers and other processes. Without stacks and queries of
   * addresses; long texts are cut, and causes go five deep.
   */
  toJSON(): ErrorJson {
    return toPlain(this, isOcilinkError) as ErrorJson
  }
}

/** What `JSON.stringify` makes of an error: its fields beside these. */
export interface ErrorJson {
  readonly name: string
  readonly message: string
  readonly code: ErrorCode
  /** Of the same shape where it is an error; a short text where it is not. */
  readonly cause?: unknown
  readonly [field: string]: unknown
}

/** One entry of a registry's own error body (distribution-spec 1.1, "Error Codes"). */
export interface RegistryErrorEntry {
  readonly code: string
  readonly message?: string | undefined
  readonly detail?: unknown
}

/** Codes of a {@link RegistryError}, by the status: 404; 429; 502, 503 and 504; every other. */
export type RegistryErrorCode = 'NOT_FOUND' | 'RATE_LIMITED' | 'UNAVAILABLE' | 'REGISTRY_RESPONSE'

/** The registry answered, and with something else than what the call needs. */
export class RegistryError extends OcilinkError {
  override readonly name: string = 'RegistryError'
  declare readonly code: RegistryErrorCode
  /** HTTP status of the answer. */
  readonly status: number
  readonly method: string
  /** Address of the request, without its query. */
  readonly url: string
  /** The registry's own codes; empty when the body held none. */
  readonly errors: readonly RegistryErrorEntry[]
  /** Milliseconds that the registry asks to wait (`Retry-After`). */
  readonly retryAfter: number | undefined

  constructor(
    answer: {
      readonly status: number
      readonly method: string
      readonly url: string
      readonly errors?: readonly RegistryErrorEntry[] | undefined
      readonly retryAfter?: number | undefined
      /** What to do about it, added to the message. */
      readonly hint?: string | undefined
    },
    options?: ErrorOptions,
  ) {
    const { status, method, url, errors = [], retryAfter, hint } = answer
    const text = `${method} ${url} answered ${status}${listCodes(errors)}${hint ? `. ${hint}` : ''}`
    super(codeOfStatus(status), text, options)
    this.status = status
    this.method = method
    this.url = url
    this.errors = errors
    this.retryAfter = retryAfter
  }
}

/** The registry wants credentials that were not given, or refused the ones that were. */
export class AuthError extends OcilinkError {
  override readonly name: string = 'AuthError'
  declare readonly code: 'AUTH_REQUIRED' | 'AUTH_DENIED'
  /** Realm of the challenge, when there was one. */
  readonly realm: string | undefined
  /** Scope that was needed, such as `repository:team/app:pull`. */
  readonly scope: string | undefined

  constructor(
    code: 'AUTH_REQUIRED' | 'AUTH_DENIED',
    message: string,
    fields: Partial<Pick<AuthError, 'realm' | 'scope'>> = {},
    options?: ErrorOptions,
  ) {
    super(code, message, options)
    this.realm = fields.realm && printable(fields.realm)
    this.scope = fields.scope
  }
}

/** The registry could not be reached, or did not answer in time. */
export class ConnectionError extends OcilinkError {
  override readonly name: string = 'ConnectionError'
  declare readonly code: 'CONNECTION' | 'TIMEOUT'
  /** Address of the request, without its query. */
  readonly url: string

  constructor(code: ConnectionError['code'], message: string, url: string, options?: ErrorOptions) {
    super(code, message, options)
    this.url = url
  }
}

/** Content is not what was announced: another digest, another size, or too much. */
export class ContentError extends OcilinkError {
  override readonly name: string = 'ContentError'
  declare readonly code: 'DIGEST_MISMATCH' | 'SIZE_MISMATCH' | 'TOO_LARGE'
  /** Digest, or number of bytes or items, that was announced or allowed. */
  readonly expected: string | number
  /** Digest, or number of bytes or items, that was found. */
  readonly actual: string | number

  constructor(
    code: ContentError['code'],
    what: string,
    expected: string | number,
    actual: string | number,
    options: ErrorOptions & {
      /** What to do about it, added to the message. */
      readonly hint?: string | undefined
    } = {},
  ) {
    const allowed = code === 'TOO_LARGE' ? 'at most' : 'expected'
    const hint = options.hint ? `. ${options.hint}` : ''
    super(code, `${what}: ${allowed} ${expected}, got ${actual}${hint}`, options)
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
      readonly message?: string | undefined
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
  /** Name of the linking strategy. */
  readonly strategy: string
  /** What the registry lacks. */
  readonly missing: readonly string[]
  /** Strategies that would work there. */
  readonly alternatives: readonly string[]

  constructor(
    message: string,
    fields: Pick<UnsupportedError, 'strategy' | 'missing' | 'alternatives'>,
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
  /** Strategies that would work there: they do not use this tag. */
  readonly alternatives: readonly string[]

  constructor(
    message: string,
    tag: string,
    attempts: number,
    options: ErrorOptions & { readonly alternatives?: readonly string[] | undefined } = {},
  ) {
    super('CONFLICT', message, options)
    this.tag = tag
    this.attempts = attempts
    this.alternatives = options.alternatives ?? []
  }
}

/**
 * The registry answered, and nothing there is what was looked for: no referrer that passes the filters, no such
 * platform in the image.
 */
export class NoMatchError extends OcilinkError {
  override readonly name: string = 'NoMatchError'
  declare readonly code: 'NO_MATCH'
  /** What was looked for, in words. */
  readonly wanted: string
  /** What there is instead, such as the platforms of the image; may be empty. */
  readonly available: readonly string[]

  constructor(message: string, wanted: string, available: readonly string[] = []) {
    super('NO_MATCH', message)
    this.wanted = wanted
    this.available = available
  }
}

/** Something could not be copied; `cause` says why. */
export class CopyError extends OcilinkError {
  override readonly name: string = 'CopyError'
  declare readonly code: 'COPY_FAILED'
  /** Where it failed. */
  readonly side: 'source' | 'destination'
  /** What could not be copied; `undefined` where the tag that was to be copied could not be read. */
  readonly descriptor: Readonly<{ mediaType: string; digest: string; size: number }> | undefined

  constructor(message: string, at: Pick<CopyError, 'side' | 'descriptor'>, options?: ErrorOptions) {
    super('COPY_FAILED', message, options)
    this.side = at.side
    this.descriptor = at.descriptor
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
  | NoMatchError
  | CopyError

/**
 * Whether a value is one of this package's errors, and of one of these codes where some are given;
 * also across realms and duplicate copies of the package, where `instanceof` fails; but not once it went through
 * `structuredClone` or `postMessage`, which keep no field of an error: give them `error.toJSON()`.
 *
 * @param codes - any code where there are none
 * @example
 * ```ts
 * import { isOcilinkError } from 'ocilink'
 *
 * try {
 *   throw new Error('unrelated')
 * } catch (error) {
 *   if (isOcilinkError(error, 'AUTH_REQUIRED')) console.log(error.realm)
 *   else if (isOcilinkError(error)) console.log(error.code)
 * }
 * ```
 */
export function isOcilinkError<C extends ErrorCode = ErrorCode>(
  value: unknown,
  ...codes: readonly C[]
): value is AnyOcilinkError & { readonly code: C } {
  const error = value as { readonly [BRAND]?: true; readonly code: C } | undefined | null
  return error?.[BRAND] === true && (codes.length === 0 || codes.includes(error.code))
}
