/**
 * What a node cannot say of an artifact (PROPOSAL_C.md).
 *
 * @module
 */
import type { Loss } from '../strategy.ts'

/**
 * The fields that `nodeManifest()` gives back otherwise, or not at all.
 *
 * @param description - that of its options: a text, a function, or nothing
 */
export function lossesOf(hasConfig: boolean, description: unknown): readonly Loss[] {
  const losses: Loss[] = []
  if (hasConfig) {
    losses.push({ field: 'config', reason: 'a node has none: it becomes the last object' })
    losses.push({ field: 'blobs', reason: 'the config is the last of them' })
  }
  if (description !== undefined)
    losses.push({ field: 'annotations', reason: 'the description is one of them' })
  if (typeof description === 'function')
    losses.push({ field: 'artifactType', reason: 'the description may leave it out' })
  return losses
}
