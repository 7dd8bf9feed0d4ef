/**
 * A layout or archive as a registry of its own: what the calls of this package take.
 *
 * @module
 */
import { embeddedRegistry } from '../embedded/registry.ts'
import type { Storage } from '../embedded/storage/storage.ts'
import type { RepositoryOptions } from '../registry/options.ts'
import { type Repository, repository } from '../registry/repository.ts'
import type { Fetch } from '../registry/wire/exchange.ts'
import type { BoxEntry } from './entries.ts'
import type { LayoutReader } from './layout-reader.ts'

/** Options of a box's repository: those of `repository()`, but for where it is. `timeout` is 600 000 by default. */
export type BoxRepositoryOptions = Omit<
  RepositoryOptions,
  'fetch' | 'credentials' | 'plainHttp' | 'trustedHosts'
>

/** Content in the form of an OCI layout: a directory, an archive, or memory. */
export interface Box {
  /** Whether writes are refused: as a registry's answer, `RegistryError` with status 405. */
  readonly readOnly: boolean
  /** Answers requests as a registry does; the address does not matter. */
  readonly fetch: Fetch
  /**
   * A repository in it, for every call of this package.
   *
   * A box that names several repositories wants the name of one of them, with its host or without. One that
   * names one or none goes by whichever name, and without. What is written holds one repository: it goes by the
   * name that is given first.
   *
   * @param name - such as `team/app`
   * @throws `InvalidInputError` `INVALID_INPUT` for a name that is not there, listing those that are;
   *   `INVALID_REFERENCE` for what is no name
   */
  repository(name?: string, options?: BoxRepositoryOptions): Repository
  /** What is in it: the manifests that its index names now, with their names. */
  entries(): Promise<readonly BoxEntry[]>
  /** Saves what is open, and gives back files and temporary files. */
  close(): Promise<void>
}

/** What a box is made of. */
export interface BoxParts {
  readonly storage: Storage
  readonly readOnly: boolean
  /** The name in requests of the name that is given. */
  readonly pathOf: (name: string | undefined) => string
  /** What it holds now, to be read. */
  readonly read: () => Promise<LayoutReader>
  /** @default those of what `read` gives */
  readonly entries?: (() => Promise<readonly BoxEntry[]>) | undefined
  readonly close: () => Promise<void>
}

/** A name that no network has (RFC 6761 section 6.4). */
const HOST = 'box.invalid'

/** A disk is no network: the first request may read every manifest, in milliseconds. */
const PATIENCE = 600_000

/** Far above what a file system holds: a box takes what was somewhere else already. */
const LARGEST_BLOB = 2 ** 50

/** What is in boxes, for those that write archives of them. */
const readers = /* @__PURE__ */ new WeakMap<Box, () => Promise<LayoutReader>>()

/** Makes a box. */
export function makeBox(parts: BoxParts): Box {
  const { storage, readOnly, pathOf, read, close } = parts
  const entries = parts.entries ?? (async () => (await read()).entries)
  const { fetch } = embeddedRegistry({
    storage,
    readOnly,
    // In a box a referrer may come before its subject, whatever links it.
    missingSubject: 'accept',
    // Some platforms may be all that is taken along.
    missingEntries: 'accept',
    limits: { blob: LARGEST_BLOB },
  })
  let closing: Promise<void> | undefined
  const box: Box = {
    readOnly,
    fetch,
    repository: (name, options = {}) =>
      repository(`${HOST}/${pathOf(name)}`, { timeout: PATIENCE, ...options, fetch }),
    entries,
    close() {
      closing ??= close()
      return closing
    },
  }
  readers.set(box, read)
  return box
}

/**
 * Reads what a box holds, at the time of each call.
 *
 * @throws `TypeError` for what is no box
 */
export function readerOf(box: Box): () => Promise<LayoutReader> {
  const read = readers.get(box)
  if (read) return read
  throw new TypeError('"box" is no box: make one with layout(), archive() or memoryBox()')
}
