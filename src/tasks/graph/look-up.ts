/**
 * Reading a manifest so that "it is gone" is sure.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { EVERY_TYPE } from '../../registry/every-type.ts'
import { sharedRead } from '../../registry/read-manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import { saysGone } from '../../registry/says-gone.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { toError } from '../lib/to-error.ts'
import type { GraphManifest, GraphProblem } from './repository-graph.ts'

/**
 * Reads a manifest. What cannot be read is kept as a problem.
 *
 * @throws the signal's reason
 */
export async function lookUp(
  repo: Repository,
  reference: string,
  problems: GraphProblem[],
  signal: AbortSignal | undefined,
): Promise<StoredManifest | Exclude<GraphManifest['status'], 'there'>> {
  try {
    const found = await sharedRead(repo, reference, { accept: EVERY_TYPE, signal })
    if (!(found instanceof RegistryError)) return found
    // A proxy's page says nothing of the registry.
    if (saysGone(found)) return 'gone'
    problems.push({ at: reference, kind: 'unread', reason: found.message })
  } catch (error) {
    signal?.throwIfAborted()
    problems.push({ at: reference, kind: 'unread', reason: toError(error).message })
  }
  return 'unknown'
}
