/**
 * Reading a manifest so that "it is gone" is sure.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { MANIFEST_TYPES } from '../../model/media-types.ts'
import { sharedRead } from '../../registry/read-manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { toError } from '../lib/to-error.ts'
import type { GraphManifest, GraphProblem } from './repository-graph.ts'

/** All types by name, since some registries answer 404 for others. */
const accept = [...MANIFEST_TYPES, '*/*;q=0.1']

/** Codes with which registries say that a manifest is not there (distribution-spec 1.1, "Error Codes"; Harbor's). */
const gone = /^(MANIFEST_UNKNOWN|NOT_FOUND)$/

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
    const found = await sharedRead(repo, reference, { accept, signal })
    if (!(found instanceof RegistryError)) return found
    // A proxy's page says nothing of the registry.
    if (found.errors.some(({ code }) => gone.test(code))) return 'gone'
    problems.push({ at: reference, kind: 'unread', reason: found.message })
  } catch (error) {
    signal?.throwIfAborted()
    problems.push({ at: reference, kind: 'unread', reason: toError(error).message })
  }
  return 'unknown'
}
