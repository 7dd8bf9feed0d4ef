/**
 * Finding what is linked by digest tags (proposal D, "Registry HTTP API"). Loaded when something is
 * listed so.
 *
 * @module
 */
import type { Digest } from '../model/digest.ts'
import {
  type DigestTag,
  digestTagPrefix,
  hashOf,
  isCut,
  parseDigestTag,
} from '../model/digest-tags.ts'
import { type ImageIndex, isIndexType, isManifestType, parseManifest } from '../model/manifest.ts'
import type { MediaType } from '../model/media-types.ts'
import { findManifest } from '../registry/manifests.ts'
import { type Repository, warn } from '../registry/repository.ts'
import { tagsFrom } from '../registry/seek-tags.ts'
import { knownShortTypeOf, knownShortTypes, REFERENCE } from './_reference-type.ts'
import { ownWord, passes, toReferrers } from './_referrer.ts'
import type { DiscoverOptions, Referrer, Via } from './strategy.ts'

const strategy = 'digest-tags'
/** The tag leads to the artifact. */
const TAG: Via = { strategy, source: 'digest-tag' }
/** The tag leads to an index that holds it. */
const INDEX: Via = { strategy, source: 'index-at-digest-tag' }

/**
 * Referrers by page of tags, each once.
 *
 * @param type - only tags that end so
 */
export async function* discoverDigestTags(
  repo: Repository,
  subject: Digest,
  type: string | undefined,
  options: DiscoverOptions,
): AsyncGenerator<readonly Referrer[], void, undefined> {
  const found = new Set<Digest>()
  const { artifactType } = options
  for await (const tags of tagsFrom(repo, digestTagPrefix(subject), options)) {
    const links = tags.map(parseDigestTag).filter((tag) => tag?.kind === 'artifact')
    const wanted = links.filter((tag) =>
      type === undefined
        ? !artifactType || mayBeShortFor(tag.type, artifactType)
        : tag.type === type,
    )
    const pages = await Promise.all(wanted.map((tag) => readLink(repo, subject, tag, options)))
    yield pages.flat().filter(({ digest }) => !found.has(digest) && found.add(digest))
  }
}

/** What a tag leads to: an artifact, or the entries of an index for this subject. */
async function readLink(
  repo: Repository,
  subject: Digest,
  { tag, hash }: DigestTag & { readonly kind: 'artifact' },
  options: DiscoverOptions,
): Promise<readonly Referrer[]> {
  const leaveOut = (why: string): readonly Referrer[] => {
    warn(repo, `The tag ${tag} ${why}: it is left out`)
    return []
  }
  const stored = await findManifest(repo, tag, { signal: options.signal })
  if (!stored) return leaveOut('is gone')
  const { digest, mediaType } = stored.descriptor
  const manifest = isManifestType(mediaType) ? parseManifest(stored.bytes, mediaType) : undefined
  const isIts = ({ digest }: { readonly digest: Digest }) => hashOf(digest).startsWith(hash)
  if (manifest && isIndexType(mediaType)) {
    const own = (manifest as ImageIndex).manifests.filter(
      ({ annotations }) => annotations?.[REFERENCE] === subject,
    )
    if (own.length > 0) {
      // The artifact's own tag; some tag an index by the index's hash, and mean all that is in it.
      const exact = own.filter(isIts)
      return toReferrers(repo, subject, exact.length > 0 ? exact : own, INDEX, options, () => true)
    }
  }
  if (!isIts({ digest })) return leaveOut(`leads to ${digest}, which is not for ${subject}`)
  const referrer: Referrer = {
    ...stored.descriptor,
    ...(manifest && ownWord(manifest)),
    subject: { digest: subject },
    via: [TAG],
    // Another digest may begin with the same 64 characters.
    confirmed: !isCut(subject),
  }
  return passes(referrer, options) ? [referrer] : []
}

/**
 * Whether an artifact of this type may have this short type. Only those known can be told apart:
 * whoever publishes can give any short type to any artifact.
 */
function mayBeShortFor(shortType: string, artifactType: MediaType): boolean {
  const own = knownShortTypeOf(artifactType)
  return !own || own === shortType || !knownShortTypes.includes(shortType)
}
