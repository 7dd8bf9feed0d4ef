/**
 * `ocilink serve`: the embedded registry on a port, in memory or in a directory.
 *
 * @module
 */
import { once } from 'node:events'
import { embeddedRegistry, type ProfileName, profiles } from '../embedded/index.ts'
import { type LayoutStorage, layoutStorage, serve as listen } from '../node/index.ts'
import { type Command, readNumber, readOptions, UsageError } from './command.ts'

/** How long running requests may take once the program is told to stop, in milliseconds. */
const closeTimeout = 30_000

const help = `Usage: ocilink serve [options]

Serves a registry. Its address is the first line of standard output. SIGTERM and SIGINT stop it once
running requests have ended; a second one stops it at once.

Options:
  --dir D        keeps content in the directory D, where the repository "team/app" is the OCI image
                 layout D/team/app; without it content is kept in memory
  --name N       the directory itself is the layout of the repository N
  --profile P    is like another registry:
                 ${profileList()}
  --host H       address to listen on (default: 127.0.0.1, this machine only)
  --port N       port to listen on (default: one that is free)
`

/** Serves until it is told to stop. */
export const serve: Command = {
  help,
  async run(args) {
    const options = readOptions(args, ['dir', 'name', 'profile', 'host', 'port'])
    const port = readNumber('--port', options.port, 65_535)
    const profile = readProfile(options.profile)
    const storage = await openStorage(options.dir, options.name)
    try {
      const registry = embeddedRegistry({ storage, profile })
      const onError = (error: unknown) => console.error(error)
      const server = await listen(registry, { port, host: options.host, closeTimeout, onError })
      process.stdout.write(`${server.url}\n`)
      await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
      for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1))
      await server.close()
    } finally {
      await storage?.close()
    }
    // Not left to the end of all timers: what was asked for is done.
    process.exit()
  },
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
  return names.replace(/(.{60,72},) /g, `$1\n${' '.repeat(17)}`)
}
