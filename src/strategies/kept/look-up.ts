/**
 * Whether the registry's list has what was written: where its answers to the writes do not settle that.
 *
 * @module
 */
import { isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { type ListApi, listReferrersApi, maybeHidden } from './list-api.ts'

/**
 * Which of the written entries the registry lists.
 *
 * @param acknowledged - whether it says that it keeps track of them
 * @returns `'unread'` where it says so, and the list cannot be read
 */
export async function lookUp(
  repo: Repository,
  subject: Digest,
  entries: readonly Descriptor[],
  api: ListApi,
  acknowledged: boolean,
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<Digest> | 'unread'> {
  try {
    return await listedOf(repo, subject, entries, api, signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (!acknowledged || !isOcilinkError(error)) throw error
    warn(
      repo,
      `The registry says that it lists what was linked to ${subject}, but: ${error.message}`,
    )
    return 'unread'
  }
}

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
