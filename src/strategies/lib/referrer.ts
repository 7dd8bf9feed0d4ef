/**
 * From listed descriptors to referrers: applies the filters, and reads manifests where the list says too little.
 *
 * @module
 */
import { type Annotations, matchesAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import {
  artifactTypeOf,
  isManifestType,
  type Manifest,
  parseManifest,
  parseOutline,
} from '../../model/manifest.ts'
import { EMPTY_JSON, IMAGE_CONFIG, isKnownManifestType } from '../../model/media-types.ts'
import { findManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { FindOptions, Referrer, Via } from '../strategy.ts'

/**
 * Whether a manifest points at a subject; `'listed'` where only its entry says so; `undefined` where it does, or may,
 * by another strategy's field, which needs no warning.
 */
export type PointsAt = (manifest: Manifest, subject: Digest) => boolean | 'listed' | undefined

/**
 * By `subject`; or by `refers`, as proposal E called it before the name was settled. A manifest with
 * neither that has a `reference` is proposal B's.
 */
export const bySubject: PointsAt = (manifest, subject) => {
  const { subject: own, refers, reference } = manifest as Pointing
  if (own?.digest === subject || refers?.digest === subject) return true
  return own || refers || !reference ? false : undefined
}

interface Pointing {
  readonly subject?: Descriptor
  /** Not checked when it was read. */
  readonly refers?: { readonly digest?: unknown } | null
  readonly reference?: unknown
}

/** Types that say nothing: listings carry them where the artifact's own type was not copied. */
const vague = new Set<string | undefined>([undefined, '', EMPTY_JSON, IMAGE_CONFIG])

/** Whether a type is the wanted one, or one of these. */
export function isOfType(type: string | undefined, wanted: FindOptions['artifactType']): boolean {
  if (wanted === undefined) return true
  return typeof wanted === 'string' ? type === wanted : type !== undefined && wanted.includes(type)
}

/** Whether an entry's type may be a wanted one. */
export function mayBeOfType(
  { artifactType }: Descriptor,
  wanted: FindOptions['artifactType'],
): boolean {
  return isOfType(artifactType, wanted) || vague.has(artifactType)
}

/**
 * Turns listed descriptors into referrers that pass the filters. A manifest is read only where a
 * filter needs what the listing left out, or where its entry cannot be trusted without. What the
 * registry keeps itself is trusted.
 *
 * @param pointsAt - checks each manifest that is read
 */
export async function toReferrers(
  repo: Repository,
  subject: Digest,
  listed: readonly Descriptor[],
  via: Via,
  options: FindOptions,
  pointsAt: PointsAt = bySubject,
): Promise<readonly Referrer[]> {
  const trusted = via.kept === 'registry'
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
      if (!read || !isKnownManifestType(entry.mediaType)) return plain
      const own = await readReferrer(repo, subject, entry, pointsAt, options.signal)
      return own && { ...plain, ...own }
    }),
  )
  return found.filter(
    (referrer) => referrer !== undefined && passes(referrer, options),
  ) as Referrer[]
}

/** What a referrer's manifest says, or `undefined` when it is gone or points elsewhere. */
async function readReferrer(
  repo: Repository,
  subject: Digest,
  entry: Descriptor,
  pointsAt: PointsAt,
  signal: AbortSignal | undefined,
): Promise<(Summary & Pick<Referrer, 'confirmed'>) | undefined> {
  const { digest, mediaType } = entry
  // Some registries answer 404 for a type that `Accept` does not name.
  const accept = isManifestType(mediaType) ? undefined : [mediaType]
  const stored = await findManifest(repo, digest, { accept, signal })
  if (!stored) {
    warn(repo, `${digest} is listed as a referrer of ${subject}, but its manifest is gone`)
    return undefined
  }
  const manifest = readManifest(stored)
  const points = pointsAt(manifest, subject)
  if (points) return { ...summarize(manifest), confirmed: points === true }
  if (points === false) {
    warn(repo, `${digest} is listed as a referrer of ${subject}, but does not point at it`)
  }
  return undefined
}

/** A manifest; of the types of 2022, only what tells its kind and its subject. */
export function readManifest({ bytes, descriptor }: StoredManifest): Manifest {
  const { mediaType } = descriptor
  return isManifestType(mediaType)
    ? parseManifest(bytes, mediaType)
    : (parseOutline(bytes, mediaType) as Manifest)
}

/** Type and annotations of a manifest, as a listing has them. */
export interface Summary {
  readonly artifactType?: string
  readonly annotations?: Annotations
}

/** Summarizes a manifest as a listing does (distribution-spec 1.1, "Listing Referrers"). */
export function summarize(manifest: Manifest): Summary {
  const artifactType = artifactTypeOf(manifest)
  const annotations = 'annotations' in manifest && manifest.annotations
  return {
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations: copyMap(annotations) }),
  }
}

/** Whether a referrer passes the filters. */
export function passes(referrer: Referrer, options: FindOptions): boolean {
  return (
    isOfType(referrer.artifactType, options.artifactType) &&
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
