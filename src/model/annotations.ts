/**
 * Annotations: a string map on descriptors and manifests (image-spec 1.1, annotations.md).
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'

/** String map. Made without a prototype when it comes from the wire. */
export type Annotations = Readonly<Record<string, string>>

/** When an image or artifact was made, RFC 3339. */
export const CREATED = 'org.opencontainers.image.created'

/**
 * Checks annotations given by a caller and copies them, keys sorted, so that the same input always
 * makes the same bytes.
 *
 * @throws {@link InvalidInputError} `INVALID_INPUT` naming the key
 */
export function checkAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): Annotations | undefined {
  if (annotations === undefined) return undefined
  const copy: Record<string, string> = Object.create(null)
  for (const key of Object.keys(annotations).sort()) {
    const value: unknown = annotations[key]
    if (key === '') throw new InvalidInputError('INVALID_INPUT', path, 'without empty keys', key)
    if (typeof value !== 'string') {
      throw new InvalidInputError('INVALID_INPUT', `${path}["${key}"]`, 'a string', value)
    }
    copy[key] = value
  }
  return Object.keys(copy).length > 0 ? copy : undefined
}

/** Whether every wanted key is there with the wanted value. */
export function matchesAnnotations(
  annotations: Annotations | undefined,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.keys(wanted).every(
    (key) =>
      annotations !== undefined &&
      Object.hasOwn(annotations, key) &&
      annotations[key] === wanted[key],
  )
}
