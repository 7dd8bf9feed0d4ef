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
import { type TagPage, tagPages } from './tags.ts'

/** Options of {@link tagsFrom}. */
export interface TagsFromOptions {
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
  options: TagsFromOptions = {},
): AsyncGenerator<readonly string[], void, undefined> {
  const { capabilities } = repo
  const own = ({ tags }: TagPage) => tags.filter((tag) => tag.startsWith(prefix))
  /** The seek came back empty: as if there were no tag after it, or as if it was not understood. */
  let silent = false
  if (capabilities.tagSeek !== 'unsupported') {
    let after: string | undefined = prefix
    let first = true
    try {
      for await (const page of tagPages(repo, { ...options, last: prefix, pageSize: PAGE })) {
        const { tags, more } = page
        const found = own(page)
        if (!isAscending(tags, after)) after = undefined
        if (first) {
          if (after === undefined) {
            capabilities.tagSeek = 'unsupported'
            // It counted `n`, and so would go on with another `last` that it ignores.
            if (more === 'length') break
          } else if (found.length > 0) {
            capabilities.tagSeek = 'supported'
          } else if (capabilities.tagSeek === 'unknown') {
            silent = tags.length === 0
            // Tags are there, and no more: whether it began in the middle or not, these are all.
            if (silent || (more && !(await seeks(repo, tags, options)))) break
          }
        }
        first = false
        yield found
        after &&= tags.at(-1) ?? after
        if (after && !after.startsWith(prefix)) return
      }
      if (!first) return
    } catch (error) {
      const refused = error instanceof RegistryError && [400, 404, 405, 501].includes(error.status)
      if (!refused || !first) throw error
    }
  }
  try {
    let first = true
    for await (const page of tagPages(repo, options)) {
      // Known only now: a repository that does not exist refuses everything.
      if (!silent) capabilities.tagSeek = 'unsupported'
      else if (first && page.more && (await seeks(repo, page.tags, options))) return
      first = false
      yield own(page)
    }
  } catch (error) {
    const unknown = error instanceof RegistryError && error.status === 404
    if (!unknown || !error.errors.some(({ code }) => code === 'NAME_UNKNOWN')) throw error
  }
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
