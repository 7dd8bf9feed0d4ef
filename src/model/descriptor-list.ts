/**
 * Lists of descriptors as the proposals' endpoints answer them: one key that holds the list, which
 * differs by dialect.
 *
 * @module
 */
import { forbidFields, invalid, parseDocument } from './_document.ts'
import { type Entries, hasErrors, splitEntries } from './entries.ts'
import { IMAGE_INDEX } from './media-types.ts'

/** Keys of proposals A and C, of ORAS's first builds, and of an image index. */
const keys = ['referrers', 'references', 'manifests', 'objects'] as const

/** A list, and the key it stood at. */
export interface DescriptorList extends Entries {
  readonly key: (typeof keys)[number] | undefined
}

/**
 * Reads a list; absent and `null` are spellings of "none". All else in the document is ignored, such
 * as the `annotations` that proposal B's example writes as an array.
 *
 * @throws {@link InvalidInputError} `INVALID_MANIFEST` naming the field; also for the body of an error
 */
export function parseDescriptorList(bytes: Uint8Array): DescriptorList {
  const value = parseDocument(bytes, IMAGE_INDEX)
  const key = keys.find((name) => value[name] !== undefined)
  const list = key && value[key]
  const found = splitEntries(list ?? [], key ?? 'manifests')
  if (!found.entries[0] && hasErrors(value))
    throw invalid('manifest.errors', 'absent in a list', value.errors)
  // A document of another kind has none of them.
  forbidFields(value, ['layers', 'config', 'blobs'], key ?? 'manifests')
  if (!key && value.schemaVersion !== 2) {
    throw invalid('manifest', `a list: one of ${keys.join(', ')}`, value)
  }
  return { key, ...found }
}
