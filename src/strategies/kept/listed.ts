/**
 * What the registry lists for a subject, before a link is taken away.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { isIndexType } from '../../model/manifest.ts'
import { isAbsent } from '../../registry/hidden-paths.ts'
import type { Repository } from '../../registry/repository.ts'
import { type ListApi, listReferrersApi, maybeHidden } from './list-api.ts'

/** A registry's list of one subject. */
export interface Listed {
  readonly digests: ReadonlySet<Digest>
  /** Indexes that need no tag, since their subject keeps them. */
  readonly indexes: readonly Descriptor[]
  /** Whether there is such a list, and it was read to its end. */
  readonly isRead: boolean
  /** Why the list may have more, for people. */
  readonly unseen?: string
  /** The same, to be thrown. */
  readonly error?: Error
}

/**
 * Reads the list, to its end.
 *
 * Requests: `GET referrers/<digest>` by page; none where the registry is known to have no list.
 */
export async function readListed(
  repo: Repository,
  subject: Digest,
  api: ListApi,
  signal: AbortSignal | undefined,
): Promise<Listed> {
  const entries: Descriptor[] = []
  let unseen: Error | undefined
  let isRead = false
  if (repo.capabilities[api.capability] !== 'unsupported') {
    const pages = listReferrersApi(repo, subject, { intent: 'push', signal }, api)
    try {
      for (;;) {
        const next = await pages.next()
        if (!next.done) {
          entries.push(...next.value)
          continue
        }
        isRead = next.value.is === 'complete'
        if (next.value.is === 'unclear') unseen = next.value.error
        break
      }
    } catch (error) {
      if (!maybeHidden(repo, error, api)) throw error
      if (!(await isAbsent(repo, api.capability, error, true, signal))) unseen = error
    }
  }
  return {
    digests: new Set(entries.map(({ digest }) => digest)),
    indexes: entries.filter(({ mediaType }) => isIndexType(mediaType)),
    isRead,
    ...(unseen && {
      unseen: `what is linked to ${subject} cannot be listed: ${unseen.message}`,
      error: unseen,
    }),
  }
}
