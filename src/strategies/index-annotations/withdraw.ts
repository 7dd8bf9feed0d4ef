/**
 * Takes an artifact out of proposal F's index.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { metTag, movedTag, tagNames } from '../../registry/lists/tag-targets.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { readManifest } from '../lib/read-manifest.ts'
import { deleteReferrer, refuseEntry, tagsOf, whyNeeded } from '../lib/withdrawal.ts'
import { readDocument } from '../shared-tag/document.ts'
import { changeDocument } from '../shared-tag/writer.ts'
import type { Withdrawn, WithdrawOptions } from '../strategy.ts'
import { ANNOTATED, annotatedIndexOf, referenceOf } from './document.ts'

/**
 * Takes the entry out of the index, then deletes its manifest, where nothing else needs it.
 *
 * Requests: at the same time `GET` of the manifest, of the tag, and of all pages of tags; then what else leads to the
 * manifest; `PUT` and `GET` of the tag; `DELETE` of the manifest.
 *
 * @param index - an image's own index that may have the link, by tag or digest
 */
export async function withdrawAnnotated(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  index: string | undefined,
  options: WithdrawOptions,
): Promise<Withdrawn> {
  const { settle, signal, linkFields = [] } = options
  const tags = tagsOf(repo, options)
  const { strategy } = ANNOTATED
  const document = annotatedIndexOf(subject)
  const reading = { intent: 'push', signal } as const
  const [state, stored] = await Promise.all([
    readDocument(repo, document, reading),
    findManifest(repo, digest, reading),
    tagNames(tags),
  ])
  if (state.stored) metTag(tags, document.tag)
  const entry = state.entries.find((one) => one.digest === digest && referenceOf(one) === subject)
  if (!entry) {
    if (!stored) return { digest, deleted: false, confirmed: true }
    // Listed too from an index of something else, which is not written.
    for (const at of [index, state.foreign && document.tag]) {
      await refuseEntry(repo, { strategy, subject, digest, index: at, referenceOf }, options)
    }
    const expected = `an artifact that the tag ${document.tag} lists for ${subject}`
    throw new InvalidInputError('INVALID_INPUT', 'referrer', expected, digest)
  }
  const own = {
    ...{ subject, linkFields },
    except: [document.tag],
    roots: state.entries.filter((one) => one !== entry),
  }
  // A manifest that another tool made may be in the index of another subject too.
  const isOurs = stored && referenceOf(readManifest(stored) as object) === subject
  const needed = isOurs
    ? await whyNeeded(repo, stored, own, tags)
    : 'others may list it too, since it does not say itself what it belongs to'
  const change = { entry, present: false, settle, signal, state }
  const { confirmed, stored: left } = await changeDocument(repo, document, change)
  movedTag(tags, document.tag, left?.descriptor)
  const isListed = async () => false
  const outcome = stored
    ? await deleteReferrer(repo, { strategy, subject, digest, needed, isListed }, options)
    : { deleted: false }
  return { digest, ...outcome, ...(!outcome.deleted && { action: 'entry-removed' }), confirmed }
}
