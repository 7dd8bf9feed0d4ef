/**
 * What all registries of one command share: options, logins, the connection.
 *
 * @module
 */
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { CredentialSource, RepositoryOptions } from '../../index.ts'
import { UsageError } from './exit-codes.ts'
import { makeFetch } from './fetch.ts'
import type { GlobalOptions } from './global-options.ts'
import { styled } from './style.ts'

/** What the places of one command share. */
export interface Session {
  readonly options: GlobalOptions
  /** Reads standard input, once for both sides of a copy. */
  readonly password: () => Promise<string>
  /** Writes a line on standard error. */
  readonly say: (line: string) => void
  /** Whether a registry was asked for anything yet. */
  asked: boolean
}

/** Makes a session. */
export function makeSession(options: GlobalOptions, say: Session['say']): Session {
  let read: Promise<string> | undefined
  return {
    options,
    say,
    asked: false,
    async password() {
      if (!options.passwordStdin) throw new UsageError('--user needs --password-stdin')
      read ??= text(process.stdin)
      return (await read).replace(/\r?\n$/, '')
    },
  }
}

/** Docker's file in a directory. */
export function configFile(directory: string | undefined): { readonly config?: string } {
  return directory === undefined ? {} : { config: join(directory, 'config.json') }
}

const loginHint = (registry: string) =>
  `run "ocilink login ${registry}", or pass --user with --password-stdin`

/** Checks what can be sent at all. */
export function checkUser(user: string | undefined): void {
  if (user !== undefined && /[:\p{Cc}]/u.test(user))
    throw new UsageError('a user name has no ":", and no control characters')
}

/** How a registry is spoken to, and as whom. */
export async function repositoryOptions(session: Session): Promise<RepositoryOptions> {
  const { user, passwordStdin, config } = session.options
  if (passwordStdin && user === undefined) throw new UsageError('--password-stdin needs --user')
  checkUser(user)
  const credentials =
    user === undefined
      ? await dockerLogins(config)
      : { username: user, password: await session.password() }
  return { ...(await connectionOptions(session)), credentials }
}

/** Docker's logins. They are read once a registry wants one, but what is wrong with them is not of its making. */
async function dockerLogins(directory: string | undefined): Promise<CredentialSource> {
  const { dockerCredentials } = await import('../../node/index.ts')
  const find = dockerCredentials(configFile(directory))
  const findOrBlame: CredentialSource = async (registry, repository) => {
    try {
      return await find(registry, repository)
    } catch (error) {
      const { code, message } = error as { readonly code?: string; readonly message: string }
      throw code === 'INVALID_INPUT' ? new UsageError(message, { cause: error }) : error
    }
  }
  return Object.assign(findOrBlame, find, { hint: loginHint })
}

/** How a registry is spoken to. */
export async function connectionOptions(
  session: Session,
): Promise<Omit<RepositoryOptions, 'credentials'>> {
  const { options, say } = session
  const { plainHttp, concurrency, timeout, debug } = options
  const warned = new Set<string>()
  return {
    fetch: await makeFetch(options),
    ...(plainHttp !== undefined && { plainHttp }),
    ...(concurrency !== undefined && { concurrency }),
    ...(timeout !== undefined && { timeout: timeout * 1000 }),
    onRequest({ method, url, status = 'no answer', duration }) {
      session.asked = true
      if (debug) say(`${method} ${url} ${status} ${Math.round(duration)} ms`)
    },
    ...(!options.quiet && {
      onWarning({ message }) {
        // A registry may send one with each answer.
        if (warned.has(message)) return
        warned.add(message)
        say(`${styled('unsure', 'ocilink: warning:', process.stderr)} ${message}`)
      },
    }),
  }
}
