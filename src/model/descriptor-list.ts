/**
 * Lists of descriptors as the proposals' endpoints answer them: one key that holds the list, which
 * differs by dialect.
 *
 * @module
 */
import * as z from 'zod/mini'
import { parseDocument } from './_document.ts'
import { check, type Descriptor, descriptorSchema } from './descriptor.ts'
import { IMAGE_INDEX } from './media-types.ts'

/** Keys of proposals A and C, of ORAS's first builds, and of an image index. */
const keys = ['referrers', 'references', 'manifests', 'objects'] as const

/** A list, and the key it stood at. */
export interface DescriptorList {
  readonly key: (typeof keys)[number] | undefined
  readonly entries: readonly Descriptor[]
}

const listSchema = /* @__PURE__ */ (() => z.array(descriptorSchema))()

/**
 * Reads a list; absent and `null` are spellings of "none". All else in the document is ignored, such
 * as the `annotations` that proposal B's example writes as an array.
 *
 * @throws {@link InvalidInputError} naming the field
 */
export function parseDescriptorList(bytes: Uint8Array): DescriptorList {
  const value = parseDocument(bytes, IMAGE_INDEX)
  const key = keys.find((name) => value[name] !== undefined)
  return { key, entries: key ? check(listSchema, value[key] ?? [], key) : [] }
}
