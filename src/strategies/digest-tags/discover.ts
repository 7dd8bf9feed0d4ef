/**
 * Finds what is linked by digest tags (proposal D, "Registry HTTP API").
 *
 * @module
 */
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Digest } from '../../model/digest.ts'
import {
  type DigestTag,
  digestTagPrefix,
  hashOf,
  isCut,
  parseDigestTag,
} from '../../model/digest-tags.ts'
import { findListed } from '../../registry/find-named.ts'
import { tagsFrom } from '../../registry/lists/seek-tags.ts'
import { findManifest, getManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { REFERENCE, REFERENCE_TYPE } from '../lib/annotations.ts'
import { findSubject } from '../lib/find-subject.ts'
import { type EntryLinks, referringEntries, unseen } from '../lib/index-entries.ts'
import { withInlined } from '../lib/inlined.ts'
import { readIndex as entriesOf } from '../lib/read-index.ts'
import { readManifest } from '../lib/read-manifest.ts'
import { toReferrers } from '../lib/referrer.ts'
import { mayBeShortFor } from '../lib/short-types.ts'
import { passes, summarize } from '../lib/summary.ts'
import { unlessUnreadable } from '../lib/unless-unreadable.ts'
import type { FindOptions, Referrer, Via } from '../strategy.ts'

const strategy = 'digest-tags'
/** The tag leads to the artifact. */
const TAG: Via = { strategy, source: 'digest-tag', kept: 'tag' }
/** The tag leads to an index that holds it. */
const INDEX: Via = { strategy, source: 'index-at-digest-tag', kept: 'tag' }
/** It is in the image's own index. */
const ENTRY: Via = { strategy, source: 'index-entry', kept: 'entry' }

/** What to look for beside all tags of a subject. */
export interface DigestTagSearch {
  /** Only this short type. */
  readonly type?: string | undefined
  /** An index that may list artifacts, by tag or digest. */
  readonly index?: string | undefined
}

/**
 * Referrers by page of tags, then those in the index; each once.
 *
 * Requests: pages of tags, and one for each artifact; with `index`, or `everywhere`, `GET` of that index
 * or of the subject at the same time, and one for each of its entries without a type.
 */
export async function* discoverDigestTags(
  repo: Repository,
  subject: Digest,
  { type, index }: DigestTagSearch,
  options: FindOptions,
): AsyncGenerator<readonly Referrer[], void, undefined> {
  const { artifactType = [], everywhere, signal } = options
  const types = [artifactType].flat()
  const isWanted = (short: string | undefined): boolean =>
    type === undefined
      ? types.length === 0 ||
        everywhere ||
        !short ||
        types.some((wanted) => mayBeShortFor(short, wanted))
      : short === type
  const first = unseen()
  const inIndex = readIndex(index ?? (everywhere ? subject : undefined))
  // Thrown below, where it is awaited.
  inIndex.catch(() => {})
  const isThere = async () => (await findManifest(repo, subject, { signal })) !== undefined
  const how = { ...options, isThere, mayBeFew: everywhere }
  for await (const tags of tagsFrom(repo, digestTagPrefix(subject), how)) {
    const links = tags.map(parseDigestTag).filter((tag) => tag?.kind === 'artifact')
    const wanted = links.filter((tag) => isWanted(tag.type))
    const pages = await Promise.all(
      wanted.map((tag) =>
        unlessUnreadable(repo, `The tag ${tag.tag}`, options, () =>
          readLink(repo, subject, tag, options),
        ),
      ),
    )
    yield first(pages.flatMap((page) => page ?? []))
  }
  const listed = first(await inIndex)
  if (listed.length > 0) yield listed

  async function readIndex(reference: string | undefined): Promise<readonly Referrer[]> {
    if (reference === undefined) return []
    const stored = await (index === undefined
      ? findSubject(repo, subject, options)
      : getManifest(repo, reference, { signal }))
    const links: EntryLinks = {
      via: ENTRY,
      pointsAt: () => true,
      referenceOf: ({ annotations }) => annotations?.[REFERENCE],
      isWanted: ({ annotations }) => isWanted(annotations?.[REFERENCE_TYPE]),
    }
    return referringEntries(repo, subject, stored, links, options)
  }
}

/** What a tag leads to: an artifact, or the entries of an index for this subject. */
async function readLink(
  repo: Repository,
  subject: Digest,
  { tag, hash }: DigestTag & { readonly kind: 'artifact' },
  options: FindOptions,
): Promise<readonly Referrer[]> {
  const leaveOut = (why: string): readonly Referrer[] => {
    warn(repo, `The tag ${tag} ${why}: it is left out`)
    return []
  }
  const notIts = (digest: Digest) => `leads to ${digest}, which is not for ${subject}`
  const stored = await findListed(repo, tag, { signal: options.signal })
  if (!stored) return leaveOut('is gone')
  const { digest } = stored.descriptor
  const manifests = entriesOf(repo, stored, options)
  const isIts = ({ digest }: { readonly digest: Digest }) => hashOf(digest).startsWith(hash)
  if (manifests) {
    const own = manifests.filter(({ annotations }) => annotations?.[REFERENCE] === subject)
    if (own.length > 0) {
      // The artifact's own tag; a tag with the hash of the index stands for all of its entries.
      const exact = own.filter(isIts)
      const entries = exact.length > 0 ? exact : own
      const window = await withInlined(repo, entries)
      return toReferrers(window, subject, entries, INDEX, options, () => true)
    }
    // An index for another subject: two digests may begin with the same 64 characters.
    if (isCut(subject) && manifests.some(({ annotations }) => annotations?.[REFERENCE]))
      return leaveOut(notIts(digest))
  }
  if (!isIts({ digest })) {
    // One that was cut off on its way has another digest too.
    if (!manifests) parseAnyManifest(stored.bytes, stored.descriptor.mediaType)
    return leaveOut(notIts(digest))
  }
  const referrer: Referrer = {
    ...stored.descriptor,
    ...summarize(readManifest(stored)),
    subject: { digest: subject },
    via: [TAG],
    // Another digest may begin with the same 64 characters.
    confirmed: !isCut(subject),
  }
  return passes(referrer, options) ? [referrer] : []
}
