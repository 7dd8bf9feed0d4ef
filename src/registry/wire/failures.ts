/**
 * What went wrong, in our own errors: callers never see one of ky's. A broken connection is a
 * `TypeError` with a text that runtimes use for it, of which ky keeps the list, and anything else
 * that `fetch` throws, unless JavaScript itself throws that kind of error for a bug.
 *
 * @module
 */
import {
  AuthError,
  ConnectionError,
  isOcilinkError,
  RegistryError,
  type RegistryErrorEntry,
} from '../../errors.ts'
import { innermost, innermostText } from '../../platform/innermost.ts'
import { isPage } from '../../platform/page.ts'
import { redact } from './origins.ts'

/** Answers of a registry, or of a proxy before it, that is too busy: they say nothing of the request. */
export const BUSY: readonly number[] = [408, 429, 502, 503, 504]
/** Answers after which the same request is sent again. */
export const REPEATED: number[] = [...BUSY, 500]

/** Whether the same request may do later: 408, 429 and 5xx, a broken connection, a time limit. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return error instanceof ConnectionError
  return isPassingStatus(error.status)
}

/** The same of an answer. */
export function isPassingStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** The parts of ky's errors that are read; known by name, so that ky stays in one file. */
type Failure = Error & { readonly response?: Response; readonly data?: unknown }

/** What JavaScript throws for a bug, and what signals throw. ky knows the network's `TypeError`. */
const passing = /^((Type|Reference|Range|Syntax|Eval|URI)Error|AbortError|TimeoutError)$/

/**
 * What the injected fetch threw: a `ConnectionError` for what can only be a broken connection, such as
 * workerd's plain `Error`; anything else as it is.
 */
export function fetchFailure(error: unknown, method: string, url: string): unknown {
  const { name, code } = Object(error) as Partial<Error> & { readonly code?: unknown }
  // Bun's TypeErrors have the system's codes, in texts that ky does not know; those of bugs begin otherwise.
  const isBug = passing.test(String(name)) && !/^(?!ERR_(?!TLS))[A-Z]/.test(String(code))
  const passes =
    isOcilinkError(error) || isBug || (error instanceof DOMException && name !== 'NetworkError')
  return passes ? error : noAnswer(error, method, url)
}

/**
 * An error of ky as one of ours; anything else comes back as it is.
 *
 * @param method - of the request that failed
 * @param url - full address of the request
 */
export function translate(error: unknown, method: string, url: string): unknown {
  if (!(error instanceof Error)) return error
  const { name, response, data, cause } = error as Failure
  if (name === 'HTTPError' && response) {
    const answer = answerError(response, method, url, data)
    if (answer.status !== 403) return answer
    return new AuthError('AUTH_DENIED', answer.message, {}, { cause: answer })
  }
  if (name === 'TimeoutError') {
    const address = redact(url)
    const message = `${method} ${address} got no answer in time`
    return new ConnectionError('TIMEOUT', message, address, { cause: error })
  }
  return name === 'NetworkError' ? noAnswer(cause ?? error, method, url) : error
}

/** What a registry answered, where that is behind an error: a 403 is an `AuthError` with the answer as its cause. */
export function answerBehind(error: unknown): RegistryError | undefined {
  const answer = error instanceof AuthError ? error.cause : error
  return answer instanceof RegistryError ? answer : undefined
}

/**
 * What broke off a body that was being read: a `ConnectionError`, since nothing but the connection is
 * behind it; our own errors and bugs as they are.
 */
export function bodyFailure(error: unknown, method: string, url: string): unknown {
  const broken = (error as Error | undefined)?.name === 'TypeError'
  return broken ? noAnswer(error, method, url) : fetchFailure(error, method, url)
}

/** The error for an answer with an error status. */
export function answerError(
  response: Response,
  method: string,
  url: string,
  data: unknown,
): RegistryError {
  const errors = entriesOf(data)
  return new RegistryError({
    method,
    url: redact(response.url || url),
    status: response.status,
    errors,
    retryAfter: retryAfter(response) || undefined,
    hint: answerHint(response, method, url, errors, data),
  })
}

/** Whether an answer says, whatever its status, that it is kept from who asks: then nothing is known to be missing. */
export function isWithheld({ errors }: RegistryError): boolean {
  return errors.some(({ code }) => /^(DENIED|UNAUTHORIZED|TOOMANYREQUESTS)$/.test(code))
}

function answerHint(
  { status }: Response,
  method: string,
  url: string,
  errors: readonly RegistryErrorEntry[],
  data: unknown,
): string | undefined {
  if (errors.some(({ code }) => code === 'NAME_UNKNOWN'))
    return 'There is no such repository: check its name, or push to it first'
  if (!url.startsWith('http:')) return undefined
  // The texts of Go's, nginx's and Apache's servers.
  if (/HTTPS (server|port)|SSL-enabled server/i.test(String(data)))
    return 'It speaks https: pass plainHttp: false to repository()'
  // The answer to a HEAD has no text, and no registry finds this one bad.
  if (method === 'HEAD' && status === 400)
    return 'If it speaks https, pass plainHttp: false to repository()'
  return undefined
}

function noAnswer(error: unknown, method: string, url: string): ConnectionError {
  const address = redact(url)
  const text = innermostText(error)
  const hint = connectionHint(url, error)
  return new ConnectionError(
    'CONNECTION',
    `${method} ${address} got no answer: ${text}${hint ? `. ${hint}` : ''}`,
    address,
    { cause: error },
  )
}

function connectionHint(url: string, error: unknown): string | undefined {
  if (isPage())
    return 'The network is broken, or the registry does not allow this page (CORS), or not this path'
  const { code } = Object(innermost(error)) as { readonly code?: string }
  const text = `${code} ${innermostText(error)}`
  // The texts of OpenSSL and rustls where no TLS comes back.
  if (
    url.startsWith('https:') &&
    /wrong.version.number|packet length too long|InvalidContentType/i.test(text)
  )
    return 'It does not speak https: pass plainHttp: true to repository(), or http:// to gateway(), if it speaks http'
  // It hangs up, or answers with a TLS alert, which is no HTTP.
  if (url.startsWith('http:') && /UND_ERR_SOCKET|ECONNRESET|Expected HTTP/.test(text))
    return 'If it speaks https, pass plainHttp: false to repository()'
  return undefined
}

/** Entries of an error body; ky has parsed it where its type said JSON. */
function entriesOf(data: unknown): readonly RegistryErrorEntry[] {
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

/** When a limit is reset, in seconds or as seconds since 1970: the names that ky reads too. */
const resets = [
  ...['ratelimit-reset', 'x-ratelimit-retry-after', 'x-ratelimit-reset', 'x-rate-limit-reset'],
]

/** Milliseconds that a registry asks to wait; 0 when it does not say. What ky waits for is what is read here. */
export function retryAfter({ status, headers }: Response): number {
  const own = headers.get('retry-after')
  const others = own === null && [429, 503].includes(status) ? resets : []
  const reset = others.map((name) => headers.get(name)).find((value) => value !== null)
  const text = own ?? reset ?? ''
  const time = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  const isDelay = /^\d+$/.test(text) && !(reset && time > Date.UTC(2024))
  const wait = isDelay ? time : time - Date.now()
  return wait > 0 ? wait : 0
}
