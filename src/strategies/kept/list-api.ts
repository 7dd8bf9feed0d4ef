/**
 * Lists of referrers that a registry keeps. An empty list is not the same as no such list (distribution-spec 1.1,
 * "Listing Referrers"; PROPOSAL_B.md, "Registry HTTP API").
 *
 * @module
 */
import { ConnectionError, RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type ImageIndex, MANIFEST_LIMIT, parseManifest } from '../../model/manifest.ts'
import { baseType, IMAGE_INDEX } from '../../model/media-types.ts'
import { isPage } from '../../platform/page.ts'
import type { Capabilities } from '../../registry/capabilities.ts'
import { referrersPath } from '../../registry/endpoints.ts'
import { followPages } from '../../registry/lists/paging.ts'
import type { Repository } from '../../registry/repository.ts'
import { receive } from '../../registry/send.ts'
import { redact } from '../../registry/wire/origins.ts'
import type { FindOptions } from '../strategy.ts'

/** Statuses with which registries that have no such list answer, as recorded from real ones; all others are errors. */
export const absent: readonly number[] = [400, 404, 405, 406, 415, 501]

/** A list that a registry may keep. */
export interface ListApi {
  /** The capability that says whether the registry has it. */
  readonly capability: keyof Capabilities
  path(name: string, subject: Digest, artifactType: string | undefined): string
  /** Whether the list is JSON of another type than an image index. */
  readonly json?: boolean
  /** Whether a 404 without a body may mean that the list is empty. */
  readonly quiet?: boolean
  parse(bytes: Uint8Array): readonly Descriptor[]
}

/** OCI 1.1's. */
export const referrersApi: ListApi = {
  capability: 'referrersApi',
  path: referrersPath,
  parse: (bytes) => (parseManifest(bytes, IMAGE_INDEX) as ImageIndex).manifests,
}

/**
 * Pages of listed descriptors; the caller filters. `?artifactType=` is sent only where `typeFilter` is supported:
 * some registries filter by the type of the config, and what they leave out looks as if it did not exist. Ends
 * before its first page, with `'absent'`, where the registry has no such list, and with `'unnamed'` where it does
 * not know the repository.
 *
 * @returns through the generator
 */
export async function* listReferrersApi(
  repo: Repository,
  subject: Digest,
  options: FindOptions,
  api: ListApi = referrersApi,
): AsyncGenerator<readonly Descriptor[], 'absent' | 'unnamed' | 'complete', undefined> {
  const { capabilities } = repo
  const wanted = capabilities.typeFilter === 'supported' ? oneOf(options.artifactType) : undefined
  const request = {
    path: api.path(repo.name, subject, wanted),
    headers: { accept: api.json ? 'application/json' : IMAGE_INDEX },
    expect: absent,
    actions: ['pull'] as const,
    signal: options.signal,
  }
  let begun = false
  for await (const page of followPages(repo, request, read, options.maxPages)) {
    if (typeof page === 'string') {
      if (wanted === undefined) return page
      // The filter was refused, not the list.
      capabilities.typeFilter = 'unsupported'
      return yield* listReferrersApi(repo, subject, options, api)
    }
    begun = true
    yield page
  }
  return 'complete'

  async function read(
    response: Response,
    path: string,
  ): Promise<readonly Descriptor[] | 'absent' | 'unnamed'> {
    const type = baseType(response.headers.get('content-type'))
    const isList = api.json ? /[/+]json$/.test(type) : type === IMAGE_INDEX
    const bytes = await receive(repo, response, MANIFEST_LIMIT, {
      method: 'GET',
      path,
      signal: options.signal,
    })
    if (response.ok && isList) {
      const entries = api.parse(bytes)
      capabilities[api.capability] = 'supported'
      return entries
    }
    if (begun) {
      throw new RegistryError({
        method: 'GET',
        url: redact(path),
        status: response.status,
        hint: 'A later page is no list',
      })
    }
    // An unknown repository or subject says nothing about the API: Quay answers 400, others NAME_UNKNOWN.
    const text = new TextDecoder().decode(bytes)
    if (text.includes('NAME_UNKNOWN')) return 'unnamed'
    const unsure = response.status === 400 || (api.quiet && text === '')
    if (!unsure && wanted === undefined) capabilities[api.capability] = 'unsupported'
    return 'absent'
  }
}

// The API filters by one type; several are filtered here.
function oneOf(types: FindOptions['artifactType']): string | undefined {
  if (types === undefined || typeof types === 'string') return types
  return types.length === 1 ? types[0] : undefined
}

/** Whether a list may exist though this page cannot read it: an answer without CORS headers looks like a broken network. */
export function maybeHidden(
  repo: Repository,
  error: unknown,
  { capability }: ListApi,
): error is ConnectionError {
  const broken = error instanceof ConnectionError && error.code === 'CONNECTION'
  return broken && isPage() && repo.capabilities[capability] !== 'supported'
}
