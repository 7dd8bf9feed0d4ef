/**
 * Tags that begin with a text, without reading all tags of a repository where the registry can begin
 * in the middle (distribution-spec 1.1, "Listing Tags": byte order, and `last` is exclusive). Not all
 * do: some ignore `last`, some refuse one that is no tag, and some do not sort. So what comes back is
 * looked at, and "there are none" is believed only where the answer shows that it began there.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import type { Repository } from '../repository.ts'
import { isUnknownName, type TagPage, tagPages } from './tags.ts'

/** Options of {@link tagsFrom}. */
export interface TagsFromOptions {
  /**
   * Whether the repository is there, where the list says that it is not: distribution says so of one without tags.
   * @default true
   */
  readonly isThere?: (() => Promise<boolean>) | undefined
  readonly maxPages?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Tags a page: few links are usual, and a page of 1000 digest tags has 100 KB. */
const PAGE = 100

/**
 * Lists the tags that begin with `prefix`, by page.
 *
 * Requests: one `GET tags/list?last=<prefix>` for each page of them. The first time that there are
 * none up to one more, to see that the registry did begin there. Where it cannot, the whole list.
 */
export async function* tagsFrom(
  repo: Repository,
  prefix: string,
  { isThere, ...options }: TagsFromOptions = {},
): AsyncGenerator<readonly string[], void, undefined> {
  const { capabilities } = repo
  const sought = capabilities.tagSeek !== 'unsupported' && (yield* seekFrom(repo, prefix, options))
  if (sought === 'done') return
  let first = true
  try {
    for await (const { tags, more } of tagPages(repo, options)) {
      // Known only now: a repository that does not exist refuses everything.
      if (sought !== 'silent') capabilities.tagSeek = 'unsupported'
      else if (first && more && (await seeks(repo, tags, options))) return
      first = false
      yield tags.filter((tag) => tag.startsWith(prefix))
    }
  } catch (error) {
    // Of a later page it says that the link to it is wrong.
    if (!first || !isUnknownName(error) || (await isThere?.()) === false) throw error
  }
}

/**
 * What a search came to: all tags were listed; it came back empty, as if there were no tag after the
 * text or as if it was not understood; or the whole list has to be read.
 */
type Sought = 'done' | 'silent' | 'vain'

async function* seekFrom(
  repo: Repository,
  prefix: string,
  options: TagsFromOptions,
): AsyncGenerator<readonly string[], Sought, undefined> {
  /** The last tag so far, while all came in order. */
  let after: string | undefined = prefix
  let first = true
  try {
    for await (const page of tagPages(repo, { ...options, last: prefix, pageSize: PAGE })) {
      const found = page.tags.filter((tag) => tag.startsWith(prefix))
      if (!isAscending(page.tags, after)) after = undefined
      const ends = first && (await judge(repo, page, found, after !== undefined, options))
      if (ends) return ends
      first = false
      yield found
      after &&= page.tags.at(-1) ?? after
      if (after && !after.startsWith(prefix)) return 'done'
    }
    return 'done'
  } catch (error) {
    const refused = error instanceof RegistryError && [400, 404, 405, 501].includes(error.status)
    if (!refused || !first) throw error
    return 'vain'
  }
}

/** Sees from the first page whether the registry began in the middle; if not, how the search ends. */
async function judge(
  repo: Repository,
  { tags, more }: TagPage,
  found: readonly string[],
  ascending: boolean,
  options: TagsFromOptions,
): Promise<Sought | undefined> {
  const { capabilities } = repo
  if (!ascending) {
    capabilities.tagSeek = 'unsupported'
    // It counted `n`, and so would go on with another `last` that it ignores.
    return more === 'length' ? 'vain' : undefined
  }
  if (found.length > 0) capabilities.tagSeek = 'supported'
  else if (capabilities.tagSeek === 'unknown') {
    if (tags.length === 0) return 'silent'
    // Tags are there, and no more: whether it began in the middle or not, these are all.
    if (more && !(await seeks(repo, tags, options))) return 'vain'
  }
  return undefined
}

/** Whether all are after a text, and each after the one before. */
function isAscending(tags: readonly string[], after: string | undefined): boolean {
  return after !== undefined && tags.every((tag, i) => tag > (tags[i - 1] ?? after))
}

/** Asks for what comes after a text that is no tag, where a page of the list shows what that is. */
async function seeks(
  repo: Repository,
  page: readonly string[],
  { signal }: TagsFromOptions,
): Promise<boolean> {
  const last = `${page[0]}.`
  const expected = isAscending(page, '') ? page.find((tag) => tag > last) : undefined
  if (expected === undefined) return false
  try {
    for await (const { tags } of tagPages(repo, { last, pageSize: 1, signal })) {
      repo.capabilities.tagSeek = tags[0] === expected ? 'supported' : 'unsupported'
      break
    }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    repo.capabilities.tagSeek = 'unsupported'
  }
  return repo.capabilities.tagSeek === 'supported'
}
