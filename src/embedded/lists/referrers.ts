/**
 * Listing referrers (distribution-spec 1.1, "Listing Referrers").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { isIndexType } from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import type { Call, KeptList } from '../calls/call.ts'
import type { ReferrerSettings } from '../settings/settings.ts'
import { parseStored } from '../storage/links.ts'
import type { ReferrersQuery } from '../storage/storage.ts'
import type { Answer } from '../wire/answer.ts'
import { jsonBytes, nextLink, Refusal } from '../wire/answers.ts'
import { requireDigest } from '../wire/names.ts'
import { requireWhole } from './broken-lists.ts'
import { firstPage } from './page.ts'

/**
 * GET of `/v2/<name>/referrers/<digest>`: an image index, filtered by `artifactType` (several are
 * alternatives). Pages are in the order of digests, so that changes between pages skip nothing else.
 */
export async function listReferrers(call: Call): Promise<Answer> {
  const { query, registry } = call
  const settings = registry.settings.referrers
  const subject = await subjectOf(call)
  const after = query.get('next')
  const types = query.getAll('artifactType').filter((type) => type !== '')
  const filters = types.length > 0 && settings.filter !== 'ignored'
  const wanted = {
    after: after === null ? undefined : requireDigest(after),
    artifactTypes: filters ? types : undefined,
  }
  const { bytes, next } = subject
    ? await pageOf(call, subject, wanted)
    : await makePage(call, none(), filters)
  const headers: Record<string, string> = {}
  if (filters && saysFilter(call)) headers['OCI-Filters-Applied'] = 'artifactType'
  if (next) {
    const more = new URLSearchParams(types.map((type) => ['artifactType', type]))
    more.set('next', next)
    headers.Link = nextLink(`/v2/${call.name}/referrers/${subject}`, more)
  }
  return jsonBytes(bytes, { type: IMAGE_INDEX, headers })
}

/** A page, kept as long as the list stays what it is. */
async function pageOf(call: Call, subject: Digest, query: ReferrersQuery): Promise<ListPage> {
  const { registry, repository, name } = call
  const { after = '', artifactTypes } = query
  // What is shown of manifests is not what the list is made of.
  const isKept = asStored(registry.settings.referrers)
  const state = isKept ? await repository.listState?.(subject) : undefined
  const key = JSON.stringify([name, subject, after, artifactTypes])
  const kept = registry.lists.get(key)
  if (kept && kept.state === state) return kept
  const found = repository.listReferrers(subject, query)
  const page = await makePage(call, found, artifactTypes !== undefined)
  // It may have changed while it was read.
  if (state && state === (await repository.listState?.(subject))) {
    registry.lists.set(key, { ...page, state })
  }
  return page
}

/** Makes the document of one page. */
async function makePage(
  call: Call,
  found: AsyncIterable<Descriptor>,
  isFiltered: boolean,
): Promise<ListPage> {
  const settings = call.registry.settings.referrers
  const shown = settings.indexes ? found : withoutIndexes(found)
  const { entries: manifests, text, more } = await firstPage(shown, settings.pageSize)
  const list = asStored(settings) ? `[${text}]` : await listedText(call, manifests)
  const said = isFiltered && settings.filter === 'annotated'
  const annotations = said ? `,"annotations":${JSON.stringify(filteredByType)}` : ''
  const json = `{"schemaVersion":2,"mediaType":"${IMAGE_INDEX}","manifests":${list}${annotations}}`
  return {
    bytes: new TextEncoder().encode(json),
    next: more ? manifests.at(-1)!.digest : undefined,
  }
}

type ListPage = Pick<KeptList, 'bytes' | 'next'>

/** How the release candidates of OCI 1.1 said that a list is filtered. */
const filteredByType = { 'org.opencontainers.referrers.filtersApplied': 'artifactType' }

/** The subject of the request; undefined where it can have no referrers. */
async function subjectOf(call: Call): Promise<Digest | undefined> {
  const { registry, repository } = call
  const { badDigest, unknownRepository, unknownSubject } = registry.settings.referrers
  if (badDigest === 'empty' && !isDigest(call.id)) return undefined
  const subject = requireDigest(call.id, 'subject-digest')
  requireWhole(call, subject)
  if (unknownRepository === 'refused' && !(await repository.exists())) {
    throw new Refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry')
  }
  if (unknownSubject === 'refused' && !(await repository.findManifest(subject))) {
    const message = 'manifest unknown to registry'
    throw new Refusal(404, 'MANIFEST_UNKNOWN', message, { reason: 'subject-unknown' })
  }
  return subject
}

/** Whether the answer says that it was filtered. */
function saysFilter({ registry, name, id, query }: Call): boolean {
  const { filter } = registry.settings.referrers
  if (filter !== 'said once') return filter === 'said'
  const list = `${name}@${id} ${query}`
  const isFirst = !registry.answered.has(list)
  registry.answered.set(list, true)
  return isFirst
}

async function* withoutIndexes(all: AsyncIterable<Descriptor>): AsyncGenerator<Descriptor> {
  for await (const entry of all) if (!isIndexType(entry.mediaType)) yield entry
}

async function* none(): AsyncGenerator<never> {}

/** Whether this registry shows entries as they are. */
function asStored({ annotations, type, empty }: ReferrerSettings): boolean {
  return annotations && type !== 'config' && empty === 'list'
}

/** The list as this registry shows it. */
async function listedText(call: Call, manifests: readonly Descriptor[]): Promise<string> {
  const entries = await Promise.all(manifests.map((entry) => listed(call, entry)))
  const { empty } = call.registry.settings.referrers
  return JSON.stringify(entries.length > 0 || empty === 'list' ? entries : null)
}

/** An entry as this registry shows it. */
async function listed(call: Call, entry: Descriptor): Promise<Descriptor> {
  const { referrers } = call.registry.settings
  const { annotations, ...bare } = entry
  const shown = referrers.annotations ? entry : bare
  const stored = referrers.type === 'config' && (await call.repository.findManifest(entry.digest))
  const manifest = stored ? parseStored(stored) : undefined
  return manifest && 'config' in manifest
    ? { ...shown, artifactType: manifest.config.mediaType }
    : shown
}
