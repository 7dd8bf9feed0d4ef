/**
 * From a listed descriptor to a referrer: filters, and the manifest itself where the listing says
 * too little.
 *
 * @module
 */
import { type Annotations, matchesAnnotations } from '../model/annotations.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { artifactTypeOf, isManifestType, type Manifest, parseManifest } from '../model/manifest.ts'
import { EMPTY_JSON, IMAGE_CONFIG } from '../model/media-types.ts'
import { findManifest } from '../registry/manifests.ts'
import { type Repository, warn } from '../registry/repository.ts'
import type { DiscoverOptions, Referrer, Via } from './strategy.ts'

/** Types that say nothing: listings carry them where the artifact's own type was not copied. */
const vague = new Set<string | undefined>([undefined, '', EMPTY_JSON, IMAGE_CONFIG])

/**
 * Turns listed descriptors into referrers that pass the filters. A manifest is read only where a
 * filter needs what the listing left out, or where its entry cannot be trusted without.
 *
 * @param pointsAt - whether a manifest that was read points at the subject
 */
export async function toReferrers(
  repo: Repository,
  subject: Digest,
  listed: readonly Descriptor[],
  via: Via,
  options: DiscoverOptions,
  pointsAt: PointsAt = bySubject,
): Promise<readonly Referrer[]> {
  const trusted = via.source === 'referrers-api'
  const found = await Promise.all(
    listed.map(async (entry): Promise<Referrer | undefined> => {
      const unknownType = vague.has(entry.artifactType) && (!trusted || options.artifactType)
      const unknownAnnotations = options.annotations && entry.annotations === undefined
      const read = options.verify || unknownType || unknownAnnotations
      const plain = {
        ...withMap(entry),
        subject: { digest: subject },
        via: [via],
        confirmed: trusted,
      }
      if (!read || !isManifestType(entry.mediaType)) return plain
      const own = await readReferrer(repo, subject, entry, pointsAt, options.signal)
      return own && { ...plain, ...own, confirmed: true }
    }),
  )
  return found.filter(
    (referrer) => referrer !== undefined && passes(referrer, options),
  ) as Referrer[]
}

/** Whether a manifest points at a subject. */
export type PointsAt = (manifest: Manifest, subject: Digest) => boolean

const bySubject: PointsAt = (manifest, subject) =>
  'subject' in manifest && manifest.subject?.digest === subject

/** A referrer's own word, or `undefined` when it is gone or points elsewhere. */
async function readReferrer(
  repo: Repository,
  subject: Digest,
  entry: Descriptor,
  pointsAt: PointsAt,
  signal: AbortSignal | undefined,
): Promise<OwnWord | undefined> {
  const stored = await findManifest(repo, entry.digest, { signal })
  if (!stored) {
    warn(repo, `${entry.digest} is listed as a referrer of ${subject}, but its manifest is gone`)
    return undefined
  }
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType)
  if (!pointsAt(manifest, subject)) {
    warn(repo, `${entry.digest} is listed as a referrer of ${subject}, but does not point at it`)
    return undefined
  }
  return ownWord(manifest)
}

/** What a manifest says of itself. */
export interface OwnWord {
  readonly artifactType?: string
  readonly annotations?: Annotations
}

/** Type and annotations of a manifest, as a listing would have them. */
export function ownWord(manifest: Manifest): OwnWord {
  const artifactType = artifactTypeOf(manifest)
  const annotations = 'annotations' in manifest && manifest.annotations
  return {
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations: copyMap(annotations) }),
  }
}

/** Whether a referrer is one that was asked for. */
export function passes(referrer: Referrer, options: DiscoverOptions): boolean {
  return (
    (options.artifactType === undefined || referrer.artifactType === options.artifactType) &&
    (options.annotations === undefined ||
      matchesAnnotations(referrer.annotations, options.annotations))
  )
}

function withMap(entry: Descriptor): Descriptor {
  return entry.annotations ? { ...entry, annotations: copyMap(entry.annotations) } : entry
}

// Keys from the wire, such as "__proto__", are only ever keys.
function copyMap(annotations: Annotations): Annotations {
  return Object.assign(Object.create(null), annotations)
}
