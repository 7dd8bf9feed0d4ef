/**
 * Answers of the gateway itself (distribution-spec 1.1, "Error Codes").
 *
 * @module
 */
import { ConnectionError, isOcilinkError, RegistryError } from '../errors.ts'

/** An error as registries answer it. */
export function errorAnswer(status: number, code: string, message: string): Response {
  return Response.json({ errors: [{ code, message }] }, { status })
}

/** A 405 that says what is allowed. */
export function methodNotAllowed(allow: string): Response {
  const answer = errorAnswer(405, 'UNSUPPORTED', `only ${allow} are answered here`)
  answer.headers.set('Allow', allow)
  return answer
}

/** Statuses that are the upstream's own word to the client. */
const passed = [400, 403, 404, 405, 409, 412, 413, 429]

/**
 * What went wrong while the gateway asked the upstream: the upstream's own refusal where it is one, else 502 or 504 with
 * the reason. Never an empty list.
 */
export function failureAnswer(error: unknown): Response {
  if (error instanceof RegistryError && passed.includes(error.status)) {
    const [first = { code: 'UNKNOWN', message: error.message }] = error.errors
    const errors = error.errors.length > 0 ? error.errors : [first]
    const headers = error.retryAfter
      ? { 'Retry-After': String(Math.ceil(error.retryAfter / 1000)) }
      : undefined
    return Response.json({ errors }, { status: error.status, ...(headers && { headers }) })
  }
  if (error instanceof ConnectionError && error.code === 'TIMEOUT') {
    return errorAnswer(504, 'UNKNOWN', error.message)
  }
  if (isOcilinkError(error, 'AUTH_DENIED')) return errorAnswer(403, 'DENIED', error.message)
  if (isOcilinkError(error, 'CONFLICT')) return errorAnswer(503, 'UNKNOWN', error.message)
  const message = isOcilinkError(error) ? error.message : 'the gateway failed'
  return errorAnswer(502, 'UNKNOWN', message)
}
