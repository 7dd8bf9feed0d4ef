/**
 * Tags of a repository, as real registries page them (distribution-spec 1.1, "Listing Tags").
 *
 * @module
 */
import * as z from 'zod/mini'
import { InvalidInputError, RegistryError } from '../../errors.ts'
import { textSchema } from '../../model/descriptor.ts'
import { hasErrors } from '../../model/entries.ts'
import {
  abortSignal,
  type Checks,
  checkOptions,
  isObject,
  positiveInteger,
  string,
} from '../../platform/options.ts'
import { isPage } from '../../platform/page.ts'
import { spend } from '../budget.ts'
import { tagsPath } from '../endpoints.ts'
import { internalsOf, type Repository } from '../repository.ts'
import { receive } from '../send.ts'
import { budgeted } from '../views.ts'
import { type Listing, listing } from './listing.ts'
import { followPages, nextLink } from './paging.ts'

/** Options of {@link listTags}. */
export interface ListTagsOptions {
  /** Tags a page; the registry may give fewer, or ignore it. At least 1. */
  readonly pageSize?: number | undefined
  /** Only tags after this one in byte order, where the registry can. */
  readonly last?: string | undefined
  /**
   * More pages than this are an error.
   * @default 1000
   */
  readonly maxPages?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const checks: Checks<ListTagsOptions> = {
  pageSize: positiveInteger,
  last: string,
  maxPages: positiveInteger,
  signal: abortSignal,
}

/** Bytes of one page. */
const LIMIT = 4 * 1024 * 1024
const listSchema = /* @__PURE__ */ (() => z.array(textSchema))()

/**
 * Lists the tags of a repository, in the registry's order, each once.
 *
 * Requests: `GET tags/list`, one per page. Links are followed as they are; where a registry cuts a
 * page at `pageSize` without a link, the next is requested by `last` until nothing new comes.
 *
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { listTags } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * for await (const tag of listTags(app)) console.log(tag)
 * ```
 */
export function listTags(repo: Repository, options: ListTagsOptions = {}): Listing<string> {
  internalsOf(repo)
  checkOptions(options, checks)
  return listing(async function* () {
    for await (const { tags } of tagPages(repo, options)) yield tags
  })
}

/** @internal One page of tags. */
export interface TagPage {
  /** Those that no page before had. */
  readonly tags: readonly string[]
  /** Why there may be another page: a link, or this one is as long as `pageSize`. */
  readonly more: 'link' | 'length' | undefined
}

/** @internal Options of {@link tagPages}. */
export interface TagPagesOptions extends ListTagsOptions {
  /**
   * Whether all tags are needed: in a browser, which may not see that there is a next page, what comes after each page
   * is requested.
   */
  readonly all?: boolean | undefined
}

/** @internal Every tag, where something is deleted because of those that there are not. */
export async function* allTags(
  repo: Repository,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly string[], void, undefined> {
  for await (const { tags } of tagPages(repo, { all: true, signal })) yield tags
}

/** @internal {@link listTags} by page, with what each says about the next. */
export async function* tagPages(
  repo: Repository,
  options: TagPagesOptions,
): AsyncGenerator<TagPage, void, undefined> {
  const call = budgeted(repo)
  const { pageSize, signal, maxPages } = options
  const hidden = options.all === true && isPage()
  const headers = { accept: 'application/json' }
  const pathAfter = (last: string | undefined) =>
    tagsPath(repo.name, { ...(pageSize && { n: String(pageSize) }), ...(last && { last }) })
  const seen = new Set<string>()
  let links = false
  const request = { path: pathAfter(options.last), headers, actions: ['pull'] as const, signal }
  yield* followPages(call, request, read, maxPages, ({ tags, more, last }) =>
    more === 'length' && tags.length > 0 ? pathAfter(last) : undefined,
  )

  async function read(response: Response, path: string) {
    const header = response.headers.get('link')
    links ||= header !== null
    const all = parseTags(await receive(call, response, LIMIT, { method: 'GET', path, signal }))
    spend(internalsOf(call).budget, 'items', all.length)
    const tags = all.filter((tag) => !seen.has(tag) && seen.add(tag))
    // A registry that links pages has no more when a link is missing, and may refuse a `last` of our own.
    const full = !links && (all.length === pageSize || hidden)
    const more = nextLink(header) !== undefined ? ('link' as const) : full ? 'length' : undefined
    return { tags, more, last: all.at(-1) } as const
  }
}

/** @internal Whether a registry does not know the repository; so says distribution too of one without tags. */
export function isUnknownName(error: unknown): boolean {
  return (
    error instanceof RegistryError &&
    error.status === 404 &&
    error.errors.some(({ code }) => code === 'NAME_UNKNOWN')
  )
}

function parseTags(bytes: Uint8Array): readonly string[] {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new InvalidInputError('INVALID_INPUT', 'tags', 'JSON', undefined, { cause })
  }
  const parsed = listSchema.safeParse(listIn(body))
  if (parsed.success) return parsed.data
  throw new InvalidInputError('INVALID_INPUT', 'tags', 'a list of strings', body)
}

/**
 * The list in an answer. `null` is a spelling of "none" where it says of which repository; so is no list at all, where it
 * says nothing else.
 */
function listIn(body: unknown): unknown {
  if (!isObject(body)) return undefined
  const { name, tags } = body
  if (Array.isArray(tags) && tags.length > 0) return tags
  if (hasErrors(body)) return undefined
  const named = typeof name === 'string'
  return tags ?? (named && (tags === null || Object.keys(body).length === 1) ? [] : undefined)
}
