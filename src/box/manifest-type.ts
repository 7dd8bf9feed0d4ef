/**
 * The media type of a manifest that nothing describes: what it says itself, or what its fields are
 * (image-spec 1.1 wants `mediaType` in manifests, 1.0 did not).
 *
 * @module
 */
import { IMAGE_INDEX, IMAGE_MANIFEST, isKnownManifestType } from '../model/media-types.ts'
import { isObject } from '../platform/options.ts'

/** A manifest's media type; undefined for what is none that this package reads. */
export function manifestTypeOf(bytes: Uint8Array): string | undefined {
  const document = parse(bytes)
  if (!isObject(document)) return undefined
  const { mediaType, schemaVersion, manifests, config, layers } = document
  if (typeof mediaType === 'string') return isKnownManifestType(mediaType) ? mediaType : undefined
  if (mediaType !== undefined || schemaVersion !== 2) return undefined
  if (Array.isArray(manifests)) return IMAGE_INDEX
  return config !== undefined && Array.isArray(layers) ? IMAGE_MANIFEST : undefined
}

/** Whether a blob that begins with these bytes can be an object of JSON. */
export function mayBeJson(beginning: Uint8Array): boolean {
  // RFC 8259 section 2: white space, then the object.
  const first = beginning.findIndex((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte))
  return first < 0 || beginning[first] === 0x7b
}

function parse(bytes: Uint8Array): unknown {
  if (!mayBeJson(bytes.subarray(0, 64))) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
