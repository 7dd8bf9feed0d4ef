/**
 * Entries of a list of manifests, read one by one: whoever can push to a repository can put anything into a list, and
 * one bad entry must not hide the others (image-spec 1.1, image-index.md).
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { forbidBesideManifests, parseDocument } from './_document.ts'
import { type Descriptor, parseDescriptor } from './descriptor.ts'
import { IMAGE_INDEX } from './media-types.ts'

/** A list taken apart. */
export interface Entries {
  readonly entries: readonly Descriptor[]
  /** What is no descriptor, as it stands there, and why. */
  readonly unreadable: readonly { readonly value: unknown; readonly error: InvalidInputError }[]
}

/**
 * Reads the entries of an image index, or of a list that a registry answers as one. `null` is a spelling of "none";
 * so is no list at all in what has a `schemaVersion`, since some encoders leave out what is empty. Neither is one
 * beside `errors`.
 *
 * @returns `undefined` for a document without a list, such as the body of an error
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` when it is no JSON object, of another type, or has the fields of
 *   another type too
 */
export function parseEntries(
  bytes: Uint8Array,
  mediaType: string = IMAGE_INDEX,
): Entries | undefined {
  const value = parseDocument(bytes, mediaType)
  const { manifests, schemaVersion } = value
  forbidBesideManifests(value)
  if (manifests === undefined && schemaVersion !== 2) return undefined
  const list = splitEntries(manifests ?? [], 'manifests')
  return list.entries[0] || !hasErrors(value) ? list : undefined
}

/** Whether a document is the body of an error, as registries or gateways before them write it, whatever else it has. */
export function hasErrors(body: Readonly<Record<string, unknown>>): boolean {
  return !!(body.error || body.message) || Object.keys(Object(body.errors)).length > 0
}

/** More of them make a list that is no list of manifests. */
export const MAX_UNREADABLE = 1000

const EXPECTED = `a list, of which at most ${MAX_UNREADABLE} entries cannot be read`

/** The same of a list that was read already. */
export function splitEntries(list: unknown, key: string): Entries {
  if (!Array.isArray(list)) {
    throw new InvalidInputError('INVALID_MANIFEST', `manifest.${key}`, 'a list', list)
  }
  const entries: Descriptor[] = []
  const unreadable: { value: unknown; error: InvalidInputError }[] = []
  const path = `manifest.${key}`
  for (const [i, value] of list.entries()) {
    try {
      entries.push(parseDescriptor(value, `${key}[${i}]`))
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      // Two million fit into 4 MiB, each of which costs an error and a warning.
      if (unreadable.length >= MAX_UNREADABLE)
        throw new InvalidInputError('INVALID_MANIFEST', path, EXPECTED, list)
      unreadable.push({ value, error })
    }
  }
  return { entries, unreadable }
}
