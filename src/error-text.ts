/**
 * Texts of errors: what they show of values, and what they leave out.
 *
 * @module
 */

/** The code of an answer with this status. */
export function codeOfStatus(
  status: number,
): 'NOT_FOUND' | 'RATE_LIMITED' | 'UNAVAILABLE' | 'REGISTRY_RESPONSE' {
  if (status === 404) return 'NOT_FOUND'
  if (status === 429) return 'RATE_LIMITED'
  return status >= 502 && status <= 504 ? 'UNAVAILABLE' : 'REGISTRY_RESPONSE'
}

/** A registry's own codes, as they stand in a message; nothing where there are none. */
export function listCodes(
  errors: readonly { readonly code: string; readonly message?: string | undefined }[],
): string {
  const entries = errors.map((e) => (e.message ? `${e.code} (${e.message})` : e.code)).join(', ')
  return entries ? `: ${entries.slice(0, 500)}` : ''
}

/** A value as an error's message shows it: short, and no more of an object than its type. */
export function show(input: unknown): string {
  if (typeof input === 'string') return JSON.stringify(input.slice(0, 160))
  // Its text would be its code.
  if (typeof input === 'function') return 'a function'
  if (input === null || typeof input !== 'object') return String(input).slice(0, 160)
  if (Array.isArray(input)) return 'an array'
  return `an object of type ${input.constructor?.name ?? 'null'}`
}

/** How many causes are followed. */
const MAX_CAUSES = 5

/**
 * An error as plain data, with its causes.
 *
 * @param isOurs - whether an error is this package's: then its fields are kept
 */
export function toPlain(value: unknown, isOurs: (value: unknown) => boolean, depth = 0): unknown {
  const ours = isOurs(value)
  if (!(value instanceof Error || ours)) return show(value)
  const { name, message, code, cause } = value as Error & { readonly code?: unknown }
  const fields: Record<string, unknown> = {
    ...(ours && (value as object)),
    name: withoutQueries(name),
    message: withoutQueries(message),
    ...(code !== undefined && { code }),
    ...(cause !== undefined && depth < MAX_CAUSES && { cause: toPlain(cause, isOurs, depth + 1) }),
  }
  if ('input' in fields) fields.input = show(fields.input)
  if ('realm' in fields) fields.realm = fields.realm && withoutQueries(String(fields.realm))
  return fields
}

/** A text without queries and user names of addresses: they may hold secrets, and runtimes put whole addresses into texts. */
export function withoutQueries(text: string): string {
  return text
    .slice(0, 2000)
    .replace(/(https?:\/\/)[^\s/?#@]*@/gi, '$1')
    .replace(/(https?:\/\/[^\s?]*)\?[^\s)]*/gi, '$1')
}

/**
 * A text that can be shown: without queries, and with control characters and those that turn the direction of text as
 * escapes. What a registry says ends up in terminals and logs.
 */
export function printable(text: string): string {
  return withoutQueries(text).replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}

/** The cause of one of our errors, where there is one. */
export function shownOptions(
  options: ErrorOptions | undefined,
  isOurs: (value: unknown) => boolean,
): ErrorOptions | undefined {
  return options && 'cause' in options
    ? { cause: printableCause(options.cause, isOurs) }
    : undefined
}

/**
 * A foreign error as the cause of one of ours. A copy where its texts cannot be shown, or where it carries the request,
 * as ky's errors do: whoever prints the error prints its causes.
 */
function printableCause(cause: unknown, isOurs: (value: unknown) => boolean, depth = 0): unknown {
  if (!(cause instanceof Error) || isOurs(cause)) return cause
  if (depth > MAX_CAUSES) return undefined
  const { name, message, stack, code, cause: deeper } = cause as Error & { readonly code?: unknown }
  const inner = printableCause(deeper, isOurs, depth + 1)
  const shown = printable(message)
  const carries = ['request', 'response', 'input'].some((field) => field in cause)
  if (!carries && shown === message && inner === deeper) return cause
  const copy = new Error(shown, inner === undefined ? {} : { cause: inner })
  const lines = withoutQueries(String(stack ?? '').replace(message, shown))
  const fields = { name, stack: lines, ...(code !== undefined && { code }) }
  for (const [field, value] of Object.entries(fields))
    Object.defineProperty(copy, field, { value, enumerable: field === 'code' })
  return copy
}
