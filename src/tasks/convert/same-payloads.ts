/**
 * When content is all there.
 *
 * @module
 */
import type { Artifact } from '../../strategies/strategy.ts'

/** Whether a manifest has all of an artifact's blobs: at cosign's tags it may have those of others too. */
export function samePayloads(
  artifact: Pick<Artifact, 'blobs'>,
  found: Artifact | undefined,
): boolean {
  if (!found) return false
  const there = new Set(
    [...found.blobs, ...(found.config ? [found.config] : [])].map(({ digest }) => digest),
  )
  return artifact.blobs.every(({ digest }) => there.has(digest))
}
