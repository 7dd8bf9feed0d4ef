/**
 * What an artifact manifest cannot say of an artifact (PROPOSAL_A.md).
 *
 * @module
 */
import type { Artifact, Loss } from '../strategy.ts'
import { isCopied } from './copied.ts'

/** The fields that `artifactManifest()` gives back otherwise, or not at all. */
export function lossesOf({ config, annotations = {} }: Artifact): readonly Loss[] {
  const copied = Object.keys(annotations).filter((key) => isCopied(annotations, key))
  return [
    ...(config
      ? [
          { field: 'config', reason: 'an artifact manifest has none: it becomes the last blob' },
          { field: 'blobs', reason: 'the config is the last of them' },
        ]
      : []),
    ...copied.map((key) => ({
      field: `annotations["${key}"]`,
      reason: 'another one says the same',
    })),
  ]
}
