/**
 * `ocilink serve`: the embedded registry on a port, in memory or in a directory.
 *
 * @module
 */
import {
  type AuthOptions,
  type EmbeddedRegistry,
  embeddedRegistry,
  type ProfileName,
  profiles,
} from '../embedded/index.ts'
import { type LayoutStorage, layoutStorage } from '../node/index.ts'
import { type Command, readNumber, readOptions, UsageError } from './command.ts'
import { listenUntilStopped } from './listen.ts'

const help = `Usage: ocilink serve [options]

Serves a registry. Its address is the first line of standard output. SIGTERM and SIGINT stop it once
running requests have ended; a second one stops it at once.

Options:
  --dir D           keeps content in the directory D, where the repository "team/app" is the OCI image
                    layout D/team/app; without it content is kept in memory
  --name N          the directory itself is the layout of the repository N
  --profile P       is like another registry:
                    ${profileList()}
  --host H          address to listen on (default: 127.0.0.1, this machine only)
  --port N          port to listen on (default: one that is free)
  --user N:P        lets in the user N with the password P, and nobody else; without ":P" the password
                    is taken from the environment variable OCILINK_PASSWORD; may be given more than
                    once (default: everybody may do everything)
  --allowed-host N  answers requests for the host N too; may be given more than once (default:
                    localhost, IP addresses and the name in --host, so that no web page can reach
                    the server by a name of its own)
  --cors O          lets web pages of the origin O use the registry, such as https://example.com, or
                    * for all pages (default: none)
`

const names = ['dir', 'name', 'profile', 'host', 'port', 'user', 'allowed-host', 'cors'] as const

/** Serves until it gets SIGTERM or SIGINT. */
export const serve: Command = {
  help,
  async run(args) {
    const options = readOptions(args, names, ['user', 'allowed-host'])
    const [host] = options.host
    const port = readNumber('--port', options.port[0], 65_535)
    const profile = readProfile(options.profile[0])
    const auth = readUsers(options.user)
    const cors = options.cors[0] ?? false
    const storage = await openStorage(options.dir[0], options.name[0])
    try {
      const registry = embeddedRegistry({ storage, profile, auth, cors })
      const allowedHosts = [...options['allowed-host'], ...options.host]
      const fetch = cors === false ? withoutPages(registry.fetch) : registry.fetch
      await listenUntilStopped({ fetch }, { port, host, allowedHosts })
    } finally {
      await storage?.close()
    }
    // Not left to the end of all timers: the work is done.
    process.exit()
  },
}

/**
 * Refuses what a web page sends: browsers add `Origin`, other clients do not. Without CORS a page cannot
 * read answers, but it could still push a blob by a POST that needs no preflight.
 */
function withoutPages(fetch: EmbeddedRegistry['fetch']): EmbeddedRegistry['fetch'] {
  return async (request) => {
    if (!request.headers.has('Origin')) return fetch(request)
    const message = 'web pages may not use this registry: start it with --cors'
    return Response.json({ errors: [{ code: 'DENIED', message }] }, { status: 403 })
  }
}

function readUsers(texts: readonly string[]): AuthOptions | undefined {
  if (texts.length === 0) return undefined
  const users = texts.map((text) => {
    const colon = text.indexOf(':')
    const name = colon < 0 ? text : text.slice(0, colon)
    const password = colon < 0 ? process.env.OCILINK_PASSWORD : text.slice(colon + 1)
    if (name === '' || !password) {
      throw new UsageError('--user must be <name>:<password>, or <name> with OCILINK_PASSWORD set')
    }
    return { name, password }
  })
  return { scheme: 'basic', users }
}

function readProfile(name: string | undefined): ProfileName | undefined {
  if (name === undefined || Object.hasOwn(profiles, name)) return name as ProfileName | undefined
  const known = Object.keys(profiles).join(', ')
  throw new UsageError(`there is no profile "${name}"; there are: ${known}`)
}

async function openStorage(
  directory: string | undefined,
  name: string | undefined,
): Promise<LayoutStorage | undefined> {
  if (directory !== undefined) return layoutStorage(directory, { name })
  if (name !== undefined) throw new UsageError('--name is for a directory; there is no --dir')
  return undefined
}

/** Their names in lines that fit a terminal. */
function profileList(): string {
  const names = Object.keys(profiles).join(', ')
  return names.replace(/(.{60,72},) /g, `$1\n${' '.repeat(20)}`)
}
