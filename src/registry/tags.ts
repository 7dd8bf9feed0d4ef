/**
 * Tags of a repository, as real registries page them (distribution-spec 1.1, "Listing Tags").
 *
 * @module
 */
import * as z from 'zod/mini'
import { InvalidInputError } from '../errors.ts'
import { tagsPath } from './endpoints.ts'
import { type Listing, listing } from './listing.ts'
import { followPages } from './paging.ts'
import { type Repository, receive } from './repository.ts'

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

const LIMIT = 4 * 1024 * 1024
const schema = /* @__PURE__ */ (() => z.looseObject({ tags: z.nullish(z.array(z.string())) }))()

/**
 * Lists the tags of a repository, in the registry's order, each once.
 *
 * Requests: `GET tags/list`, one per page. Links are followed as they are; where a registry cuts a
 * page at `pageSize` without a link, the next is asked for by `last` until nothing new comes.
 *
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { listTags } from 'ocilink/registry'
 *
 * const app = repository('registry.test/app', { fetch: embeddedRegistry().fetch })
 * for await (const tag of listTags(app)) console.log(tag)
 * ```
 */
export function listTags(repo: Repository, options: ListTagsOptions = {}): Listing<string> {
  const { pageSize, signal, maxPages } = options
  if (pageSize !== undefined && !(Number.isInteger(pageSize) && pageSize > 0)) {
    throw new InvalidInputError(
      'INVALID_INPUT',
      'pageSize',
      'a whole number of at least 1',
      pageSize,
    )
  }
  const headers = { accept: 'application/json' }
  const pathAfter = (last: string | undefined) =>
    tagsPath(repo.name, { ...(pageSize && { n: String(pageSize) }), ...(last && { last }) })

  return listing(async function* () {
    const seen = new Set<string>()
    let links = false
    const request = { path: pathAfter(options.last), headers, actions: ['pull'] as const, signal }
    const pages = followPages(repo, request, read, maxPages, ({ tags, fresh }) =>
      // Who links pages has no more when a link is missing, and may refuse a `last` of our own.
      !links && fresh.length > 0 && tags.length === pageSize ? pathAfter(tags.at(-1)) : undefined,
    )
    for await (const { fresh } of pages) yield fresh

    async function read(response: Response, path: string) {
      links ||= response.headers.has('link')
      const tags = parseTags(await receive(repo, response, LIMIT, { method: 'GET', path, signal }))
      const fresh = tags.filter((tag) => !seen.has(tag) && seen.add(tag))
      return { tags, fresh }
    }
  })
}

function parseTags(bytes: Uint8Array): readonly string[] {
  let body: unknown
  try {
    body = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new InvalidInputError('INVALID_INPUT', 'tags', 'JSON', undefined, { cause })
  }
  const parsed = schema.safeParse(body)
  if (!parsed.success)
    throw new InvalidInputError('INVALID_INPUT', 'tags', 'a list of strings', body)
  return parsed.data.tags ?? []
}
