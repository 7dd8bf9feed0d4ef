/**
 * What a manifest refers to, and how it is listed there. The one place that knows, so that a storage
 * that reads manifests again after a restart finds what the registry found when they were pushed.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import {
  artifactTypeOf,
  type ImageIndex,
  type ImageManifest,
  isManifestType,
  parseManifest,
} from '../model/manifest.ts'
import type { Link, StoredManifest } from './storage.ts'

/** The links of a manifest. */
export function linksOf(
  stored: StoredManifest,
  manifest: ImageManifest | ImageIndex,
): readonly Link[] {
  const { subject } = manifest
  if (!subject) return []
  const referrer = referrerOf(stored, manifest)
  return [{ relation: 'subject', subject: subject.digest, referrer }]
}

/** What a manifest in a storage says about others: nothing, where it cannot be read. */
export function readStored(stored: StoredManifest): {
  readonly links: readonly Link[]
  /** Manifests that it lists as its own. */
  readonly children: readonly Descriptor[]
} {
  const { mediaType } = stored
  if (!isManifestType(mediaType)) return { links: [], children: [] }
  try {
    const manifest = parseManifest(stored.bytes, mediaType)
    const entries = 'manifests' in manifest ? manifest.manifests : []
    return {
      links: linksOf(stored, manifest),
      children: entries.filter(({ mediaType }) => isManifestType(mediaType)),
    }
  } catch (error) {
    if (error instanceof InvalidInputError) return { links: [], children: [] }
    throw error
  }
}

/** How a manifest is listed as a referrer (distribution-spec 1.1, "Listing Referrers"). */
function referrerOf(stored: StoredManifest, manifest: ImageManifest | ImageIndex): Descriptor {
  const artifactType = artifactTypeOf(manifest)
  const { annotations } = manifest
  return {
    mediaType: stored.mediaType,
    digest: stored.digest,
    size: stored.bytes.byteLength,
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
  }
}
