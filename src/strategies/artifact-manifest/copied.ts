/**
 * Annotations of an artifact manifest that say the same as another one of it: registries sort by one, clients read the
 * other (PROPOSAL_A.md; ORAS artifacts-spec).
 *
 * @module
 */
import { type Annotations, CREATED } from '../../model/annotations.ts'
import { ARTIFACT_CREATED, ORAS_ARTIFACT_CREATED } from '../../model/artifact-created.ts'

/** Whether an annotation is a copy of another one, added for registries to sort by. */
export function isCopied(annotations: Annotations, key: string): boolean {
  const made = annotations[CREATED]
  if (key === ARTIFACT_CREATED) return annotations[key] === made
  if (key !== ORAS_ARTIFACT_CREATED) return false
  return annotations[key] === (annotations[ARTIFACT_CREATED] ?? made)
}
