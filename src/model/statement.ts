/**
 * in-toto statements and what they come wrapped in: a DSSE envelope, a Sigstore bundle, or lines of them (in-toto
 * Attestation Framework 1.0, "Statement" and "Bundle"; DSSE 1.0, "Envelope"; Sigstore bundle 0.3).
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { decodeBase64 } from '../platform/base64.ts'
import { isObject } from '../platform/options.ts'
import type { Digest } from './digest.ts'

/** What a statement is about: a name, and digests by algorithm, in hex. */
export interface StatementSubject {
  readonly name?: string
  readonly digest: Readonly<Record<string, string>>
}

/** An in-toto statement: a predicate of a type about subjects. Unknown fields are kept. */
export interface Statement {
  /** Such as `https://in-toto.io/Statement/v1`. */
  readonly _type: string
  readonly subject: readonly StatementSubject[]
  /** Such as `https://slsa.dev/provenance/v1`. */
  readonly predicateType: string
  readonly predicate?: unknown
}

/** How a statement stands in a blob: in an envelope with signatures, in a Sigstore bundle, or bare. */
export type StatementWrapper = 'bundle' | 'dsse' | 'none'

/** A statement, and what it was in. */
export interface WrappedStatement {
  readonly statement: Statement
  readonly wrapper: StatementWrapper
}

const STATEMENT = /^https:\/\/in-toto\.io\/Statement\//

/** More lines than this are no attestations of one image. */
const MAX_LINES = 10_000

/** Types of blobs that hold statements; `application/vnd.in-toto.provenance+dsse` and its like are GitHub's. */
const TYPES = /^application\/vnd\.(in-toto[.+]|dsse\.envelope\.|dev\.sigstore\.bundle[.+])/

/** Whether a media type announces statements. */
export function announcesStatements(mediaType: string | undefined): boolean {
  return mediaType !== undefined && TYPES.test(mediaType)
}

/** Annotations that say of what type the statement inside is: Sigstore's, BuildKit's, cosign's. */
const PREDICATES = [
  'dev.sigstore.bundle.predicateType',
  'in-toto.io/predicate-type',
  'predicateType',
]

/** The predicate type that annotations announce. */
export function announcedPredicate(
  annotations: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const key = PREDICATES.find((key) => annotations && Object.hasOwn(annotations, key))
  return key && annotations?.[key]
}

/**
 * The statements in a blob, unwrapped. Their signatures are not checked.
 *
 * @returns empty for what is no statement, such as an SBOM or a signature of an image
 * @throws {@link InvalidInputError} `INVALID_INPUT` for a statement or a wrapper of one that cannot be read
 * @example
 * ```ts
 * import { parseStatements } from 'ocilink'
 *
 * const bytes = new TextEncoder().encode('{"_type":"https://in-toto.io/Statement/v1","predicateType":"x","subject":[]}')
 * console.log(parseStatements(bytes)[0]?.statement.predicateType) // x
 * ```
 */
export function parseStatements(bytes: Uint8Array): readonly WrappedStatement[] {
  const text = new TextDecoder().decode(bytes)
  const whole = parseJson(text)
  if (whole !== undefined) return unwrap(whole, 'blob')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length < 2 || lines.length > MAX_LINES) return []
  const documents = lines.map(parseJson)
  if (documents.every((document) => document === undefined)) return []
  return documents.flatMap((document, i) => {
    const path = `blob, line ${i + 1}`
    return document === undefined ? fail(path, 'JSON', lines[i]) : unwrap(document, path)
  })
}

/**
 * Whether a statement is about a manifest: one of its subjects has that digest. A right statement that is linked
 * to the wrong image is not.
 *
 * @example
 * ```ts
 * import { isAbout, parseDigest } from 'ocilink'
 *
 * const digest = parseDigest(`sha256:${'a'.repeat(64)}`)
 * console.log(isAbout({ subject: [{ digest: { sha256: 'a'.repeat(64) } }] }, digest)) // true
 * ```
 */
export function isAbout(statement: Pick<Statement, 'subject'>, digest: Digest): boolean {
  const [algorithm, hex] = digest.split(':') as [string, string]
  return statement.subject.some(
    (subject) =>
      Object.hasOwn(subject.digest, algorithm) && subject.digest[algorithm]!.toLowerCase() === hex,
  )
}

function unwrap(value: unknown, path: string): readonly WrappedStatement[] {
  if (!isObject(value)) return []
  // Protobuf's JSON has either spelling.
  const envelope = value.dsseEnvelope ?? value.dsse_envelope
  if (envelope !== undefined) {
    if (!isObject(envelope)) fail(`${path}.dsseEnvelope`, 'an envelope', envelope)
    return openEnvelope(envelope, `${path}.dsseEnvelope`, 'bundle')
  }
  if ('payload' in value && 'payloadType' in value) return openEnvelope(value, path, 'dsse')
  return isStatement(value) ? [{ statement: readStatement(value, path), wrapper: 'none' }] : []
}

function openEnvelope(
  { payload, payloadType }: Record<string, unknown>,
  path: string,
  wrapper: StatementWrapper,
): readonly WrappedStatement[] {
  // DSSE 1.0, "Envelope": readers take either alphabet.
  const bytes = typeof payload === 'string' ? decodeBase64(payload, 'either') : undefined
  if (!bytes) fail(`${path}.payload`, 'base64', payload)
  const value = parseJson(new TextDecoder().decode(bytes))
  if (isObject(value) && isStatement(value)) {
    return [{ statement: readStatement(value, `${path}.payload`), wrapper }]
  }
  // An envelope may hold anything; this type promises a statement.
  if (payloadType === 'application/vnd.in-toto+json') {
    fail(`${path}.payload`, 'an in-toto statement', value)
  }
  return []
}

function isStatement({ _type }: Record<string, unknown>): boolean {
  return typeof _type === 'string' && STATEMENT.test(_type)
}

function readStatement(value: Record<string, unknown>, path: string): Statement {
  const { predicateType, subject } = value
  if (typeof predicateType !== 'string') fail(`${path}.predicateType`, 'a string', predicateType)
  // Go's encoders write an empty list as null.
  if (subject === null) return { ...value, subject: [] } as unknown as Statement
  if (!Array.isArray(subject)) fail(`${path}.subject`, 'a list', subject)
  subject.forEach((entry, i) => {
    const digest = isObject(entry) ? entry.digest : undefined
    if (!isObject(digest) || !Object.values(digest).every((hex) => typeof hex === 'string')) {
      fail(`${path}.subject[${i}].digest`, 'a map of strings', digest)
    }
  })
  return value as unknown as Statement
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

function fail(path: string, expected: string, input: unknown): never {
  throw new InvalidInputError('INVALID_INPUT', path, expected, input)
}
