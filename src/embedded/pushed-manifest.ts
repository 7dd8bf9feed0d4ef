/**
 * What a pushed manifest must be like, and what must be there before it (distribution-spec 1.1,
 * "Pushing Manifests"). Bytes are never changed.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import {
  type ImageIndex,
  type ImageManifest,
  isManifestType,
  parseManifest,
} from '../model/manifest.ts'
import { Refusal } from './answers.ts'
import { ambiguityOf } from './json.ts'
import type { RepositoryStorage } from './storage.ts'

// Layers that registries need not have: fetched from their "urls" (image-spec 1.1, layer.md).
const notDistributable = [
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
]

/**
 * Reads a pushed manifest.
 *
 * @throws {@link Refusal} 400 `MANIFEST_INVALID`
 */
export function readManifest(bytes: Uint8Array, mediaType: string): ImageManifest | ImageIndex {
  if (!isManifestType(mediaType)) {
    const message = 'Content-Type must be that of an image manifest or image index'
    throw new Refusal(400, 'MANIFEST_INVALID', message, { detail: { mediaType } })
  }
  const ambiguity = ambiguityOf(new TextDecoder().decode(bytes))
  if (ambiguity) throw new Refusal(400, 'MANIFEST_INVALID', ambiguity)
  try {
    return parseManifest(bytes, mediaType)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    const { message, path } = error
    throw new Refusal(400, 'MANIFEST_INVALID', message, { detail: { path } })
  }
}

/**
 * Checks that everything a manifest is made of is in the repository. Its subject may be missing.
 *
 * @throws {@link Refusal} 400 `MANIFEST_BLOB_UNKNOWN`, with the first digest that is missing
 */
export async function requireReferences(
  repository: RepositoryStorage,
  manifest: ImageManifest | ImageIndex,
): Promise<void> {
  if ('manifests' in manifest) {
    for (const { mediaType, digest } of manifest.manifests) {
      if (isManifestType(mediaType) && !(await repository.findManifest(digest))) throw lacks(digest)
    }
    return
  }
  for (const { mediaType, digest } of [manifest.config, ...manifest.layers]) {
    if (notDistributable.some((prefix) => mediaType.startsWith(prefix))) continue
    if (!(await repository.findBlob(digest))) throw lacks(digest)
  }
}

function lacks(digest: string): Refusal {
  const message = 'manifest references a manifest or blob unknown to registry'
  return new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', message, { detail: { digest } })
}
