/**
 * Takes a link out of the referrers tag, and deletes the referrer.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import { untilAborted } from '../../platform/abort.ts'
import { metTag, movedTag, tagNames } from '../../registry/lists/tag-targets.ts'
import type { Repository } from '../../registry/repository.ts'
import {
  deleteReferrer,
  findReferrer,
  isLinkedOtherwise,
  stillLinked,
  tagsOf,
  whyNeeded,
} from '../lib/withdrawal.ts'
import { readDocument } from '../shared-tag/document.ts'
import { changeDocument } from '../shared-tag/writer.ts'
import type { Withdrawn, WithdrawOptions } from '../strategy.ts'
import { referrersIndexOf } from './change-entry.ts'
import { deleteAgain } from './delete-again.ts'
import type { KeptLinks } from './links.ts'
import { readListed } from './listed.ts'
import { listedOf } from './look-up.ts'
import { beginWrites, type Look } from './together.ts'

/**
 * Takes a link out of the referrers tag, and deletes the referrer where nothing else needs it.
 *
 * Requests: at the same time `GET` of the manifest, of the tag, of the registry's list, and of all pages of tags; then what else leads to the
 * manifest; `PUT` and `GET` of the tag where the entry is there; `DELETE` of the manifest. Of several that overlap the
 * last one reads the registry's list once more.
 */
export async function withdrawKept(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  links: KeptLinks,
  options: WithdrawOptions,
): Promise<Withdrawn> {
  const { api } = links
  const look: Look<Digest> = async (digests, signals) =>
    repo.capabilities[api.capability] === 'unsupported'
      ? new Set()
      : deleteAgain(repo, subject, digests, api, signals, options.maxTags)
  const end = beginWrites(repo, subject, `${api.capability}, deletes`, look, options.signal)
  let withdrawn: Withdrawn
  try {
    withdrawn = await withdrawAlone(repo, subject, digest, links, options)
  } catch (error) {
    end([]).catch(() => {})
    throw error
  }
  const { deleted } = withdrawn
  const left = await untilAborted(end(deleted ? [digest] : []), options.signal)
  const isListed = deleted && (left === 'unread' || left?.has(digest) === true)
  return isListed ? { ...withdrawn, confirmed: false } : withdrawn
}

async function withdrawAlone(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  { api, pointsAt, viaApi, isOwn, linkFields: ownFields }: KeptLinks,
  options: WithdrawOptions,
): Promise<Withdrawn> {
  const { settle, signal, linkFields = ownFields } = options
  const tags = tagsOf(repo, options)
  const document = referrersIndexOf(subject)
  const [stored, state, before] = await Promise.all([
    findReferrer(repo, subject, digest, pointsAt, options),
    readDocument(repo, document, { intent: 'push', signal }),
    readListed(repo, subject, api, signal),
    tagNames(tags),
  ])
  if (state.stored) metTag(tags, document.tag)
  // A digest has one entry: of this kind, of the other one, or of both where the manifest has both fields.
  const there = state.entries.find((entry) => entry.digest === digest)
  const linked = there !== undefined && isOwn(there, subject) !== false
  const shared = stored !== undefined && isLinkedOtherwise(stored, subject, linkFields)
  const others = state.entries.filter((entry) => !linked || entry !== there)
  const indexes = before.indexes.filter((index) => index.digest !== digest)
  // A tag that holds anything else than referrers counts as any other tag.
  const roots = state.foreign ? indexes : [...indexes, ...others]
  const except = state.foreign ? [] : [document.tag]
  const link = { subject, linkFields, except, roots }
  const needed = stored && (before.unseen ?? (await whyNeeded(repo, stored, link, tags)))

  const entry: Descriptor = stored?.descriptor ?? { digest, mediaType: IMAGE_MANIFEST, size: 0 }
  const isListed = async () =>
    repo.capabilities[api.capability] !== 'unsupported' &&
    (await listedOf(repo, subject, [entry], api, signal)).has(digest)
  const deletion = { strategy: viaApi.strategy, subject, digest, needed, isListed }
  // Checked before anything is changed: such entries cannot be taken out, nor can those of the registry's list.
  const fixed = linked && (shared || state.foreign !== undefined)
  if (needed && (fixed || before.digests.has(digest))) throw stillLinked(deletion)

  // First out of the index, then deleted: the other way round a dangling entry blocks later writes. Where it is
  // missing already, this process may still be about to restore it.
  let confirmed = true
  if (linked || !there) {
    const change = { entry, present: false, settle, signal, state }
    const changed = await changeDocument(repo, document, change)
    movedTag(tags, document.tag, changed.stored?.descriptor)
    confirmed = changed.confirmed
  }
  const outcome =
    needed === undefined && stored
      ? await deleteReferrer(repo, deletion, options)
      : { deleted: false, ...(needed && { reason: needed }) }
  const action = linked && !outcome.deleted && { action: 'entry-removed' }
  return { digest, ...outcome, ...action, confirmed }
}
