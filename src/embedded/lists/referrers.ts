/**
 * Listing referrers (distribution-spec 1.1, "Listing Referrers").
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { isIndexType } from '../../model/manifest.ts'
import { IMAGE_INDEX } from '../../model/media-types.ts'
import type { Call } from '../calls/call.ts'
import type { ReferrerSettings } from '../settings/settings.ts'
import { parseStored } from '../storage/links.ts'
import type { Answer } from '../wire/answer.ts'
import { jsonText, nextLink, Refusal } from '../wire/answers.ts'
import { requireDigest } from '../wire/names.ts'
import { requireWhole } from './broken-lists.ts'
import { firstPage } from './page.ts'

/**
 * GET of `/v2/<name>/referrers/<digest>`: an image index, filtered by `artifactType` (several are
 * alternatives). Pages are in the order of digests, so that changes between pages skip nothing else.
 */
export async function listReferrers(call: Call): Promise<Answer> {
  const { query, registry, repository, name } = call
  const settings = registry.settings.referrers
  const subject = await subjectOf(call)
  const after = query.get('next')
  const types = query.getAll('artifactType').filter((type) => type !== '')
  const filters = types.length > 0 && settings.filter !== 'ignored'
  const found = subject
    ? repository.listReferrers(subject, {
        after: after === null ? undefined : requireDigest(after),
        artifactTypes: filters ? types : undefined,
      })
    : none()
  const shown = settings.indexes ? found : withoutIndexes(found)
  const { entries: manifests, text, more } = await firstPage(shown, settings.pageSize)
  const headers: Record<string, string> = {}
  if (filters && saysFilter(call)) headers['OCI-Filters-Applied'] = 'artifactType'
  if (more) {
    const next = new URLSearchParams(types.map((type) => ['artifactType', type]))
    next.set('next', manifests.at(-1)!.digest)
    headers.Link = nextLink(`/v2/${name}/referrers/${subject}`, next)
  }
  const list = asStored(settings) ? `[${text}]` : await listedText(call, manifests)
  const said = filters && settings.filter === 'annotated'
  const annotations = said ? `,"annotations":${JSON.stringify(filteredByType)}` : ''
  return jsonText(
    `{"schemaVersion":2,"mediaType":"${IMAGE_INDEX}","manifests":${list}${annotations}}`,
    { type: IMAGE_INDEX, headers },
  )
}

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
