/**
 * Finds the artifacts that proposal F's indexes list.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { isCut } from '../../model/digest-tags.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { findNamed } from '../../registry/find-named.ts'
import { getManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { DIGEST_REFERENCE } from '../lib/annotations.ts'
import { findSubject } from '../lib/find-subject.ts'
import { notAnIndex } from '../lib/index-at-tag.ts'
import { type EntryLinks, referringEntries, unseen } from '../lib/index-entries.ts'
import type { PointsAt } from '../lib/points-at.ts'
import { settled } from '../lib/settled.ts'
import { reportUnreadable } from '../lib/unreadable.ts'
import type { FindOptions, Referrer } from '../strategy.ts'
import { ANNOTATED, referenceOf } from './document.ts'

/** Whether a manifest points at a subject; a manifest of another tool need not name one. */
const pointsAt: PointsAt = (manifest, subject) => {
  const named = 'annotations' in manifest && manifest.annotations?.[DIGEST_REFERENCE]
  return !named || named === subject
}

const atTag: EntryLinks = { via: ANNOTATED, referenceOf, pointsAt }
/** In the image's own index, which cannot lose an entry. */
const inImage: EntryLinks = {
  ...atTag,
  via: { ...ANNOTATED, kept: 'entry' },
}

/**
 * The referrers of a subject in the index at its tag, or in another index. Only entries with the annotation count, so
 * any index may be read. Of a subject that is an index, also the referrers of the manifests in it.
 *
 * Requests: `GET manifests/<tag>`; with `everywhere` one more at the same time, for the subject itself;
 * and one for each entry without a type.
 */
export async function* discoverAnnotated(
  repo: Repository,
  subject: Digest,
  index: string | undefined,
  options: FindOptions,
): AsyncGenerator<readonly Referrer[]> {
  const { signal } = options
  const find = (reference: string) => {
    if (index !== undefined) return getManifest(repo, reference, { signal })
    return reference === subject
      ? findSubject(repo, subject, options)
      : findNamed(repo, reference, { signal })
  }
  const read = async (reference: string, links: EntryLinks, whole = false) => {
    const stored = await find(reference)
    const other = links === atTag && stored && notAnIndex(reference, subject, stored)
    if (other) reportUnreadable(repo, `The tag ${reference}`, other, options)
    return referringEntries(repo, subject, stored, links, options, whole)
  }
  if (index !== undefined) {
    yield read(index, index === referrersTag(subject) ? atTag : inImage)
    return
  }
  // A tag that holds a part of the digest may belong to another image.
  const reads = [read(referrersTag(subject), atTag, !isCut(subject))]
  if (options.everywhere) reads.push(read(subject, inImage))
  const first = unseen()
  for await (const page of settled(reads)) yield first(page)
}
