/**
 * Whether the registry's list has what was written.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { type ListApi, listReferrersApi, maybeHidden } from './list-api.ts'

/** Which of some entries the registry's list has; none where it has no list. */
export async function listedOf(
  repo: Repository,
  subject: Digest,
  entries: readonly Descriptor[],
  api: ListApi,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<Digest>> {
  const wanted = new Set(entries.map(({ digest }) => digest))
  const [type, ...others] = new Set(entries.map(({ artifactType }) => artifactType))
  const artifactType = others.length === 0 ? type : undefined
  const found = new Set<Digest>()
  try {
    for await (const page of listReferrersApi(repo, subject, { artifactType, signal }, api)) {
      for (const { digest } of page) if (wanted.has(digest)) found.add(digest)
      if (found.size === wanted.size) break
    }
  } catch (error) {
    if (!maybeHidden(repo, error, api)) throw error
  }
  return found
}
