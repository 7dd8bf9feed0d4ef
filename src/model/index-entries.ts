/**
 * The entries of a document that is said to be an index: "it lists nothing" may only rest on one that is (image-spec
 * 1.1, image-index.md). A file of its own, since what a registry answers as a list may be none.
 *
 * @module
 */
import { invalid } from './_document.ts'
import { type Entries, parseEntries } from './entries.ts'

/**
 * Reads the entries of an index.
 *
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` as {@link parseEntries}, and for a document that neither has a
 *   list, which may be `null`, nor leaves an empty one out of what has a `schemaVersion` of 2
 */
export function indexEntries(bytes: Uint8Array, mediaType?: string): Entries {
  const list = parseEntries(bytes, mediaType)
  if (list) return list
  throw invalid('manifest.manifests', 'a list, as indexes have it', undefined)
}
