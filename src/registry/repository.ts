/**
 * A repository in a registry: what free functions take first.
 *
 * @module
 */
import { printable } from '../error-text.ts'
import { InvalidInputError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import { parseReference } from '../model/reference.ts'
import { unwaited } from '../platform/unwaited.ts'
import { type AuthenticatedExchange, authenticated } from './auth/authenticated.ts'
import { type Identity, identityOf } from './auth/identity.ts'
import type { Budget } from './budget.ts'
import { type Capabilities, capabilitiesOf } from './capabilities.ts'
import { checkRepositoryOptions, type RepositoryOptions } from './options.ts'
import type { Reads } from './stored-manifest.ts'
import { createExchange, type Fetch } from './wire/exchange.ts'
import { type Host, hostOf } from './wire/host.ts'
import { isLoopback } from './wire/origins.ts'

/** A type alone. Spreading drops a protected field, so that `{ ...repo, name }` does not compile. */
declare class Made {
  protected readonly made: true
}

/**
 * A repository in a registry, made by {@link repository} or {@link sibling}. A copy with other fields is
 * none: what was seen in one repository says nothing of another.
 */
export interface Repository extends Made {
  /** `host[:port]`; Docker Hub is `docker.io`. */
  readonly registry: string
  /** Such as `team/app`. */
  readonly name: string
  /** What the registry was seen to support; changes as requests find out. */
  readonly capabilities: Capabilities
}

/** What was seen of a registry's answers. */
interface Seen {
  /** See {@link sendsEtags}; `undefined` as long as there was no answer. */
  etags: boolean | undefined
  /** Whether a mount was refused where it should have opened an upload. */
  refusesMounts: boolean
}

/** What belongs to the registry and the caller's options; siblings share it. */
interface Connection extends Host {
  readonly origin: URL
  readonly options: RepositoryOptions
  /** Milliseconds. */
  readonly timeout: number
  readonly exchange: AuthenticatedExchange
  readonly identity: Identity
  /** What was seen of the registry's answers. */
  readonly seen: Seen
}

/** @internal What stands behind a {@link Repository}. */
export interface Internals extends Connection {
  /** Blobs that were seen in this repository and are taken for present, the oldest first. */
  readonly present: Set<Digest>
  /** Manifests that were read already, where one call reads through several strategies. */
  readonly reads?: Reads | undefined
  /** What the call has spent that this is a view for. */
  readonly budget?: Budget | undefined
}

/** By identity, so that a copy of a repository is none. */
const known = /* @__PURE__ */ new WeakMap<object, Internals>()

const defaultFetch: Fetch = (request) => globalThis.fetch(request)

/**
 * Names a repository. No request is made.
 *
 * @param reference - `host[:port]/name`; without a host it is Docker Hub's
 * @throws `InvalidInputError` `INVALID_REFERENCE`; `INVALID_INPUT` naming an option
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app', { onRequest: (event) => console.log(event) })
 * ```
 */
export function repository(reference: string, options: RepositoryOptions = {}): Repository {
  const { registry, name } = parseRepository(reference, 'reference')
  checkRepositoryOptions(options)
  const capabilities = capabilitiesOf(options.capabilities)
  return make(registry, name, capabilities, { ...connect(registry, options), present: new Set() })
}

/**
 * Names another repository of the same registry, with the same options. Both use the same credentials,
 * tokens and limit of concurrent requests; the new one begins with a copy of what the registry was seen
 * to support, and with nothing of what was seen in the other. No request is made.
 *
 * @param name - such as `team/other`
 * @throws `InvalidInputError` `INVALID_REFERENCE`
 * @example
 * ```ts
 * import { repository, sibling } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const base = sibling(app, 'team/base')
 * ```
 */
export function sibling(repo: Repository, name: string): Repository {
  const { reads: _, ...connection } = internalsOf(repo)
  const { registry, capabilities } = repo
  return make(
    registry,
    siblingName(repo, name, 'sibling'),
    { ...capabilities },
    { ...connection, present: new Set() },
  )
}

/** @internal The checked name of another repository of the same registry. */
export function siblingName({ registry }: Repository, name: string, path: string): string {
  if (typeof name !== 'string') throw new TypeError(`"${path}" must be a name, got ${typeof name}`)
  return parseRepository(`${registry}/${name}`, path).name
}

/**
 * @internal
 * @throws `TypeError` for what `repository()` did not make
 */
export function internalsOf(repo: Repository, path = 'repo'): Internals {
  const internals = known.get(repo)
  if (internals) return internals
  throw new TypeError(
    `"${path}" is no repository: make one with repository() or sibling(); a copy of one is none`,
  )
}

/** @internal Which writers are the same: those of one identity and one address. */
export function ownerOf(repo: Repository): {
  /** The same object for the same `fetch` and the same credentials. */
  readonly identity: object
  readonly address: string
} {
  const { identity, origin } = internalsOf(repo)
  return { identity, address: `${origin.origin}/${repo.name}` }
}

/** @internal Whether an answer of the registry had an ETag: only then may a condition be understood. */
export function sendsEtags(repo: Repository): boolean {
  return internalsOf(repo).seen.etags === true
}

/** @internal The same repository, with some of what stands behind it changed. */
export function viewOf(
  repo: Repository,
  changes: Partial<Internals>,
  capabilities: Capabilities = repo.capabilities,
): Repository {
  return make(repo.registry, repo.name, capabilities, { ...internalsOf(repo), ...changes })
}

/** @internal Throws what came of a path that this page asked for before, where it is not to ask again. */
export function throwHidden(repo: Repository, capability: keyof Capabilities): void {
  const failure = internalsOf(repo).hidden.get(capability)
  if (failure && failure.until > Date.now()) throw failure.error
}

/** @internal Gives the caller's `onWarning` a text. */
export function warn(repo: Repository, message: string): void {
  internalsOf(repo).options.onWarning?.({ message: printable(message) })
}

function make(
  registry: string,
  name: string,
  capabilities: Capabilities,
  internals: Internals,
): Repository {
  const repo = { registry, name, capabilities } as Repository
  known.set(repo, internals)
  return repo
}

function parseRepository(
  reference: string,
  path: string,
): { readonly registry: string; readonly name: string } {
  const { registry, name, tag, digest } = parseReference(reference, path)
  if (tag ?? digest) {
    const expected = 'host/name without tag or digest, which are given to each call'
    throw new InvalidInputError('INVALID_REFERENCE', path, expected, reference)
  }
  return { registry, name }
}

/** Sets up the connection to a registry. */
function connect(registry: string, given: RepositoryOptions): Connection {
  const options = { ...given, ...listenersOf(given) }
  const { fetch = defaultFetch, timeout = 30_000, concurrency = 24, credentials } = options
  const origin = originOf(registry, options.plainHttp)
  const { trustedHosts = [], retries = 2, maxRetryAfter = 60_000 } = options
  return {
    origin,
    options,
    timeout,
    exchange: authenticated(createExchange(fetch, origin, { ...options, timeout }), {
      registry,
      origin,
      credentials,
      trustedHosts,
      timeout,
      retries,
      maxRetryAfter,
    }),
    ...hostOf(fetch, origin.origin, concurrency),
    identity: identityOf(fetch, credentials),
    seen: { etags: undefined, refusesMounts: false },
  }
}

/** Of an async function that rejects there is a warning: nobody waits for it. */
function listenersOf({
  onWarning,
  onRequest,
  onProgress,
}: RepositoryOptions): Pick<RepositoryOptions, 'onWarning' | 'onRequest' | 'onProgress'> {
  const warns = unwaited(onWarning)
  const rejected = (name: string) => (error: unknown) =>
    warns?.({ message: printable(`${name} rejected: ${error}`) })
  return {
    onWarning: warns,
    onRequest: unwaited(onRequest, rejected('onRequest')),
    onProgress: unwaited(onProgress, rejected('onProgress')),
  }
}

function originOf(registry: string, plainHttp: boolean | undefined): URL {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry
  const plain = plainHttp ?? isLoopback(new URL(`http://${host}`).hostname)
  return new URL(`${plain ? 'http' : 'https'}://${host}`)
}
