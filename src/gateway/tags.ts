/**
 * `GET /v2/<name>/tags/list` without the referrers tags: they are how the gateway keeps lists, and a registry with the
 * referrers API has none (distribution-spec 1.1, "Listing Tags", "Referrers Tag Schema").
 *
 * @module
 */
import { readBounded } from '../platform/body.ts'
import type { Settings } from './options.ts'
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
  return new Response(withoutReferrersTags(text), { status, headers })
}

/** What is no list of tags stays as it is. */
function withoutReferrersTags(text: string): string {
  try {
    const list = JSON.parse(text)
    if (!Array.isArray(list?.tags)) return text
    const tags = list.tags.filter((tag: unknown) => !referrersTag.test(String(tag)))
    return JSON.stringify({ ...list, tags })
  } catch {
    return text
  }
}
