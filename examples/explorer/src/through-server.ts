// Requests to a registry by way of `ocilink explore`, which has the logins (src/cli/lib/explorer.ts).
import { AuthError, ConnectionError, type Fetch } from 'ocilink'

/** @param registries - where the server passes requests on */
export function throughServer(registries: URL, registry: string): Fetch {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry
  return async (request) => {
    const { protocol, host: to, pathname, search, origin } = new URL(request.url)
    // Token services and storage are the server's business.
    if (to !== new URL(`${protocol}//${host}`).host) throw new TypeError(`${to} is not ${host}`)
    const address = new URL(`${encodeURIComponent(registry)}${pathname}${search}`, registries)
    const asked = `${origin}${pathname}`
    const { body, headers: given } = await ask(new Request(address, request), asked)
    const error = given.get('x-ocilink-error')
    if (error !== null) throw failure(error, asked)
    // So that the console has no error for what is not there, and the browser does not act on types.
    const status = Number(given.get('x-ocilink-status'))
    const hasBody = request.method !== 'HEAD' && ![204, 205, 304].includes(status)
    const headers = new Headers(given)
    const type = given.get('x-ocilink-type')
    if (type === null) headers.delete('content-type')
    else headers.set('content-type', type)
    return new Response(hasBody ? body : null, { status, headers })
  }
}

async function ask(request: Request, url: string): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    request.signal.throwIfAborted()
    const message = '`ocilink explore` does not answer: it may run no more'
    throw new ConnectionError('CONNECTION', message, url, { cause: error })
  }
}

/** What the server could not do, as the error that it would be without one. */
function failure(encoded: string, url: string): AuthError | ConnectionError {
  const { code, message } = JSON.parse(decodeURIComponent(encoded))
  if (code === 'AUTH_REQUIRED' || code === 'AUTH_DENIED') return new AuthError(code, message)
  return new ConnectionError('CONNECTION', message, url)
}
