/**
 * Pages by `Link: <url>; rel="next"` (RFC 8288), as real registries write it: relative or absolute,
 * unquoted `rel`, without angle brackets.
 *
 * @module
 */
import { ContentError, RegistryError } from '../../errors.ts'
import { internalsOf, type Repository } from '../repository.ts'
import { type SendOptions, send } from '../send.ts'
import { ownAddress, redact } from '../wire/origins.ts'

/** A hundred thousand items at the usual 100 a page: more is taken for an endless list. */
export const MAX_PAGES = 1000

/**
 * Reads one page after the other, as long as the caller wants more.
 *
 * @param request - of the first page; the others get the same headers
 * @param read - reads a page, before the next one is requested
 * @param guess - path of the next page where no link gives it
 * @throws `RegistryError` when a link leaves the registry or comes back to an earlier page;
 *   `ContentError` `TOO_LARGE` when there are more pages than `maxPages`
 */
export async function* followPages<T>(
  repo: Repository,
  request: Omit<SendOptions, 'method'>,
  read: (response: Response, path: string) => Promise<T>,
  maxPages: number = MAX_PAGES,
  guess?: ((page: T) => string | undefined) | undefined,
): AsyncGenerator<T, void, undefined> {
  const { origin } = internalsOf(repo)
  const seen = new Set<string>()
  let path = request.path
  for (;;) {
    const address = new URL(path, origin)
    seen.add(address.href)
    const response = await send(repo, { ...request, method: 'GET', path })
    const page = await read(response, path)
    yield page
    const link = nextLink(response.headers.get('link')) ?? guess?.(page)
    if (link === undefined) return
    const next = nextPage(link, address, response, seen)
    if (seen.size >= maxPages) {
      const what = `pages of ${redact(address)}`
      const hint = 'Pass a larger "maxPages" if that is no endless list'
      throw new ContentError('TOO_LARGE', what, maxPages, seen.size + 1, { hint })
    }
    path = next.href
  }
}

/** Address of the next page. */
function nextPage(link: string, from: URL, { status }: Response, seen: ReadonlySet<string>): URL {
  const next = ownAddress(from, from.href, link)
  if (next && !seen.has(next.href)) return next
  const hint = next
    ? 'Its next page is one that was read before'
    : 'Its next page is on another origin, which is not followed'
  throw new RegistryError({ method: 'GET', url: redact(from), status, hint })
}

/** A parameter of a link; the first group is its name, the others its value. */
const parameter = /^\s*;[\s;]*([^\s=;,]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/

/** Target of the first link whose relation is `next`. */
export function nextLink(header: string | null): string | undefined {
  let rest = header ?? ''
  for (;;) {
    const link = /^[\s,]*(?:<([^>]*)>|([^\s;,<>]+))/.exec(rest)
    if (!link) return undefined
    rest = rest.slice(link[0].length)
    let relations: string | undefined
    for (let found = parameter.exec(rest); found; found = parameter.exec(rest)) {
      const [whole, name, quoted, bare] = found
      if (name!.toLowerCase() === 'rel') relations ??= quoted ?? bare ?? ''
      rest = rest.slice(whole.length)
    }
    if (relations?.toLowerCase().split(/\s+/).includes('next')) return link[1] ?? link[2]
  }
}
