/**
 * The document at one of cosign's tags as it is written: layers, and the image config that cosign makes of them.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, digestOf } from '../../model/digest.ts'
import { suffixTag } from '../../model/digest-tags.ts'
import { encodeManifest, type ImageManifest } from '../../model/manifest.ts'
import { IMAGE_CONFIG, IMAGE_MANIFEST } from '../../model/media-types.ts'
import { parseTag } from '../../model/reference.ts'
import { hasBlob } from '../../registry/blobs/blobs.ts'
import type { Repository } from '../../registry/repository.ts'
import { alternatives } from '../lib/alternatives.ts'
import type { TagDocument } from '../shared-tag/document.ts'
import type { SmallBlob } from '../strategy.ts'
import { type CosignContent, mergeAnnotations, readCosign } from './manifest.ts'

/** Where tags are, and what they begin with. */
export interface CosignPlace {
  readonly repo: Repository
  readonly prefix: string
  /** Whether they are not where the images are: such a repository may well not be there yet. */
  readonly apart: boolean
}

/** The options of `cosignTags()` that say where tags are. */
export interface PlaceOptions {
  readonly prefix?: string | undefined
  readonly repository?: Repository | undefined
}

/** Where the tags of a repository's images are. */
export function placeOf(repo: Repository, { prefix = '', repository }: PlaceOptions): CosignPlace {
  return { repo: repository ?? repo, prefix, apart: repository !== undefined }
}

/** The document at one of a subject's tags. Its entries are layers. */
export function cosignDocument(
  { prefix }: CosignPlace,
  subject: Digest,
  suffix: string,
): TagDocument {
  return {
    tag: parseTag(`${prefix}${suffixTag(subject, suffix)}`, 'prefix'),
    purpose: `hold what cosign keeps of ${subject}`,
    alternatives,

    inspect(stored) {
      const read = readCosign(subject, stored)
      if ('foreign' in read) return { entries: [], ...read }
      return { entries: read.manifest.layers, unreadable: read.unreadable }
    },

    // Two signatures of one payload are layers with one digest: they differ by their annotations.
    key: ({ mediaType, digest, annotations }) =>
      JSON.stringify([mediaType, digest, mergeAnnotations(annotations)]),

    // No isLost: a layer that was overwritten looks like one that was removed, since its blob outlives
    // both. A removed signature must not come back, so none is restored.
    exists: (repo, { digest }, signal) => hasBlob(repo, digest, { signal }),
    leavesWithLast: true,

    async encode(_, before, layers) {
      const read = before && (readCosign(subject, before) as CosignContent)
      const old = read?.manifest
      const config = await cosignConfig(layers, old?.config.mediaType)
      const head = { schemaVersion: 2, mediaType: IMAGE_MANIFEST } as const
      // Layers that cannot be read stay: another client may read them.
      const kept = read?.unreadable.map(({ value }) => value as Descriptor) ?? []
      const all = [...layers, ...kept]
      const manifest: ImageManifest = { ...head, ...old, config: config.descriptor, layers: all }
      return { bytes: encodeManifest(manifest), mediaType: manifest.mediaType, blobs: [config] }
    },
  }
}

/** The time that cosign writes where it records none. */
const NEVER = '0001-01-01T00:00:00Z'

/** The image config that cosign writes for these layers: of no platform, with a history of no time. */
export async function cosignConfig(
  layers: readonly Descriptor[],
  type: string = IMAGE_CONFIG,
): Promise<SmallBlob> {
  const diffIds = layers.map(({ digest }) => digest)
  const text = JSON.stringify({
    architecture: '',
    created: NEVER,
    ...(diffIds[0] && { history: diffIds.map(() => ({ created: NEVER })) }),
    os: '',
    rootfs: { type: 'layers', diff_ids: diffIds },
    config: {},
  })
  const data = new TextEncoder().encode(text)
  // Fields in the order in which cosign writes them.
  const size = data.byteLength
  return { descriptor: { mediaType: type, size, digest: await digestOf(data) }, data }
}
