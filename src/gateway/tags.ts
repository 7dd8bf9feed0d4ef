/**
 * `GET /v2/<name>/tags/list` without the referrers tags: they are how the gateway keeps lists, and a registry with the
 * referrers API has none (distribution-spec 1.1, "Listing Tags", "Referrers Tag Schema").
 *
 * @module
 */
import { readBounded } from '../platform/body.ts'
import type { Settings } from './options.ts'
import { nextLink } from './pages.ts'
import { pass } from './upstream.ts'

/** Bytes of a list that is looked through. */
const MOST = 16 * 1024 * 1024
const referrersTag = /^sha(256-[0-9a-f]{64}|384-[0-9a-f]{64}|512-[0-9a-f]{64})$/

/**
 * The upstream's list, but for referrers tags.
 *
 * @throws `ContentError` `TOO_LARGE` for a page of more than 16 MiB
 */
export async function listTags(request: Request, settings: Settings): Promise<Response> {
  const answer = await pass(request, settings)
  if (request.method !== 'GET' || answer.status !== 200) return answer
  const { status, headers } = answer
  const bytes = await readBounded(answer, MOST, 'throw', request.signal)
  const text = new TextDecoder().decode(bytes)
  headers.delete('content-length')
  const list = parse(text)
  if (!list) return new Response(text, { status, headers })
  const tags = list.tags.filter((tag) => !referrersTag.test(String(tag)))
  const isShorter = tags.length < list.tags.length
  if (isShorter && isCut(request, list.tags) && !headers.has('link')) {
    const { pathname } = new URL(request.url)
    headers.set('link', nextLink(pathname, request, 'last', String(list.tags.at(-1))))
  }
  return new Response(JSON.stringify({ ...list, tags }), { status, headers })
}

/**
 * Whether there may be more: some registries cut a list off at `n` and say nothing, and clients see it by the number of
 * tags. One that has the last tag of the page before has no pages.
 */
function isCut(request: Request, tags: readonly unknown[]): boolean {
  const { searchParams } = new URL(request.url)
  const last = searchParams.get('last')
  return tags.length === Number(searchParams.get('n')) && (last === null || !tags.includes(last))
}

/** A list of tags; anything else stays as it is. */
function parse(text: string): { readonly tags: readonly unknown[] } | undefined {
  try {
    const list = JSON.parse(text)
    return Array.isArray(list?.tags) ? list : undefined
  } catch {
    return undefined
  }
}
