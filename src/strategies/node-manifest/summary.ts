/**
 * Type and annotations of a node, which proposal C has no fields for: they are in its description (PROPOSAL_C.md,
 * "Filtering").
 *
 * @module
 */
import { NODE_DESCRIPTION, parseNodeDescription } from '../../model/node-description.ts'
import type { NodeManifest } from '../../model/node-manifest.ts'
import type { Summary } from '../lib/summary.ts'

/** Type and annotations of a node; a node without a type has that of its first object. */
export function summarizeNode({ description, objects }: NodeManifest): Summary {
  const first = objects[0]?.mediaType
  return { ...(first && { artifactType: first }), ...summarizeDescription(description) }
}

/** Type and annotations in a description; the text before them is an annotation too. */
export function summarizeDescription(description: string | undefined): Summary {
  const { text, artifactType, annotations } = parseNodeDescription(description)
  const all = text
    ? Object.assign(Object.create(null), annotations, { [NODE_DESCRIPTION]: text })
    : annotations
  return { ...(artifactType && { artifactType }), ...(all && { annotations: all }) }
}
