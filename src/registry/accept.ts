/**
 * What to accept when the manifest of a descriptor is read.
 *
 * @module
 */
import { isManifestType } from '../model/manifest.ts'

/** The descriptor's own type, where a read does not name it anyway: some registries answer 404 to others. */
export function acceptOf({
  mediaType,
}: {
  readonly mediaType: string
}): readonly string[] | undefined {
  return isManifestType(mediaType) ? undefined : [mediaType]
}
