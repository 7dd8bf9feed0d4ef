/**
 * Errors as programs read them: one shape on standard error, and in answers.
 *
 * @module
 */

/** An error as JSON: the library's with their fields, others by code, name and message alone. */
export interface ErrorJson {
  /** The library's, `USAGE`, `INTERRUPTED`, the system's such as `ENOENT`, or `UNEXPECTED`. */
  readonly code: string
  readonly name: string
  readonly message: string
}

/** An error as JSON. */
export function errorJson(error: unknown): ErrorJson {
  const { toJSON, name = 'Error', message = String(error), code } = Object(error)
  if (toJSON) return toJSON.call(error)
  return { code: typeof code === 'string' ? code : 'UNEXPECTED', name, message }
}
