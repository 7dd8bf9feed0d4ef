/**
 * A fetch that logs in.
 *
 * @module
 */
import { repositoryScopes, type Scopes } from './auth/scopes.ts'
import type { RepositoryOptions } from './options.ts'
import { internalsOf } from './repository.ts'
import { wholeRegistry } from './whole-registry.ts'
import type { Fetch } from './wire/exchange.ts'
import { bodyFailure } from './wire/failures.ts'

/** A registry that is asked with a login. */
export interface LoggedIn {
  /** Where it is, such as `https://registry.example.com`: requests go there. */
  readonly origin: string
  readonly fetch: Fetch
}

/** What a path of a repository begins with (distribution-spec 1.1, "Endpoints", and those of the proposals). */
const ofRepository =
  /^\/(?:v2|v3|oras\/artifacts\/v1)\/(?<name>.+?)\/(?:manifests|blobs|tags|referrers|nodes|objects|_oras|_oci)(?:\/|$)/

/**
 * Makes a `fetch` that sends requests to a registry with a login, for requests that are not made by this package: those of
 * a gateway for one user, or of a page behind one. Challenges are answered, and tokens kept and renewed, as for
 * `repository()`. Redirects are followed, and credentials go to no other origin.
 *
 * What comes with an `Authorization` of its own, and what is for another origin, is sent as it is.
 *
 * @param registry - `host[:port]`; Docker Hub is `docker.io`
 * @throws `InvalidInputError` `INVALID_INPUT` naming the option. The fetch rejects with `AuthError`, `ConnectionError`,
 *   `RegistryError` for a redirect that is not followed, or the signal's reason
 * @example
 * ```ts
 * import { gateway } from 'ocilink/gateway'
 * import { dockerCredentials } from 'ocilink/node'
 * import { loggedIn } from 'ocilink/registry'
 *
 * const { origin, fetch } = loggedIn('registry.example.com', { credentials: dockerCredentials() })
 * const mine = gateway({ upstream: origin, fetch })
 * console.log(typeof mine.fetch)
 * ```
 */
export function loggedIn(registry: string, options: RepositoryOptions = {}): LoggedIn {
  const { fetch: plain = globalThis.fetch } = options
  const repo = wholeRegistry(registry, options)
  const { origin, exchange } = internalsOf(repo)
  const fetch: Fetch = async (request) => {
    const { method, headers, signal } = request
    const { pathname, origin: to } = new URL(request.url)
    if (to !== origin.origin || headers.has('authorization')) return plain(request)
    const of = ofRepository.exec(pathname)?.groups?.name
    const actions = method === 'GET' || method === 'HEAD' ? ['pull'] : ['pull', 'push']
    const scopes: Scopes = of === undefined ? new Map() : repositoryScopes(of, actions)
    const body = request.body ?? undefined
    const wire = { method, url: request.url, headers, body, signal }
    try {
      return await exchange(wire, scopes, of ?? repo.name)
    } catch (error) {
      signal.throwIfAborted()
      throw bodyFailure(error, method, request.url)
    }
  }
  return { origin: origin.origin, fetch }
}
