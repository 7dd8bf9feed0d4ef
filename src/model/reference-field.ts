/**
 * Proposal B: a `reference` field on image manifests, indexes and index entries (PROPOSAL_B.md, "JSON
 * Schema"). To everybody else it is an unknown field, so documents are readable whatever it holds.
 *
 * @module
 */
import { check, type Descriptor, descriptorSchema } from './descriptor.ts'

/** A document that refers to a manifest. */
export type Referring<Document> = Document & { readonly reference: Descriptor }

/**
 * What a document or an index entry refers to; `undefined` where it has no `reference`, or `null`.
 *
 * @param path - name of the document, for the error
 * @throws {@link InvalidInputError} naming the field, when it is no descriptor
 */
export function referenceOf(
  document: { readonly reference?: unknown },
  path = 'manifest',
): Descriptor | undefined {
  const { reference } = document
  if (reference === undefined || reference === null) return undefined
  return check(descriptorSchema, reference, `${path}.reference`)
}
