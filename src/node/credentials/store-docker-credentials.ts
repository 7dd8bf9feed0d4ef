/**
 * Keeps a login where `docker login` keeps it.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { encodeBase64 } from '../../platform/base64.ts'
import { checkOptions } from '../../platform/options.ts'
import { configPaths, createConfigReader, hidden, parseHost, serverUrl } from './config-files.ts'
import { type DockerCredentialsOptions, dockerChecks } from './docker-credentials.ts'
import { giveHelper, helpersOf } from './helper.ts'
import { changeAuths } from './write-config.ts'

/** Where a login was kept. */
export interface StoredCredentials {
  /** Docker's config file. */
  readonly config: string
  /** Name of the helper that keeps the password; `undefined` where it is in the file, which anybody can read who may. */
  readonly helper: string | undefined
}

/**
 * Keeps a login where `docker login` keeps it: with the credential helper that docker's config file names for the
 * registry (`credHelpers`, else `credsStore`), else in that file. `dockerCredentials()`, docker and most other tools find
 * it there. It is not tried at the registry: `checkLogin()` of `ocilink/registry` does that.
 *
 * The file is replaced by a whole one or not at all; what else is in it stays. A new one can be read by its owner alone.
 *
 * @param registry - `host[:port]`; Docker Hub is `docker.io`
 * @throws `InvalidInputError` `INVALID_INPUT` for a user name or password that cannot be sent, or a broken file;
 *   `AuthError` `AUTH_REQUIRED` for a helper that is missing or fails; the signal's own reason; the system's own errors
 * @see {@link https://docs.docker.com/reference/cli/docker/login/#credential-stores}
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises'
 * import { join } from 'node:path'
 * import { dockerCredentials, storeDockerCredentials } from 'ocilink/node'
 *
 * const config = join(await mkdtemp('docker-'), 'config.json')
 * const login = { username: 'me', password: 'secret' }
 * await storeDockerCredentials('registry.example.com', login, { config })
 * console.log(await dockerCredentials({ config })('registry.example.com'))
 * ```
 */
export async function storeDockerCredentials(
  registry: string,
  credentials: { readonly username: string; readonly password: string },
  options: DockerCredentialsOptions = {},
): Promise<StoredCredentials> {
  checkOptions(options, dockerChecks)
  const { env = process.env, timeout = 30_000, signal } = options
  const host = parseHost(registry)
  check('username', credentials?.username, /^[^\p{Cc}:]+$/u, 'text without ":"')
  check('password', credentials?.password, /^\P{Cc}+$/u, 'text')
  signal?.throwIfAborted()
  const [path = ''] = configPaths(options.config, env)
  const config = await createConfigReader()(path)
  const { own, all } = config ? helpersOf(config, host) : {}
  const helper = own ?? all
  const server = serverUrl(host)
  if (helper) await giveHelper(helper, server, credentials, { env, timeout, signal })
  await changeAuths(path, (auths) => {
    // So docker writes it beside a helper.
    auths[server] = helper ? {} : { auth: encodeAuth(credentials) }
  })
  return { config: path, helper }
}

function check(field: string, value: unknown, accepts: RegExp, expected: string): void {
  if (typeof value === 'string' && accepts.test(value)) return
  const path = `credentials.${field}`
  const text = `${expected}, without control characters`
  throw new InvalidInputError('INVALID_INPUT', path, text, value === undefined ? value : hidden)
}

function encodeAuth(credentials: { readonly username: string; readonly password: string }): string {
  const text = `${credentials.username}:${credentials.password}`
  return encodeBase64(new TextEncoder().encode(text))
}
