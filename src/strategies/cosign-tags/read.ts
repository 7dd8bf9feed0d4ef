/**
 * The artifact in what cosign keeps at a tag.
 *
 * @module
 */
import { type Descriptor, EMPTY } from '../../model/descriptor.ts'
import type { Manifest } from '../../model/manifest.ts'
import { mapOf } from '../lib/image-artifact.ts'
import type { Artifact } from '../strategy.ts'
import { SIGNATURE } from './annotations.ts'

/** Layers as blobs: their types, and annotations that were the artifact's, are all that cosign keeps. */
export function readLayers(manifest: Manifest): Artifact | undefined {
  const layers = 'layers' in manifest ? manifest.layers.map(withoutDefault) : []
  const [first] = layers
  if (!first) return undefined
  const { mediaType: artifactType, digest, annotations } = first
  const none = layers.length === 1 && digest === EMPTY.digest
  return none
    ? { artifactType, blobs: [], ...(annotations && { annotations }) }
    : { artifactType, blobs: layers }
}

/** A layer without the empty signature that every attestation gets. */
function withoutDefault({ annotations = {}, ...layer }: Descriptor): Descriptor {
  const kept = Object.entries(annotations).filter(([key, value]) => key !== SIGNATURE || value)
  return kept.length > 0 ? { ...layer, annotations: mapOf(kept) } : layer
}
