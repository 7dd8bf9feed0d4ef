/**
 * The embedded registry: OCI distribution-spec 1.1 as one function from Request to Response, for tests,
 * pages, workers and servers.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { Refusal, refused } from './answers.ts'
import type { Call, Registry } from './call.ts'
import {
  allowOrigin,
  type CorsSettings,
  isPreflight,
  openCors,
  preflight,
  withoutCors,
} from './cors.ts'
import { createTurns } from './lock.ts'
import { memoryStorage } from './memory-storage.ts'
import { findProfile, type Profile, type ProfileName } from './profiles.ts'
import {
  type ArtifactDialect,
  findArtifactDialect,
  withoutProposals,
} from './proposals/dialects.ts'
import { findRoute, type Match, routes, tableOf } from './routes.ts'
import { defaults, layered, type Settings } from './settings.ts'
import { spelled } from './spelling.ts'
import type { Storage } from './storage.ts'

/** Options of {@link embeddedRegistry}. All may be left out. */
export interface EmbeddedRegistryOptions {
  /**
   * Which registry to be like: a name of those in `profiles`, or a profile of one's own. The options
   * below stand above it.
   *
   * @default OCI 1.1 as it is written, with every proposal beside it
   */
  readonly profile?: ProfileName | Profile | undefined
  /**
   * Whether referrers can be listed. False: `/referrers/` answers 404 and pushes no `OCI-Subject`, as
   * with distribution.
   *
   * @default true
   */
  readonly referrersApi?: boolean | undefined
  /**
   * Whether `POST ?digest=` with a body stores a blob. False: 202, and the body is dropped, as with
   * distribution.
   *
   * @default true
   */
  readonly singlePost?: boolean | undefined
  /**
   * Whether manifests have an `ETag` and heed `If-Match` and `If-None-Match`: 412 on PUT and DELETE,
   * 304 on GET. False: the headers are ignored, as most registries do.
   *
   * @default true
   */
  readonly conditional?: boolean | undefined
  /**
   * Which pages may use the registry: true for all, an origin such as `https://example.com` for one,
   * false for none.
   *
   * @default true
   */
  readonly cors?: boolean | string | undefined
  /**
   * Whether manifests, tags and blobs can be deleted. False: 405.
   *
   * @default true
   */
  readonly deletes?: boolean | undefined
  /**
   * Entries on one page of tags or referrers, at most.
   *
   * @default 1000
   */
  readonly pageSize?: number | undefined
  /**
   * Proposal A: artifact manifests and the lists of those with a subject. True: its own path, and
   * ORAS's beside it. A dialect's name is a registry that speaks this one alone: `oras-first` and
   * `oras` are ORAS's of April and August 2022, `rc` is that of OCI 1.1's release candidates, which
   * lists artifacts at `/referrers/`.
   *
   * @default true
   */
  readonly artifactApi?: boolean | ArtifactDialect | undefined
  /**
   * What becomes of an artifact manifest whose subject is not there: 400, or it is kept and listed.
   * Proposal A asks for both in different places. Subjects of OCI 1.1 may always be missing.
   *
   * @default 'reject'
   */
  readonly missingSubject?: 'reject' | 'accept' | undefined
  /**
   * Proposal B: whether `/manifests/<tag-or-digest>/references` lists what has a `reference`. False:
   * the field is one that the registry does not know.
   *
   * @default true
   */
  readonly referencesApi?: boolean | undefined
  /**
   * Proposal C: whether node manifests can be pushed, and `/v3/` exists.
   *
   * @default true
   */
  readonly nodeApi?: boolean | undefined
  /**
   * Where content is kept.
   *
   * @default memoryStorage()
   */
  readonly storage?: Storage | undefined
}

/** A registry that is a function. */
export interface EmbeddedRegistry {
  /**
   * Answers one request. Usable wherever a `fetch` is injected; the URL's host does not matter. Needs
   * no `this`.
   *
   * @throws the reason of the request's signal when it is aborted, as `fetch` does
   */
  readonly fetch: (request: Request) => Promise<Response>
}

/**
 * Makes a registry. Content is checked as it comes in: digests, sizes, manifests and what they are
 * made of.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` for a page size below 1, and names that are
 *   not known
 * @see {@link https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md}
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 *
 * const registry = embeddedRegistry()
 * const answer = await registry.fetch(new Request('http://registry.local/v2/'))
 * console.log(answer.status) // 200
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function embeddedRegistry(options: EmbeddedRegistryOptions = {}): EmbeddedRegistry {
  const settings = settingsOf(options)
  const table = tableOf(routes, settings)
  const registry: Registry = {
    settings,
    storage: options.storage ?? memoryStorage(),
    uploads: new Map(),
    answered: new Set(),
    hidden: new Set(),
    exclusive: createTurns(),
  }
  return {
    async fetch(request) {
      request.signal.throwIfAborted()
      const { cors, spelling } = settings
      const found = findRoute(table, request)
      const response = isPreflight(request, cors)
        ? preflight(cors)
        : await answer(registry, found, request)
      request.signal.throwIfAborted()
      const known = !(found instanceof Refusal)
      return allowOrigin(request, spelled(request, response, spelling), cors, known)
    },
  }
}

/** The profile's settings and, above them, what the options say. */
function settingsOf(options: EmbeddedRegistryOptions): Settings {
  const { conditional, cors, deletes, pageSize, referrersApi, singlePost } = options
  if (pageSize !== undefined && !(Number.isSafeInteger(pageSize) && pageSize > 0)) {
    throw new InvalidInputError('INVALID_INPUT', 'pageSize', 'a whole number from 1', pageSize)
  }
  const profile = findProfile(options.profile)
  // Registries that exist implement none of the proposals, but for what their profile says.
  const layers = profile ? [withoutProposals, profile.settings] : []
  return layered(defaults, ...layers, findArtifactDialect(options.artifactApi), {
    manifests: { etag: conditional, weakEtag: conditional, preconditions: conditional },
    referrers: { api: referrersApi, subjectHeader: referrersApi, pageSize },
    tags: { pageSize },
    uploads: { singlePost },
    deletes: { tags: deletes, manifests: deletes, blobs: deletes },
    cors: cors === undefined ? {} : originOf(cors),
    artifacts: { missingSubject: options.missingSubject, pageSize },
    references: { api: options.referencesApi },
    nodes: { api: options.nodeApi },
  })
}

function originOf(cors: boolean | string): Partial<CorsSettings> {
  if (cors === false) return withoutCors
  return { ...openCors, origin: cors === true ? '*' : cors }
}

async function answer(
  registry: Registry,
  found: Match | Refusal,
  request: Request,
): Promise<Response> {
  const { errors, spelling } = registry.settings
  let response: Response
  try {
    if (found instanceof Refusal) throw found
    const { handler, name, id } = found
    const query = new URL(request.url).searchParams
    const repository = registry.storage.repository(name)
    const call: Call = { registry, request, query, name, repository, id }
    response = await handler(call)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    response = refused(error, errors, spelling.errorType)
  }
  return request.method === 'HEAD' ? withoutBody(response) : response
}

/** The same answer without its body, and with the length that it would have had. */
function withoutBody(response: Response): Response {
  const { status, headers } = response
  return new Response(null, { status, headers })
}
