/**
 * What went wrong, in our own errors: callers never see one of ky's. Called by repository.ts.
 *
 * @module
 */
import { AuthError, ConnectionError, RegistryError, type RegistryErrorEntry } from '../../errors.ts'
import { isPage } from '../../platform/page.ts'
import { redact } from './origins.ts'

/** The parts of ky's errors that are read; told apart by name, so that ky stays in one file. */
type Failure = Error & { readonly response?: Response; readonly data?: unknown }

/**
 * An error of ky, or of a body that broke off, as one of ours; anything else comes back as it is.
 *
 * @param method - of the request that failed
 * @param url - full address that was asked
 */
export function translate(error: unknown, method: string, url: string): unknown {
  if (!(error instanceof Error)) return error
  const { name, response, data } = error as Failure
  const address = redact(url)
  if (name === 'HTTPError' && response) {
    const { status, url: asked } = response
    const answer = {
      method,
      url: asked ? redact(asked) : address,
      status,
      errors: entries(data),
    }
    if (status !== 403) return new RegistryError(answer, { cause: error })
    const cause = new RegistryError(answer)
    return new AuthError('AUTH_DENIED', cause.message, {}, { cause })
  }
  if (name === 'TimeoutError') {
    return new ConnectionError('TIMEOUT', `${method} ${address} got no answer in time`, address, {
      cause: error,
    })
  }
  // What a broken connection raises differs by runtime; a TypeError from below ky is never ours.
  if (name === 'NetworkError' || error instanceof TypeError) {
    const hint = isPage()
      ? ': the network is broken, or the registry does not allow this page (CORS), perhaps only for this path'
      : ''
    // Some runtimes put the whole address into their text, and its query may hold secrets.
    const message = deepest(error).message.replace(/(https?:\/\/[^\s?]*)\?[^\s)]*/g, '$1')
    return new ConnectionError(
      'CONNECTION',
      `${method} ${address} got no answer${hint}: ${message}`,
      address,
      { cause: error },
    )
  }
  return error
}

function deepest(error: Error): Error {
  return error.cause instanceof Error ? deepest(error.cause) : error
}

/** Entries of an error body; ky has parsed it where its type said JSON. */
function entries(data: unknown): readonly RegistryErrorEntry[] {
  let body = data
  if (typeof body === 'string') {
    try {
      body = JSON.parse(body)
    } catch {
      return []
    }
  }
  const list = (body as { errors?: unknown } | null | undefined)?.errors
  if (!Array.isArray(list)) return []
  return list.flatMap((entry) =>
    typeof entry?.code === 'string'
      ? [
          {
            code: entry.code,
            message: typeof entry.message === 'string' ? entry.message : undefined,
            detail: entry.detail,
          },
        ]
      : [],
  )
}

/** Milliseconds of a `Retry-After`; 0 when there is none. */
export function retryAfter(response: Response): number {
  const text = response.headers.get('retry-after') ?? ''
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return wait > 0 ? wait : 0
}
