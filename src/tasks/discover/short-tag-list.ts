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
  before: readonly { readonly subject: Digest; readonly all: readonly Referrer[] }[],
): Promise<Repository> {
  const names = level.length > 1 ? await tags : undefined
  if (!names) return repo
  const known = new Set(names)
  const noted = notedTag(repo)
  if (noted !== undefined && !known.has(noted)) return repo
  const isMissing = before.some(
    ({ subject, all }) =>
      all.some(({ via }) => via.some(({ source }) => source === 'referrers-tag')) &&
      !known.has(referrersTag(subject)),
  )
  return isMissing ? repo : withKnownTags(repo, known)
}
