/**
 * A referrer's manifest, as far as links need it.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { EMPTY } from '../../model/descriptor.ts'
import {
  type ImageManifest,
  isManifestType,
  type Manifest,
  parseManifest,
  parseOutline,
} from '../../model/manifest.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'

/** A manifest; of the types of 2022, and where its content is malformed, only what tells its kind and its subject. */
export function readManifest({ bytes, descriptor }: StoredManifest): Manifest {
  const { mediaType } = descriptor
  if (!isManifestType(mediaType)) return parseOutline(bytes, mediaType) as Manifest
  try {
    return parseManifest(bytes, mediaType)
  } catch (error) {
    const content = /^manifest\.(config\b|(layers|manifests)\[)/
    if (!(error instanceof InvalidInputError && content.test(error.path))) throw error
    const outline = parseOutline(bytes, mediaType) as ImageManifest
    const config = typeof outline.config?.mediaType === 'string' ? outline.config : EMPTY
    return { ...outline, config }
  }
}
