/**
 * Pages by `Link: <url>; rel="next"` (RFC 8288), as real registries write it: relative or absolute,
 * unquoted `rel`, without angle brackets. Used by tags.ts and the listings of strategies.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { internals, type Repository, type SendOptions, send } from '../repository.ts'
import { redact } from '../wire/origins.ts'

/** A hundred thousand items at the usual 100 a page: more is taken for an endless list. */
const MAX_PAGES = 1000

/**
 * Asks for one page after the other, as long as the caller wants more.
 *
 * @param request - of the first page; the others get the same headers
 * @param read - reads a page; asked for before the next one is
 * @param guess - path of the next page where no link tells it
 * @throws `RegistryError` when a link leaves the registry, comes back to an earlier page, or
 *   there are more pages than `maxPages`
 */
export async function* followPages<T>(
  repo: Repository,
  request: Omit<SendOptions, 'method'>,
  read: (response: Response, path: string) => Promise<T>,
  maxPages: number = MAX_PAGES,
  guess?: ((page: T) => string | undefined) | undefined,
): AsyncGenerator<T, void, undefined> {
  const { origin } = repo[internals]
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
    const next = URL.canParse(link, address.href) ? new URL(link, address) : undefined
    const problem =
      next?.origin !== origin.origin
        ? 'Its next page is on another origin, which is not followed'
        : seen.has(next.href)
          ? 'Its next page is one that was read before'
          : seen.size >= maxPages
            ? `There are more than ${maxPages} pages`
            : undefined
    if (problem || !next) {
      throw new RegistryError({
        method: 'GET',
        url: redact(address),
        status: response.status,
        hint: problem,
      })
    }
    path = next.href
  }
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
