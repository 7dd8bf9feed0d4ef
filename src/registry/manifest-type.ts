/**
 * The media type of what a registry serves as a manifest (distribution-spec 1.1, "Pulling manifests": `Content-Type`
 * should be the manifest's `mediaType`). Registries of static files and some mirrors say `application/json` of all, or
 * what they make of a file without an ending.
 *
 * @module
 */
import {
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  isKnownManifestType,
  isMediaType,
} from '../model/media-types.ts'
import { fieldsOf } from '../platform/body.ts'

/**
 * The announced type, where it is a manifest's; else what the body says it is; else what it looks like, since
 * `mediaType` may be left out.
 *
 * @param announced - `Content-Type` without parameters
 * @returns `undefined` for what is no manifest, such as a login page or the body of an error
 */
export function typeOfManifest(announced: string, bytes: Uint8Array): string | undefined {
  if (isKnownManifestType(announced)) return announced
  const { mediaType, schemaVersion, config, manifests } = fieldsOf(bytes)
  if (isMediaType(mediaType)) return mediaType
  if (schemaVersion === 2 && !config !== !manifests) return config ? IMAGE_MANIFEST : IMAGE_INDEX
  // Docker's first schema has no mediaType.
  const isJson = /[/+](json|prettyjws)$/.test(announced)
  return isJson && (schemaVersion !== undefined || announced !== 'application/json')
    ? announced
    : undefined
}
