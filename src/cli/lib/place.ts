/**
 * Where content is: a registry, a layout in a directory, or an archive.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ProgressEvent, Repository, RepositoryOptions } from '../../index.ts'
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
}

/** Makes a session. */
export function makeSession(options: GlobalOptions, say: Session['say']): Session {
  let read: Promise<string> | undefined
  return {
    options,
    say,
    async password() {
      if (!options.passwordStdin) throw new UsageError('--user needs --password-stdin')
      read ??= text(process.stdin)
      return (await read).replace(/\r?\n$/, '')
    },
  }
}

/** A reference that was opened. */
export interface Place {
  readonly repo: Repository
  /** A digest or a tag. */
  readonly subject: string
  close(): Promise<void>
}

/**
 * What a place is opened for: `change` writes to what is there, `write` makes it where it is not, and `look` is where
 * something would be written.
 */
export type Use = 'read' | 'change' | 'write' | 'look'

const box = /^oci-(layout|archive):(?<path>.+?)(?<ref>@[a-z0-9]+:[0-9a-f]+|:[\w][\w.-]{0,127})?$/s

/**
 * Opens `host/name[:tag][@digest]`, `oci-layout:DIR[:tag|@digest]` or `oci-archive:FILE[:tag|@digest]`.
 *
 * @param onProgress - called when bytes of a blob moved
 * @throws `InvalidInputError`, and the system's own errors
 */
export async function openPlace(
  reference: string,
  session: Session,
  use: Use = 'read',
  onProgress?: (event: ProgressEvent) => void,
): Promise<Place> {
  const found = box.exec(reference)
  if (found) {
    return openBox(found[1]!, found.groups as { path: string; ref?: string }, use, onProgress)
  }
  const { locate } = await import('../../index.ts')
  const options = { ...(await repositoryOptions(session)), onProgress }
  return { ...locate(reference, options), close: async () => {} }
}

async function openBox(
  kind: string,
  { path, ref }: { readonly path: string; readonly ref?: string },
  use: Use,
  onProgress: ((event: ProgressEvent) => void) | undefined,
): Promise<Place> {
  const subject = ref?.slice(1) ?? 'latest'
  const { archive, layout } = await import('../../node/index.ts')
  const writes = use === 'write' || use === 'change'
  if (kind === 'archive' && writes) {
    throw new UsageError(
      `oci-archive:${path} is only read: write to an oci-layout:, then "save" it`,
    )
  }
  if (use === 'look' && !existsSync(path)) {
    const { memoryBox } = await import('../../archive/index.ts')
    return { repo: memoryBox().repository(), subject, close: async () => {} }
  }
  const opened =
    kind === 'archive'
      ? await archive(path)
      : // A layout that is only read has to be there.
        await layout(path, { readOnly: !writes || (use === 'change' && !existsSync(path)) })
  const repo = opened.repository(undefined, { onProgress })
  return { repo, subject, close: () => opened.close() }
}

/** Docker's file in a directory. */
export function configFile(directory: string | undefined): { readonly config?: string } {
  return directory === undefined ? {} : { config: join(directory, 'config.json') }
}

const loginHint = (registry: string) =>
  `run "ocilink login ${registry}", or pass --user with --password-stdin`

/** How the registry is spoken to. */
async function repositoryOptions({ options, password, say }: Session): Promise<RepositoryOptions> {
  const { dockerCredentials } = await import('../../node/index.ts')
  const { plainHttp, user, config, concurrency, timeout, debug } = options
  const credentials =
    user === undefined
      ? Object.assign(dockerCredentials(configFile(config)), { hint: loginHint })
      : { username: user, password: await password() }
  return {
    credentials,
    fetch: await makeFetch(options),
    ...(plainHttp !== undefined && { plainHttp }),
    ...(concurrency !== undefined && { concurrency }),
    ...(timeout !== undefined && { timeout: timeout * 1000 }),
    ...(debug && {
      onRequest: ({ method, url, status = 'no answer', duration }) =>
        say(`${method} ${url} ${status} ${Math.round(duration)} ms`),
    }),
    ...(!options.quiet && {
      onWarning: ({ message }) =>
        say(`${styled('unsure', 'ocilink: warning:', process.stderr)} ${message}`),
    }),
  }
}
