/**
 * Answers of the embedded registry: errors in the shape of distribution-spec 1.1, "Error Codes", JSON
 * documents, and answers without a body.
 *
 * @module
 */
import { type Answer, answerOf } from './answer.ts'

/**
 * Codes of the spec's table, and those that the wider world uses where the table has none:
 * `PAGINATION_NUMBER_INVALID` for a bad `n`, `MALFORMED_NEXTTOKEN` for a bad place in a list of
 * proposal A, `PRECONDITION_FAILED` for a 412, `UNKNOWN`
 * for a 500.
 */
export type AnswerCode =
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'TOOMANYREQUESTS'
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNSUPPORTED'
  | 'PAGINATION_NUMBER_INVALID'
  | 'MALFORMED_NEXTTOKEN'
  | 'PRECONDITION_FAILED'
  | 'UNKNOWN'

/**
 * What went wrong, more exactly than its code says, for registries that answer it in their own way.
 * A refusal without a reason goes by its code.
 */
export type Reason =
  | 'endpoint'
  | 'method'
  | 'referrers-api'
  | 'name'
  | 'tag'
  | 'tag-count'
  | 'tag-cursor'
  | 'tag-delete'
  | 'manifest-repository'
  | 'manifest-accept'
  | 'manifest-delete'
  | 'manifest-digest'
  | 'manifest-push-digest'
  | 'manifest-delete-digest'
  | 'manifest-size'
  | 'manifest-entry'
  | 'manifest-type-parameters'
  | 'tag-immutable'
  | 'subject-unknown'
  | 'subject-missing'
  | 'subject-digest'
  | 'artifact-digest'
  | 'blob-digest'
  | 'blob-delete'
  | 'blob-range'
  | 'blob-size'
  | 'upload-status'
  | 'upload-cancel'
  | 'upload-digest'
  | 'upload-no-digest'
  | 'upload-content'
  | 'upload-order'
  | 'upload-stale'
  | 'upload-chunk-size'
  | 'read-only'
  | 'read-only-delete'

/** A reason without an answer of its own is answered as this one is, and in the end by its code. */
const wider: Readonly<Partial<Record<Reason, Reason>>> = {
  'referrers-api': 'endpoint',
  'upload-status': 'upload-cancel',
  'upload-no-digest': 'upload-digest',
  'upload-stale': 'upload-order',
  'read-only-delete': 'read-only',
}

/** How a registry answers what went wrong; what is left out is as the spec has it. */
export interface ErrorAnswer {
  readonly status?: number | undefined
  /** A code of its own. */
  readonly code?: string | undefined
  /** A body that is no JSON: text as it is, HTML where it begins with `<`, `''` for none. */
  readonly text?: string | undefined
  /** Headers that are left out. */
  readonly without?: readonly string[] | undefined
}

/** Answers by reason or code. */
export type ErrorAnswers = { readonly [Key in Reason | AnswerCode]?: ErrorAnswer | undefined }

/** Ends a request with an error answer; thrown by handlers, turned into a response at the door. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal'
  readonly status: number
  readonly code: AnswerCode
  readonly reason: Reason | undefined
  /** Whatever helps to find the fault; goes into the body. */
  readonly detail: unknown
  /** Headers that come with the answer. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: AnswerCode,
    message: string,
    more: {
      readonly detail?: unknown
      readonly headers?: Readonly<Record<string, string>> | undefined
      readonly reason?: Reason | undefined
    } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.reason = more.reason
    this.detail = more.detail
    this.headers = more.headers ?? {}
  }
}

/** The response of a refusal, in the registry's own way. */
export function refused(
  refusal: Refusal,
  answers: ErrorAnswers = {},
  type = 'application/json',
): Answer {
  const { code, message, detail, reason } = refusal
  const own = answerFor(answers, reason) ?? answers[code] ?? {}
  const status = own.status ?? refusal.status
  const headers: Record<string, string> = { ...refusal.headers }
  for (const name of own.without ?? []) delete headers[name]
  if (own.text !== undefined) return text(own.text, status, headers)
  const entry = { code: own.code ?? code, message, ...(detail !== undefined && { detail }) }
  return json({ errors: [entry] }, { status, type, headers })
}

function answerFor(answers: ErrorAnswers, reason: Reason | undefined): ErrorAnswer | undefined {
  return reason && (answers[reason] ?? answerFor(answers, wider[reason]))
}

function text(body: string, status: number, headers: Readonly<Record<string, string>>): Answer {
  const subtype = body.startsWith('<') ? 'html' : 'plain'
  const bytes = new TextEncoder().encode(body)
  const about = {
    ...headers,
    ...(body !== '' && { 'Content-Type': `text/${subtype}; charset=utf-8` }),
    'Content-Length': String(bytes.byteLength),
  }
  return answerOf(status, about, body === '' ? null : bytes)
}

/** What an answer has besides its document. */
interface AnswerInit {
  readonly status?: number | undefined
  readonly type?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** A JSON document of known length. */
export function json(value: unknown, more: AnswerInit = {}): Answer {
  return jsonBytes(new TextEncoder().encode(JSON.stringify(value)), more)
}

/** The same for one that is bytes already. */
export function jsonBytes(bytes: Uint8Array<ArrayBuffer>, more: AnswerInit): Answer {
  const headers = {
    ...more.headers,
    'Content-Type': more.type ?? 'application/json',
    'Content-Length': String(bytes.byteLength),
  }
  return answerOf(more.status ?? 200, headers, bytes)
}

/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>>): Answer {
  // RFC 9110 section 8.6: no Content-Length in a 204.
  return answerOf(status, status === 204 ? headers : { ...headers, 'Content-Length': '0' })
}

/** A `Link` header's value for the next page (RFC 8288), relative to the registry. */
export function nextLink(path: string, query: URLSearchParams): string {
  return `<${path}?${query}>; rel="next"`
}
