/**
 * All tags of a repository that has few: what they lack is not requested for each referrer.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { withKnownTags } from '../../registry/known-tags.ts'
import { notedTag } from '../../registry/lists/noted-tag.ts'
import { tagPages } from '../../registry/lists/tags.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Reads } from '../../registry/stored-manifest.ts'
import type { Referrer } from '../../strategies/strategy.ts'

/** Tags of a list that is short: it is gone through for each subject. */
const SHORT = 1000

/**
 * The tags, where one page has all of them, and they are at most 1000.
 *
 * Requests: the first page of tags; in a browser, which may not see that there is a next one, what comes after it.
 *
 * @returns `undefined` where there are more, or they cannot be listed
 */
export async function shortTagList(
  repo: Repository,
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  try {
    const pages = tagPages(repo, { all: true, signal })
    const first = await pages.next()
    if (first.done || first.value.more === 'link' || first.value.tags.length > SHORT)
      return undefined
    const rest = await pages.next()
    return rest.done || rest.value.tags.length === 0 ? first.value.tags : undefined
  } catch {
    // An abort is thrown by whoever asks next.
    return undefined
  }
}

/**
 * The same repository, which looks up no tag that is not there; where the list has those at which something was found.
 *
 * @param level - the subjects that are next: for one alone the list is not waited for
 */
export async function lookingUpLess(
  repo: Repository,
  tags: Promise<readonly string[] | undefined>,
  level: readonly Digest[],
  before: readonly Found[],
): Promise<Repository> {
  const names = level.length > 1 ? await tags : undefined
  const known = trusted(repo, names)
  return known && !isMissing(known, before) ? withKnownTags(repo, known) : repo
}

/**
 * The same for the subjects of the call, in a page: a browser logs each tag that is not there as an error. Their
 * referrers tags are requested all the same: they show whether the list has all tags.
 *
 * @param reads - manifests that were read, and those that are not there
 * @param look - is called again with the repository itself where the list lacks a tag that is there
 */
export async function lookOnceListed<T extends Found>(
  repo: Repository,
  reads: Reads,
  tags: readonly string[] | undefined,
  level: readonly Digest[],
  look: (repo: Repository, reads: Reads) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const known = trusted(repo, tags)
  if (!known) return look(repo, reads)
  const found = await look(withKnownTags(repo, known, level.map(referrersTag)), reads)
  // Among the reads are tags that the list lacks.
  return isMissing(known, found) ? look(repo, new Map()) : found
}

/** What was found of one subject. */
interface Found {
  readonly subject: Digest
  readonly all: readonly Referrer[]
}

/** The tags, unless the list is known to lack one. */
function trusted(
  repo: Repository,
  names: readonly string[] | undefined,
): ReadonlySet<string> | undefined {
  if (!names?.length) return undefined
  const known = new Set(names)
  const noted = notedTag(repo)
  return noted === undefined || known.has(noted) ? known : undefined
}

/** Whether something was found at a referrers tag that the list lacks. */
function isMissing(known: ReadonlySet<string>, found: readonly Found[]): boolean {
  return found.some(
    ({ subject, all }) =>
      all.some(({ via }) => via.some(({ source }) => source === 'referrers-tag')) &&
      !known.has(referrersTag(subject)),
  )
}
