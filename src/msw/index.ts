/**
 * ocilink/msw: the embedded registry for people who test with Mock Service Worker, 2.10 to 3.
 *
 * @module
 */
import { type HttpHandler, HttpResponse, http } from 'msw'
import type { EmbeddedRegistry } from '../embedded/registry.ts'
import { InvalidInputError } from '../errors.ts'

// `/v2/*` does not match the bare `/v2`.
const paths = ['/v2', '/v2/*', '/v3', '/v3/*', '/oras/artifacts/*', '/token']

/**
 * Handlers that answer for a registry at an address, and for nothing else there. Pass them to
 * `setupServer` or `setupWorker`. Mock Service Worker reads bodies ahead, and swallows in Node what
 * fails in the middle of one: memory and cut bodies are tested with the registry's `fetch` itself.
 *
 * @param base - scheme, host and port of the registry, such as `https://registry.test`
 * @throws `InvalidInputError` `INVALID_INPUT` for a base that is no address, or has a path; `TypeError` for
 *   what is no registry
 * @example
 * ```ts
 * import { embeddedRegistry } from 'ocilink/embedded'
 * import { handlers } from 'ocilink/msw'
 * import { setupServer } from 'msw/node'
 *
 * const server = setupServer(...handlers(embeddedRegistry(), 'https://registry.test'))
 * server.listen()
 * const answer = await fetch('https://registry.test/v2/')
 * console.log(answer.status) // 200
 * server.close()
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function handlers(registry: EmbeddedRegistry, base: string): HttpHandler[] {
  if (typeof registry?.fetch !== 'function') {
    throw new TypeError(`"registry" must be an embeddedRegistry(), got ${typeof registry}`)
  }
  const url = URL.canParse(base) ? new URL(base) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    throw new InvalidInputError('INVALID_INPUT', 'base', 'an http(s) address without a path', base)
  }
  return paths.map((path) =>
    http.all(`${url.origin}${path}`, async ({ request }) => {
      try {
        return await registry.fetch(request)
      } catch (error) {
        // A connection that broke on purpose; what else is thrown is for Mock Service Worker to report.
        if (error instanceof TypeError) return HttpResponse.error()
        throw error
      }
    }),
  )
}
