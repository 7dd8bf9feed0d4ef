// Writes the login for a repository to standard output, as JSON; nothing where there is none.
import { dockerCredentials } from 'ocilink/node'

try {
  const [registry = '', name] = process.argv.slice(2)
  const found = await dockerCredentials()(registry, name)
  if (found) process.stdout.write(JSON.stringify(asPassword(found)))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** With the name that docker's credential helpers give to a refresh token. */
function asPassword(found: object): object {
  if ('registryToken' in found) throw new Error('The login is a bearer token, and no password')
  return 'identityToken' in found ? { username: '<token>', password: found.identityToken } : found
}
