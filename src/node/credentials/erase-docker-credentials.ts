/**
 * Forgets a login as `docker logout` does.
 *
 * @module
 */
import { checkOptions } from '../../platform/options.ts'
import {
  configPaths,
  createConfigReader,
  entriesFor,
  parseHost,
  serverUrl,
} from './config-files.ts'
import { type DockerCredentialsOptions, dockerChecks } from './docker-credentials.ts'
import { askHelperToForget, helpersOf } from './helper.ts'
import { changeAuths } from './write-config.ts'

/**
 * Forgets a login as `docker logout` does: in docker's config file, and with the credential helper that it names for the
 * registry. Logins in podman's file stay, and those of a part of a registry.
 *
 * @param registry - `host[:port]`; Docker Hub is `docker.io`
 * @returns whether the file named the registry
 * @throws `InvalidInputError` `INVALID_INPUT` for a broken file; `AuthError` `AUTH_REQUIRED` for a helper that is missing
 *   or fails; the signal's own reason; the system's own errors
 * @see {@link https://docs.docker.com/reference/cli/docker/logout/}
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises'
 * import { join } from 'node:path'
 * import { eraseDockerCredentials, storeDockerCredentials } from 'ocilink/node'
 *
 * const config = join(await mkdtemp('docker-'), 'config.json')
 * const login = { username: 'me', password: 'secret' }
 * await storeDockerCredentials('registry.example.com', login, { config })
 * console.log(await eraseDockerCredentials('registry.example.com', { config }))
 * ```
 */
export async function eraseDockerCredentials(
  registry: string,
  options: DockerCredentialsOptions = {},
): Promise<boolean> {
  checkOptions(options, dockerChecks)
  const { env = process.env, timeout = 30_000, signal } = options
  const host = parseHost(registry)
  signal?.throwIfAborted()
  const [path = ''] = configPaths(options.config, env)
  const config = await createConfigReader()(path)
  if (!config) return false
  const server = serverUrl(host)
  const { own, all } = helpersOf(config, host)
  const helper = own ?? all
  if (helper) await askHelperToForget(helper, server, { env, timeout, signal })
  const keys = entriesFor(config.auths, host, server).map(([key]) => key)
  if (keys.length === 0) return false
  await changeAuths(path, (auths) => {
    for (const key of keys) delete auths[key]
  })
  return true
}
