/**
 * Reads a registry's list of referrers, and tells "there are none" from "there is no such list" (distribution-spec
 * 1.1, "Listing Referrers"; PROPOSAL_B.md, "Registry HTTP API").
 *
 * @module
 */
import { type ConnectionError, isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type Entries, parseEntries } from '../../model/entries.ts'
import { MANIFEST_LIMIT } from '../../model/manifest.ts'
import { baseType, IMAGE_INDEX } from '../../model/media-types.ts'
import { isPage } from '../../platform/page.ts'
import { spend } from '../../registry/budget.ts'
import type { Capabilities } from '../../registry/capabilities.ts'
import { referrersPath } from '../../registry/endpoints.ts'
import { followPages, nextLink } from '../../registry/lists/paging.ts'
import { typeOfManifest } from '../../registry/manifest-type.ts'
import { internalsOf, type Repository, throwHidden } from '../../registry/repository.ts'
import { receive } from '../../registry/send.ts'
import { budgeted } from '../../registry/views.ts'
import { readableEntries } from '../lib/unreadable.ts'
import type { FindOptions } from '../strategy.ts'
import { conclude, type NoList, noList } from './no-list.ts'

/** Statuses with which registries that have no such list answer, as recorded from real ones; all others are errors. */
const absent: readonly number[] = [400, 404, 405, 406, 415, 501]

/** A list that a registry may keep. */
export interface ListApi {
  /** The capability that says whether the registry has it. */
  readonly capability: keyof Capabilities
  path(name: string, subject: Digest, artifactType: string | undefined): string
  /** Whether the answer is plain JSON, not an image index. */
  readonly json?: boolean
  /** Whether a 404 without a body may mean that the list is empty. */
  readonly quiet?: boolean
  /** @returns `undefined` for a document without a list */
  parse(bytes: Uint8Array): Entries | undefined
}

/** OCI 1.1's. */
export const referrersApi: ListApi = {
  capability: 'referrersApi',
  path: referrersPath,
  parse: parseEntries,
}

/** Options of reading a list. */
export interface ListOptions extends FindOptions {
  /** What the token should allow: `'push'` where writes follow. */
  readonly intent?: 'push'
}

/** How a list ended: read to its end, or before its first page. */
export type ListEnd = { readonly is: 'complete'; readonly empty: boolean } | NoList

/** One page, and whether another follows. */
interface Page {
  readonly entries: readonly Descriptor[]
  readonly more: boolean
}

/**
 * Pages of listed descriptors, each once; the caller filters. `?artifactType=` is sent only where `typeFilter` is
 * supported: some registries filter by the type of the config, and what they leave out looks as if it did not exist.
 *
 * @param seen - digests that were listed before
 * @returns through the generator, how the list ended
 * @throws `RegistryError` where the registry was seen to have the list, and this answer is none
 */
export async function* listReferrersApi(
  repo: Repository,
  subject: Digest,
  options: ListOptions,
  api: ListApi = referrersApi,
  seen: Set<Digest> = new Set(),
): AsyncGenerator<readonly Descriptor[], ListEnd, undefined> {
  const call = budgeted(repo)
  const { capabilities } = repo
  const typeToSend = () =>
    capabilities.typeFilter === 'supported' ? oneOf(options.artifactType) : undefined
  const type = typeToSend()
  const again = () => listReferrersApi(repo, subject, options, api, seen)
  let begun = false
  const request = {
    path: api.path(repo.name, subject, type),
    headers: { accept: api.json ? 'application/json' : IMAGE_INDEX },
    expect: absent,
    mayHide: true,
    actions: options.intent === 'push' ? (['pull', 'push'] as const) : (['pull'] as const),
    signal: options.signal,
  }
  const read = (response: Response, path: string) => readPage(call, api, response, path, options)
  throwHidden(repo, api.capability)
  for await (const page of followPages(call, request, read, options.maxPages)) {
    if ('is' in page) {
      if (begun) throw page.error
      if (type === undefined) {
        return conclude(repo, subject, api, page, options.signal)
      }
      // The filter was refused, not the list.
      capabilities.typeFilter = 'unsupported'
      return yield* again()
    }
    begun = true
    yield page.entries.filter(({ digest }) => !seen.has(digest) && seen.add(digest))
    // What was read of the first page may have shown that the registry filters correctly.
    if (page.more && type === undefined && typeToSend() !== undefined) return yield* again()
  }
  return {
    is: 'complete',
    empty: isEmpty(capabilities, `${api.capability} ${subject}`, seen, type),
  }
}

/** Subjects whose list had entries; forgotten when there are many. */
const filled = /* @__PURE__ */ new WeakMap<Capabilities, Set<string>>()
const MAX_FILLED = 1000

/** Whether a list is empty: one that is filtered to nothing is not, where it had entries before. */
function isEmpty(
  capabilities: Capabilities,
  list: string,
  seen: ReadonlySet<Digest>,
  type: string | undefined,
): boolean {
  const known = filled.get(capabilities) ?? new Set()
  filled.set(capabilities, known)
  if (known.size >= MAX_FILLED) known.clear()
  if (seen.size > 0) known.add(list)
  else if (type === undefined) known.delete(list)
  return !known.has(list)
}

/** Reads an answer, which is a page or no list. */
async function readPage(
  repo: Repository,
  api: ListApi,
  response: Response,
  path: string,
  options: FindOptions,
): Promise<Page | NoList> {
  const type = baseType(response.headers.get('content-type'))
  const request = { method: 'GET', path, signal: options.signal } as const
  const bytes = await receive(repo, response, MANIFEST_LIMIT, request)
  const isList = api.json ? /[/+]json$/.test(type) : typeOfManifest(type, bytes) === IMAGE_INDEX
  const list = response.status === 200 && isList ? api.parse(bytes) : undefined
  if (!list) {
    return noList(repo, response, path, new TextDecoder().decode(bytes), api.quiet === true)
  }
  repo.capabilities[api.capability] = 'supported'
  spend(internalsOf(repo).budget, 'items', list.entries.length)
  const entries = readableEntries(repo, 'the list of referrers', list, options)
  return { entries, more: nextLink(response.headers.get('link')) !== undefined }
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
  if (!isPage() || !isOcilinkError(error, 'CONNECTION')) return false
  if (repo.capabilities[capability] === 'supported') return false
  const { hidden } = internalsOf(repo)
  // Not asked for again in the next minute: the network may have been broken.
  if (hidden.get(capability)?.error !== error)
    hidden.set(capability, { error, until: Date.now() + 60_000 })
  return true
}
