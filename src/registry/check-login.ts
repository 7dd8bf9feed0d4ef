/**
 * Tries a login at a registry.
 *
 * @module
 */
import { dropBody } from '../platform/body.ts'
import { checkOptions } from '../platform/options.ts'
import { type Credentials, checkCredentials } from './auth/credentials.ts'
import { findManifest } from './manifests.ts'
import { type CallOptions, callChecks, type RepositoryOptions } from './options.ts'
import { send } from './send.ts'
import { wholeRegistry } from './whole-registry.ts'

/** Options of {@link checkLogin}. */
export type CheckLoginOptions = CallOptions & Omit<RepositoryOptions, 'credentials'>

/**
 * Tries a login at a registry, as `docker login` does before it keeps one.
 *
 * Requests: `GET /v2/`, and what its challenge asks for: the same with the credentials, and a token before it. One more
 * where the registry has its challenge beside an answer for all.
 *
 * @param registry - `host[:port]`; Docker Hub is `docker.io`
 * @returns whether the registry wanted the credentials, and took them; `false` where it asks nobody for a login
 * @throws `AuthError` `AUTH_DENIED` where it refuses them, `RegistryError`, `ConnectionError`, `InvalidInputError`
 *   `INVALID_INPUT`, the signal's reason
 * @see {@link https://distribution.github.io/distribution/spec/auth/token/}
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { checkLogin } from 'ocilink/registry'
 *
 * const users = [{ name: 'me', password: 'secret' }]
 * const { fetch } = embeddedRegistry({ auth: { scheme: 'basic', users } })
 * const login = { username: 'me', password: 'secret' }
 * console.log(await checkLogin('registry.example.com', login, { fetch }))
 * ```
 */
export async function checkLogin(
  registry: string,
  credentials: Credentials,
  options: CheckLoginOptions = {},
): Promise<boolean> {
  const { signal, ...rest } = options
  checkOptions({ signal }, callChecks)
  checkCredentials(credentials)
  let wanted = false
  const source = async () => {
    wanted = true
    return credentials
  }
  const repo = wholeRegistry(registry, { ...rest, credentials: source })
  const answer = await send(repo, { method: 'GET', path: '/v2/', actions: [], signal })
  dropBody(answer)
  // zot has its challenge also beside 200, where some of its repositories are for all: what is not there makes it ask.
  if (!wanted && answer.headers.has('www-authenticate'))
    await findManifest(repo, 'login', { signal })
  return wanted
}
