/**
 * Deletes digest tags (proposal D leaves it to clients). One artifact may be linked to several subjects, by tags of its
 * own or by an index, which may be the published image itself: only the given link is withdrawn.
 *
 * @module
 */
import { InvalidInputError, UnsupportedError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { MANIFEST_TYPES } from '../../model/media-types.ts'
import { deleteIfAllowed } from '../../registry/delete-allowed.ts'
import { lookAhead, movedTag } from '../../registry/lists/tag-targets.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { REFERENCE } from '../lib/annotations.ts'
import { deleteReferrer, refuseEntry, tagsOf, whyNeeded } from '../lib/withdrawal.ts'
import type { LinkField, Withdrawn, WithdrawOptions } from '../strategy.ts'
import {
  findLinks,
  type LinkSearch,
  type OwnLink,
  type SubjectTags,
  subjectTags,
} from './own-links.ts'

const strategy = 'digest-tags'

/** Why each manifest that a tag of the link leads to must stay; `undefined` where it may go. */
type Needs = ReadonlyMap<Digest, string | undefined>

/**
 * Deletes the tags that link an artifact to a subject, then what they led to, where nothing else needs it.
 *
 * Requests: all pages of tags, and `GET` of the artifact; `HEAD` of its tags, `GET` of an index that one leads to,
 * and what shows what else leads there; `DELETE` of each tag, of an index that holds nothing but links, and of the
 * artifact.
 *
 * @param index - an image's own index that may have the link, by tag or digest
 */
export async function withdrawDigestTag(
  repo: Repository,
  subject: Digest,
  artifact: Digest,
  index: string | undefined,
  options: WithdrawOptions,
): Promise<Withdrawn> {
  const { signal, linkFields = [] } = options
  const search: LinkSearch = { repo, subject, artifact, tags: tagsOf(repo, options), signal }
  const [names, stored] = await Promise.all([
    subjectTags(search),
    findManifest(repo, artifact, { intent: 'push', accept: MANIFEST_TYPES, signal }),
  ])
  const links = await findMeant(search, names)
  if (links.length === 0) {
    if (!stored) return { digest: artifact, deleted: false, confirmed: true }
    const referenceOf = ({ annotations }: Descriptor) => annotations?.[REFERENCE]
    const link = { strategy, subject, digest: artifact, index, referenceOf }
    await refuseEntry(repo, link, options)
    const expected = `linked to ${subject} by a digest tag`
    throw new InvalidInputError('INVALID_INPUT', 'referrer', expected, artifact)
  }

  const needs = await needsOf(search, links, stored, linkFields)
  const gone = await untag(search, links, needs)
  const kept = await deleteIndexes(search, links, needs)
  const needed = kept ? `${kept} lists it, which is not deleted` : needs.get(artifact)
  const deletion = { strategy, subject, digest: artifact, needed, isListed: async () => false }
  const outcome =
    gone.has(artifact) || !stored
      ? { deleted: gone.has(artifact), ...(needed && { reason: needed }) }
      : await deleteReferrer(repo, deletion, options)
  const action = !outcome.deleted && { action: 'tag-deleted' }
  return { digest: artifact, ...outcome, ...action, confirmed: true }
}

/**
 * The tags that link the artifact: those named after it, else one that means all that its index lists.
 *
 * @throws `UnsupportedError` where a tag links another artifact too
 */
async function findMeant(
  search: LinkSearch,
  { own, others }: SubjectTags,
): Promise<readonly OwnLink[]> {
  const { subject, artifact, tags } = search
  if (own.length > 0) void lookAhead(tags)
  const named = await findLinks(search, own)
  const links = named.length > 0 ? named : await findLinks(search, others)
  const shared = links.find((link) => link.shared)
  if (!shared) return links
  const why = `the tag ${shared.tag} leads to an index that links ${shared.shared} to ${subject} too`
  throw stays(`${artifact} stays linked to ${subject}: ${why}`, [])
}

/** Why the artifact, and the indexes that link it, must stay. */
async function needsOf(
  { repo, subject, artifact, tags }: LinkSearch,
  links: readonly OwnLink[],
  stored: StoredManifest | undefined,
  linkFields: readonly LinkField[],
): Promise<Needs> {
  const own = { subject, linkFields, except: links.map(({ tag }) => tag) }
  const needs = new Map<Digest, string | undefined>()
  let listed: string | undefined
  for (const { digest, index, linksOnly } of links) {
    if (!index || needs.has(digest)) continue
    const needed = linksOnly
      ? await whyNeeded(repo, index, { ...own, linkFields: [] }, tags)
      : 'it lists images too, which may be used by its digest'
    needs.set(digest, needed)
    if (needed) listed = `${digest} lists it, and is needed because ${needed}`
  }
  // A tag leads to it, so it is there.
  const unread = links.some(({ digest }) => digest === artifact) ? 'it cannot be read' : undefined
  const needed = stored ? await whyNeeded(repo, stored, own, tags) : unread
  return needs.set(artifact, listed ?? needed)
}

/**
 * Deletes the tags of the link. Where a registry deletes no tags, what they lead to is deleted with all of its tags.
 *
 * @returns what was deleted
 */
async function untag(
  { repo, tags, signal }: LinkSearch,
  links: readonly OwnLink[],
  needs: Needs,
): Promise<ReadonlySet<Digest>> {
  const gone = new Set<Digest>()
  // First what must stay: where its tag cannot be deleted, nothing is changed. An index goes before what it lists.
  const rank = ({ digest, index }: OwnLink) => (needs.get(digest) ? 0 : index ? 1 : 2)
  for (const { tag, digest } of links.toSorted((a, b) => rank(a) - rank(b))) {
    if (!gone.has(digest) && typeof (await deleteIfAllowed(repo, tag, signal)) !== 'boolean') {
      const needed = needs.get(digest)
      if (needed) throw cannotUntag(tag, `and ${digest} cannot be deleted with it: ${needed}`)
      const deleted = await deleteIfAllowed(repo, digest, signal)
      if (typeof deleted !== 'boolean')
        throw cannotUntag(tag, `and refuses to delete ${digest}: ${deleted.message}`)
      gone.add(digest)
    }
    movedTag(tags, tag, undefined)
  }
  return gone
}

/**
 * Deletes the indexes that nothing needs now.
 *
 * @returns one that the registry refuses to delete
 */
async function deleteIndexes(
  { repo, signal }: LinkSearch,
  links: readonly OwnLink[],
  needs: Needs,
): Promise<Digest | undefined> {
  let kept: Digest | undefined
  for (const { digest, index } of links) {
    if (!index || needs.get(digest) !== undefined) continue
    if (typeof (await deleteIfAllowed(repo, digest, signal)) !== 'boolean') kept = digest
  }
  return kept
}

function cannotUntag(tag: string, why: string): UnsupportedError {
  return stays(`The registry refuses to delete the tag ${tag}, ${why}: the link stays`, ['delete'])
}

function stays(message: string, missing: readonly string[]): UnsupportedError {
  return new UnsupportedError(message, { strategy, missing, alternatives: [] })
}
