// Where a scenario runs: registries of one kind, clients that know nothing of each other, and a count
// of what those send whose requests belong to the story.
import { type Fetch, type Repository, repository, type Strategy } from '../../src/index.ts'

/** A registry, and where in it nobody else works. */
export interface Registry {
  /** Host, and the first part of the names of repositories. */
  readonly prefix: string
  readonly fetch: Fetch
}

/** A kind of registry. */
export interface Place {
  readonly name: string
  /** The name, with what it has. */
  readonly title: string
  /** An empty one. */
  open(): Registry
  /** One of this kind elsewhere. */
  other(): Registry
  /** One that knows nothing of references. */
  plain(): Registry
  /** One of this kind whose tags cannot be moved, where there is such a thing. */
  locked?(): Registry
}

export interface Sent {
  readonly method: string
  readonly path: string
  /** Digest of the manifest that was read, as the registry says it. */
  readonly manifest?: string | undefined
}

export interface World {
  readonly place: Place
  readonly strategy: Strategy
  readonly here: Registry
  /** Options of writing, for who is not alone but for the wait. */
  readonly write: { readonly strategy: Strategy; readonly settle: number }
  /** A process of its own, whose requests count. */
  client(registry?: Registry, name?: string): Repository
  /** A process that sets up and looks after; its requests do not count. */
  helper(registry?: Registry, name?: string): Repository
  /** Options that make the requests of a client of somewhere else count. */
  readonly counted: { readonly onRequest: () => void }
  /** Every request that counts, in order. */
  readonly sent: readonly Sent[]
}

export function makeWorld(place: Place, strategy: Strategy): World {
  const here = place.open()
  const sent: Sent[] = []
  const open = (registry: Registry, name: string, watch: (fetch: Fetch) => Fetch) =>
    repository(`${registry.prefix}/${name}`, { fetch: watch(registry.fetch) })
  const counting =
    (fetch: Fetch): Fetch =>
    async (request) => {
      const { method, url } = request
      const entry: Sent = { method, path: new URL(url).pathname }
      const at = sent.push(entry) - 1
      const response = await fetch(request)
      const isRead = response.ok && method === 'GET' && entry.path.includes('/manifests/')
      if (isRead) sent[at] = { ...entry, manifest: manifestOf(entry.path, response) }
      return response
    }
  // A function of its own for each: processes that share one share what they have seen.
  const plain =
    (fetch: Fetch): Fetch =>
    (request) =>
      fetch(request)
  return {
    place,
    strategy,
    here,
    write: { strategy, settle: 1 },
    client: (registry = here, name = 'app') => open(registry, name, counting),
    helper: (registry = here, name = 'app') => open(registry, name, plain),
    counted: { onRequest: () => void sent.push({ method: '', path: '' }) },
    sent,
  }
}

const manifestOf = (path: string, { headers }: Response): string =>
  headers.get('docker-content-digest') ?? path.split('/').at(-1)!
