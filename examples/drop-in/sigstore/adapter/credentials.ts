// Logins as @sigstore/oci has them: looked up before anything else, and at once.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseReference } from 'ocilink'

export interface Credentials {
  /** `<token>` where the password is an OAuth2 refresh token, as docker's credential helpers spell it. */
  readonly username: string
  readonly password: string
  /** Sent to the registry, and to nobody else. */
  readonly headers?: Record<string, string>
}

const lookUp = fileURLToPath(new URL('look-up.ts', import.meta.url))

/**
 * The login for an image's registry, from where docker and podman keep it, their credential helpers included. Helpers
 * are programs that take their time, and callers want no promise: a process of its own waits for them.
 *
 * @param imageName - `host[:port]/name`
 */
export function getRegistryCredentials(imageName: string): Credentials {
  const { registry, name } = parseReference(imageName)
  const found = execFileSync(process.execPath, [lookUp, registry, name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const credentials: Credentials | undefined = found ? JSON.parse(found) : undefined
  if (!credentials) throw new Error(`No credentials found for registry ${registry}`)
  return credentials
}
