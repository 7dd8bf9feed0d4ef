/**
 * A list that several strategies read of one subject, sent for once: OCI 1.1's is that of proposal A's last dialect too.
 *
 * @module
 */
import { MANIFEST_LIMIT } from '../../model/manifest.ts'
import { untilAborted } from '../../platform/abort.ts'
import { readBounded } from '../../platform/body.ts'
import { internalsOf, type Repository, viewOf } from '../../registry/repository.ts'

/** First pages by address; of one subject, so that few are kept at a time. */
export type Pages = Map<string, Promise<Page>>

/** An answer that was read. */
interface Page extends Pick<Response, 'status' | 'statusText' | 'headers'> {
  readonly bytes: Uint8Array
}

/** Answers that the next request would get too. */
const lasting: readonly number[] = [200, 404]

/** The same repository, which reads the first page of a list once. What failed is sent again by each. */
export function sharingLists(repo: Repository, pages: Pages): Repository {
  const { exchange } = internalsOf(repo)
  return viewOf(repo, {
    async exchange(wire, ...how) {
      const { method, url, signal } = wire
      const send = () => exchange(wire, ...how)
      // Filters and later pages have a query.
      if (method !== 'GET' || !/\/referrers\/[^/?]+$/.test(url)) return send()
      const first = pages.get(url)?.catch(() => undefined)
      const known = first && (await untilAborted(first, signal))
      if (known && lasting.includes(known.status)) return toResponse(known)
      const page = send().then((response) => readPage(response, signal))
      pages.set(url, page)
      return toResponse(await page)
    },
  })
}

async function readPage(response: Response, signal: AbortSignal): Promise<Page> {
  const { status, statusText, headers } = response
  // One byte more than whoever reads it takes.
  return {
    status,
    statusText,
    headers,
    bytes: await readBounded(response, MANIFEST_LIMIT + 1, 'cut', signal),
  }
}

function toResponse({ bytes, ...init }: Page): Response {
  return new Response(bytes.byteLength > 0 ? (bytes as Uint8Array<ArrayBuffer>) : null, init)
}
