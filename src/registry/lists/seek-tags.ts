/**
 * Tags that begin with a text, without reading all tags of a repository where the registry can begin
 * in the middle (distribution-spec 1.1, "Listing Tags": byte order, and `last` is exclusive). Not all
 * do: some ignore `last`, some refuse one that is no tag, and some do not sort. So what comes back is
 * looked at, and "there are none" is believed only where the answer shows that it began there, and not of a list that
 * lacks a tag which is there.
 *
 * @module
 */
import { InvalidInputError, RegistryError } from '../../errors.ts'
import { headManifest } from '../manifests.ts'
import type { Repository } from '../repository.ts'
import { isWithheld } from '../wire/failures.ts'
import { notedTag } from './noted-tag.ts'
import { isUnknownName, type TagPage, tagPages } from './tags.ts'

/** Options of {@link tagsFrom}. */
export interface TagsFromOptions {
  /**
   * Whether the repository is there, where the list says that it is not: distribution says so of one without tags.
   * @default true
   */
  readonly isThere?: (() => Promise<boolean>) | undefined
  /**
   * Whether to read the first page where it is not known that the registry can begin elsewhere: where there is no other,
   * one request is enough on any registry, and where there is, it is one more.
   * @default false
   */
  readonly mayBeFew?: boolean | undefined
  readonly maxPages?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Tags a page: few links are usual, and a page of 1000 digest tags has 100 KB. */
const PAGE = 100

/**
 * Lists the tags that begin with `prefix`, by page.
 *
 * Requests: one `GET tags/list?last=<prefix>` for each page of them. The first time that there are
 * none up to one more, to see that the registry did begin there. Where it cannot, the whole list. `HEAD` of a tag that
 * was seen before, where the list lacks it.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` where the whole list lacks a tag that is there
 */
export async function* tagsFrom(
  repo: Repository,
  prefix: string,
  { isThere, mayBeFew, ...options }: TagsFromOptions = {},
): AsyncGenerator<readonly string[], void, undefined> {
  const { capabilities } = repo
  const noted = notedTag(repo)
  let met = false
  /** What is read of the whole list. */
  const within = (tags: readonly string[]) => {
    met ||= noted === undefined || tags.includes(noted)
    return tags.filter((tag) => tag.startsWith(prefix))
  }
  /** Of a later page it says that the link to it is wrong. */
  const isNone = async (error: unknown, first: boolean) => {
    const unnamed = first && isUnknownName(error) && !isWithheld(error as RegistryError)
    if (!unnamed || (await isThere?.()) === false) return false
    met = noted === undefined || !(await isTag(repo, noted, options))
    return met
  }
  let known: readonly string[] | undefined
  if (mayBeFew && capabilities.tagSeek === 'unknown') {
    const page = await firstPage(repo, options, isNone)
    if (page && !page.more) {
      yield within(page.tags)
      if (!met) await refuseLacking(repo, noted!, options)
      return
    }
    known = page?.tags
  }
  const seeks = capabilities.tagSeek !== 'unsupported'
  const sought = seeks && (yield* seekFrom(repo, prefix, { ...options, known, within }))
  if (sought === 'done') return
  let first = true
  try {
    const rest = sought === 'whole' ? [] : tagPages(repo, options)
    for await (const { tags, more } of rest) {
      // Known only now: a repository that does not exist refuses everything.
      if (sought !== 'silent') capabilities.tagSeek = 'unsupported'
      else if (first && more && (await beginsAnywhere(repo, tags, options))) return
      first = false
      yield within(tags)
    }
  } catch (error) {
    if (!(await isNone(error, first))) throw error
  }
  if (!met) await refuseLacking(repo, noted!, options)
}

/** Whether something is at a tag. */
async function isTag(repo: Repository, tag: string, { signal }: TagsFromOptions): Promise<boolean> {
  return (await headManifest(repo, tag, { signal })) !== undefined
}

/** Refuses a list that lacks a tag, where that is still there. */
async function refuseLacking(
  repo: Repository,
  tag: string,
  options: TagsFromOptions,
): Promise<void> {
  if (!(await isTag(repo, tag, options))) return
  const message = `The list of tags lacks ${tag}, which is there: it is not all of them`
  throw new InvalidInputError('INVALID_INPUT', 'tags', `a list with ${tag}`, undefined, { message })
}

/** The first page of all tags; `undefined` where the answer is an error. */
async function firstPage(
  repo: Repository,
  options: TagsFromOptions,
  isNone: (error: unknown, first: boolean) => Promise<boolean>,
): Promise<TagPage | undefined> {
  try {
    const page = await tagPages(repo, { ...options, pageSize: PAGE }).next()
    return page.done ? undefined : page.value
  } catch (error) {
    if (await isNone(error, true)) return { tags: [], more: undefined }
    // What was refused is requested in another way.
    if (error instanceof RegistryError && !isUnknownName(error)) return undefined
    throw error
  }
}

/**
 * What a search came to: all tags after the text were listed; all that there are; it came back empty, as if there were no
 * tag after the text or as if it was not understood; or the whole list has to be read.
 */
type Sought = 'done' | 'whole' | 'silent' | 'vain'

/** How to seek. */
interface SeekOptions extends Omit<TagsFromOptions, 'isThere' | 'mayBeFew'> {
  /** The first page of all tags, where it was read. */
  readonly known?: readonly string[] | undefined
  /** Those of some tags that begin with the prefix. */
  readonly within: (tags: readonly string[]) => readonly string[]
}

async function* seekFrom(
  repo: Repository,
  prefix: string,
  { known = [], within, ...options }: SeekOptions,
): AsyncGenerator<readonly string[], Sought, undefined> {
  /** The last tag so far, while all came in order. */
  let after: string | undefined = prefix
  let first = true
  try {
    for await (const page of tagPages(repo, { ...options, last: prefix, pageSize: PAGE })) {
      const found = within(page.tags)
      if (!isAscending(page.tags, after)) after = undefined
      // It began where the first page of all has the text.
      else if (first && page.tags[0] !== undefined && page.tags[0] === nextOf(known, prefix))
        repo.capabilities.tagSeek = 'supported'
      const ends = first && (await judge(repo, page, found, after !== undefined, options))
      if (ends) return ends
      first = false
      yield found
      after &&= page.tags.at(-1) ?? after
      if (after && !after.startsWith(prefix)) return 'done'
    }
    return after === undefined ? 'whole' : 'done'
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
    if (more && !(await beginsAnywhere(repo, tags, options))) return 'vain'
  }
  return undefined
}

/** Whether all are after a text, and each after the one before. */
function isAscending(tags: readonly string[], after: string | undefined): boolean {
  return after !== undefined && tags.every((tag, i) => tag > (tags[i - 1] ?? after))
}

/** The tag that comes after a text, where a page is in order and goes beyond it. */
function nextOf(page: readonly string[], text: string): string | undefined {
  return isAscending(page, '') ? page.find((tag) => tag > text) : undefined
}

/** Asks for what comes after a text that is no tag, where a page of the list shows what that is. */
async function beginsAnywhere(
  repo: Repository,
  page: readonly string[],
  { signal }: TagsFromOptions,
): Promise<boolean> {
  const last = `${page[0]}.`
  const expected = nextOf(page, last)
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
