/**
 * Credentials from where `docker login` and `podman login` keep them: their config files and the
 * credential helpers that these name.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { decodeBase64 } from '../../platform/base64.ts'
import {
  abortSignal,
  type Checks,
  checkOptions,
  isObject,
  milliseconds,
  string,
} from '../../platform/options.ts'
import type { CredentialSource, Credentials } from '../../registry/auth/credentials.ts'
import {
  type Config,
  canonicalHost,
  configPaths,
  createConfigReader,
  entriesFor,
  hidden,
  namespaceEntries,
  parseHost,
  serverUrl,
} from './config-files.ts'
import { askHelper, type HelperOptions, helpersOf } from './helper.ts'

/** Options of {@link dockerCredentials}. */
export interface DockerCredentialsOptions {
  /**
   * Path of docker's config file, which must be there if it is given.
   *
   * @default `$DOCKER_CONFIG/config.json`, else `~/.docker/config.json`
   */
  readonly config?: string | undefined
  /**
   * Milliseconds that a credential helper may take; some show a dialog.
   *
   * @default 30_000
   */
  readonly timeout?: number | undefined
  /** Ends lookups under way, and the helpers that they started. */
  readonly signal?: AbortSignal | undefined
  /**
   * Environment: where the files are, where helpers are found, and what helpers get.
   *
   * @default process.env
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** @internal Checks of {@link DockerCredentialsOptions}. */
export const dockerChecks: Checks<DockerCredentialsOptions> = {
  config: string,
  timeout: milliseconds,
  signal: abortSignal,
  env: ['an object', isObject],
}

/**
 * Credentials as docker and podman know them. Docker's config file is looked at first, then podman's
 * (`$REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json`,
 * `~/.config/containers/auth.json`); the first that knows the registry answers. A missing file is
 * skipped. Nothing is read before the first lookup; after that a file is read again only when it
 * has changed.
 *
 * Within a file one place is in charge of a registry, as in docker: its helper in `credHelpers`,
 * else the helper of all registries in `credsStore`, else its entry in `auths`. An entry in `auths`
 * beside a helper is not used: it is left from before the helper, and docker does not look at it
 * either. A helper that cannot be run is an error, never "no credentials". Podman's keys for a part of
 * a registry, such as `quay.io/my-org`, stand above the login of the whole registry, the longest first.
 *
 * @returns a source that resolves to `undefined` where none of them knows the registry. A registry that
 *   wants credentials then answers with `AUTH_REQUIRED`, whose message says how to log in
 * @throws `InvalidInputError` `INVALID_INPUT` for a wrong option; through the source: `InvalidInputError` `INVALID_INPUT` for a broken file, naming
 *   file and field; `AuthError` `AUTH_REQUIRED` for a helper that is missing or fails; the signal's
 *   own reason
 * @see {@link https://docs.docker.com/reference/cli/docker/login/#credential-stores}
 * @example
 * ```ts
 * import { dockerCredentials } from 'ocilink/node'
 *
 * const credentials = dockerCredentials()
 * const found = await credentials('registry.example.com')
 * console.log(found ? 'logged in' : 'anonymous')
 * ```
 */
export function dockerCredentials(options: DockerCredentialsOptions = {}): CredentialSource {
  checkOptions(options, dockerChecks)
  const { signal, timeout = 30_000, env = process.env } = options
  const read = createConfigReader()
  async function find(registry: string, repository = ''): Promise<Credentials | undefined> {
    const host = parseHost(registry)
    if (typeof repository !== 'string')
      throw new TypeError(`"repository" must be a string, got ${typeof repository}`)
    for (const path of configPaths(options.config, env)) {
      signal?.throwIfAborted()
      const config = await read(path)
      if (!config && path === options.config) {
        throw new InvalidInputError('INVALID_INPUT', 'config', 'a file that is there', path)
      }
      const found = config && (await lookUp(config, host, repository, { env, timeout, signal }))
      if (found) return found
    }
    return undefined
  }
  /** Also where a file cannot be read, or is not there: the lookup tells what is wrong. */
  async function mayKnow(registry: string, repository = ''): Promise<boolean> {
    const host = canonicalHost(registry)
    for (const path of configPaths(options.config, env)) {
      const config = await read(path).catch(() => 'broken' as const)
      if (config === 'broken') return true
      if (config ? namesLogin(config, host, repository) : path === options.config) return true
    }
    return false
  }
  const hint = (registry: string) => {
    const server = canonicalHost(registry)
    const files = configPaths(options.config, env).join(', ')
    const login = server === 'docker.io' ? 'docker login' : `docker login ${server}`
    return `there is no login for ${server} in ${files}; run "${login}"`
  }
  return Object.assign(find, { hint, mayKnow, perRepository: true })
}

/** Whether a file has something for a registry: a helper, which may know it, or an entry. */
function namesLogin({ auths, credHelpers, credsStore }: Config, host: string, repository: string) {
  const server = serverUrl(host)
  return (
    Boolean(credsStore) ||
    entriesFor(credHelpers, host, server).length > 0 ||
    namespaceEntries(auths, host, repository).length > 0 ||
    entriesFor(auths, host, server).length > 0
  )
}

async function lookUp(
  config: Config,
  host: string,
  repository: string,
  options: HelperOptions,
): Promise<Credentials | undefined> {
  const server = serverUrl(host)
  const { own, all } = helpersOf(config, host)
  if (own) return askHelper(own, server, options)

  const parts = findLogin(config, namespaceEntries(config.auths, host, repository))
  if (parts) return parts
  if (all) return askHelper(all, server, options)
  return findLogin(config, entriesFor(config.auths, host, server))
}

function findLogin(
  { path }: Config,
  entries: readonly (readonly [key: string, value: unknown])[],
): Credentials | undefined {
  for (const [key, entry] of entries) {
    const found = parseEntry(entry, `${path}: auths['${key}']`)
    if (found) return found
  }
  return undefined
}

/** Docker prefers the tokens: what `auth` holds beside one is a placeholder. */
function parseEntry(entry: unknown, path: string): Credentials | undefined {
  if (!isObject(entry)) {
    throw new InvalidInputError('INVALID_INPUT', path, 'an object', hidden)
  }
  const text = (key: string): string => {
    const value: unknown = Object.hasOwn(entry, key) ? Reflect.get(entry, key) : ''
    if (typeof value === 'string') return value
    throw new InvalidInputError('INVALID_INPUT', `${path}.${key}`, 'a string', hidden)
  }
  if (text('registrytoken')) return { registryToken: text('registrytoken') }
  if (text('identitytoken')) return { identityToken: text('identitytoken') }
  if (text('auth')) return parseAuth(text('auth'), `${path}.auth`)
  if (text('username')) return { username: text('username'), password: text('password') }
  return undefined
}

function parseAuth(auth: string, path: string): Credentials {
  const text = new TextDecoder().decode(decodeBase64(auth))
  const colon = text.indexOf(':')
  if (colon < 1)
    throw new InvalidInputError('INVALID_INPUT', path, 'base64 of user:password', hidden)
  // Old versions of docker padded with NUL, and docker still cuts that off.
  const password = text.slice(colon + 1).replace(/\0+$/, '')
  return { username: text.slice(0, colon), password }
}
