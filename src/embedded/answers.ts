/**
 * Answers of the embedded registry: errors in the shape of distribution-spec 1.1, "Error Codes", JSON
 * documents, and answers without a body.
 *
 * @module
 */

/**
 * Codes of the spec's table, and two that the wider world uses where the table has none:
 * `PAGINATION_NUMBER_INVALID` for a bad `n`, `PRECONDITION_FAILED` for a 412.
 */
export type AnswerCode =
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
  | 'PRECONDITION_FAILED'

/** Ends a request with an error answer; thrown by handlers, turned into a response at the door. */
export class Refusal extends Error {
  override readonly name: string = 'Refusal'
  readonly status: number
  readonly code: AnswerCode
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
    } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.detail = more.detail
    this.headers = more.headers ?? {}
  }
}

/** The response of a refusal. */
export function refused(refusal: Refusal): Response {
  const { code, message, detail } = refusal
  const entry = detail === undefined ? { code, message } : { code, message, detail }
  return json({ errors: [entry] }, { status: refusal.status, headers: refusal.headers })
}

/** A JSON document of known length. */
export function json(
  value: unknown,
  more: {
    readonly status?: number | undefined
    readonly type?: string | undefined
    readonly headers?: Readonly<Record<string, string>> | undefined
  } = {},
): Response {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return new Response(bytes, {
    status: more.status ?? 200,
    headers: {
      ...more.headers,
      'Content-Type': more.type ?? 'application/json',
      'Content-Length': String(bytes.byteLength),
    },
  })
}

/** An answer without a body. */
export function empty(status: number, headers: Readonly<Record<string, string>>): Response {
  // RFC 9110 section 8.6: no Content-Length in a 204.
  return new Response(null, {
    status,
    headers: status === 204 ? headers : { ...headers, 'Content-Length': '0' },
  })
}

/** A `Link` header's value for the next page (RFC 8288), relative to the registry. */
export function nextLink(path: string, query: URLSearchParams): string {
  return `<${path}?${query}>; rel="next"`
}
