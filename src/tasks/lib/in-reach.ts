/**
 * Referrers of the platforms in an image's index, for referrers() and hasReferrer(). Loaded when a call names a scope or
 * a platform.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { type Listing, listing } from '../../registry/lists/listing.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import { observed } from '../../registry/views.ts'
import type { FindOptions, Referrer, Strategy } from '../../strategies/strategy.ts'
import { findPlatform } from './platform.ts'
import type { Reach } from './query.ts'
import { expandSubject, type Scoped } from './scope.ts'
import { inRounds, listSeveral, settle } from './several.ts'

/**
 * What is listed for all of them, at the same time: each digest once for each subject.
 *
 * @throws why one of them, or a part of an index, could not be read, after what the others list
 */
export async function* listInReach(
  repo: Repository,
  subject: Digest,
  reach: Reach,
  strategies: readonly Strategy[],
  options: FindOptions,
): AsyncGenerator<readonly Referrer[], void, undefined> {
  const window = observed(repo, () => {}, internalsOf(repo).reads ?? new Map())
  const { subjects, indexes, cut } = await scopedBy(window, subject, reach, strategies, options)
  const meant = new Set(subjects)
  // Strategies that mark entries are those that link in an image's own index.
  const marking = strategies.filter(({ marks }) => marks)
  const lists: Listing<Referrer>[] = [
    ...subjects.map((each) => listing(() => listSeveral(window, each, strategies, options))),
    ...indexes.flatMap((index) =>
      marking.map((strategy) => strategy.discover(window, index, { ...options, everywhere: true })),
    ),
  ]
  const seen = new Set<string>()
  const isNew = ({ digest, subject }: Referrer) => {
    const key = `${digest} ${subject.digest}`
    return meant.has(subject.digest) && !seen.has(key) && seen.add(key)
  }
  const ended = yield* inRounds(lists, (page) => page.filter(isNew))
  settle(ended)
  if (cut) throw cut
}

async function scopedBy(
  repo: Repository,
  subject: Digest,
  reach: Reach,
  strategies: readonly Strategy[],
  { signal }: FindOptions,
): Promise<Pick<Scoped, 'subjects' | 'indexes' | 'cut'>> {
  if ('scope' in reach) {
    return expandSubject(repo, subject, reach.scope, strategies, signal)
  }
  const { manifest, index } = await findPlatform(repo, subject, reach.platform, signal)
  return { subjects: [manifest.digest], indexes: index ? [index.digest] : [], cut: undefined }
}

/** What several strategies list, for the subject itself or in reach of it. */
export function list(
  repo: Repository,
  subject: Digest,
  reach: Reach | undefined,
  strategies: readonly Strategy[],
  options: FindOptions,
): AsyncGenerator<readonly Referrer[], void, undefined> {
  return reach
    ? listInReach(repo, subject, reach, strategies, options)
    : listSeveral(repo, subject, strategies, options)
}

/**
 * Whether one of them has any.
 *
 * @throws why not all could be read, where none has
 */
export async function anyInReach(...parameters: Parameters<typeof listInReach>): Promise<boolean> {
  const [repo, subject, reach, strategies, options] = parameters
  let unreadable: Error | undefined
  const onUnreadable = (error: Error) => {
    unreadable ??= error
  }
  const find = { ...options, onUnreadable }
  for await (const page of listInReach(repo, subject, reach, strategies, find)) {
    if (page.length > 0) return true
  }
  if (unreadable) throw unreadable
  return false
}
