// Two places to copy between: repositories of embedded registries, with what was asked of each.
import {
  type EmbeddedRegistryOptions,
  embeddedRegistry,
  type Profile,
} from '../../../src/embedded/index.ts'
import { type Repository, repository } from '../../../src/index.ts'
import { type Recorded, recorded } from '../../_wire.ts'

export interface Place {
  readonly app: Repository
  readonly wire: Recorded
  /** The same repository as another process sees it. */
  again(): Repository
}

/** A repository of a registry of its own. */
export function place(host: string, options: EmbeddedRegistryOptions = {}): Place {
  const { fetch } = embeddedRegistry(options)
  const wire = recorded(fetch)
  const again = () =>
    repository(`${host}/team/app`, { fetch: (request) => wire.fetch(request), retries: 0 })
  return { app: again(), wire, again }
}

/** A registry whose profile has these settings. */
export function bent(settings: Profile['settings']): EmbeddedRegistryOptions {
  return { profile: { name: 'bent', source: 'a test', date: '2026-11', settings } }
}

/** A registry that does not look whether what a manifest names is there. */
export const careless: EmbeddedRegistryOptions = bent({
  manifests: { requireBlobs: false, requireEntries: 'none' },
})
