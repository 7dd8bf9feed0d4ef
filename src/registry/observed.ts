/**
 * The same repository seen through a window: what is asked through it is told, and no manifest is
 * read twice. For calls that read through several strategies at once (discover.ts, detect.ts).
 *
 * @module
 */
import type { Capabilities } from './capabilities.ts'
import type { StoredManifest } from './manifests.ts'
import { internals, type Repository } from './repository.ts'

/** What was asked of a registry, and how it answered. */
export interface Asked {
  readonly method: string
  /** Path, without its query. */
  readonly path: string
  /** HTTP status; absent when no answer came. */
  readonly status?: number | undefined
}

/** Manifests that were read, by what was asked for; shared by windows of one call. */
export type Reads = Pick<Map<string, Promise<StoredManifest | undefined>>, 'get' | 'set'>

/**
 * The same repository as if its registry kept no list: what strategies keep at tags is read there. Without
 * warnings, since on a registry with the list others may use these tags. Nothing is learnt of it.
 */
export function withoutList(repo: Repository, list: keyof Capabilities): Repository {
  const own = repo[internals]
  return {
    ...repo,
    capabilities: { ...repo.capabilities, [list]: 'unsupported' },
    [internals]: { ...own, options: { ...own.options, onWarning: undefined } },
  }
}

/** Opens a window on a repository; what is learnt of the registry is learnt by both. */
export function observed(repo: Repository, tell: (asked: Asked) => void, reads: Reads): Repository {
  const own = repo[internals]
  return {
    ...repo,
    [internals]: {
      ...own,
      reads,
      async exchange(wire, scopes) {
        const asked = { method: wire.method, path: new URL(wire.url).pathname }
        try {
          const response = await own.exchange(wire, scopes)
          tell({ ...asked, status: response.status })
          return response
        } catch (error) {
          tell(asked)
          throw error
        }
      },
    },
  }
}
