/**
 * Listing tags (distribution-spec 1.1, "Listing Tags").
 *
 * @module
 */

import type { Call } from '../calls/call.ts'
import type { TagSettings } from '../settings/settings.ts'
import type { Answer } from '../wire/answer.ts'
import { json, nextLink, Refusal } from '../wire/answers.ts'
import { formatCursor, parseCursor } from './cursor.ts'
import { MOST_UNPAGED, tooLong } from './page.ts'

/** GET of `/v2/<name>/tags/list`, in the order of bytes, `n` at a time, after `last`. */
export async function listTags(call: Call): Promise<Answer> {
  const { query, registry, repository, name } = call
  const settings = registry.settings.tags
  const paged = settings.paging !== 'ignored'
  const wanted = paged ? wantedCount(query.get('n'), settings.badCount) : undefined
  if (settings.unknownRepository === 'refused' && !(await repository.exists())) {
    throw new Refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry', {
      detail: { name },
    })
  }
  const after = paged ? await lastTag(call, settings.last) : undefined
  const count = pageOf(wanted, settings)
  const tags: string[] = []
  let more = false
  // One beyond the page is read, to know whether there is another.
  for await (const { tag } of count > 0 ? repository.listTags(after) : []) {
    more = tags.length === count
    if (more) break
    tags.push(tag)
  }
  if (more && !paged) throw tooLong()
  // Any order but that of bytes will do: distribution 2 has that of its directory.
  if (settings.order === 'none') tags.reverse()
  more ||= settings.linkFullPage && wanted !== undefined && count > 0 && tags.length === count
  const last = tags.at(-1) ?? ''
  const next = new URLSearchParams({
    last: settings.last === 'from a link' ? formatCursor(AFTER + last) : last,
    n: String(count),
  })
  const links = more && settings.paging === 'linked'
  return json(
    { name, tags: tags.length === 0 && settings.empty === 'null' ? null : tags },
    { headers: links ? { Link: nextLink(`/v2/${name}/tags/list`, next) } : undefined },
  )
}

function pageOf(wanted: number | undefined, { paging, pageSize }: TagSettings): number {
  return paging === 'ignored' ? MOST_UNPAGED : Math.min(wanted ?? pageSize, pageSize)
}

function wantedCount(n: string | null, bad: TagSettings['badCount']): number | undefined {
  if (n === null) return undefined
  if (/^[0-9]{1,15}$/.test(n)) return Number(n)
  if (bad === 'ignored') return undefined
  throw new Refusal(400, 'PAGINATION_NUMBER_INVALID', '"n" must be a whole number from 0', {
    detail: { n: n.slice(0, 100) },
    reason: 'tag-count',
  })
}

/** The tag after which a page begins. */
async function lastTag(call: Call, accepted: TagSettings['last']): Promise<string | undefined> {
  const last = call.query.get('last')
  if (last === null) return undefined
  const tag = accepted === 'from a link' ? tagOf(parseCursor(last)) : last
  const isKnown =
    tag !== undefined && (accepted !== 'known' || (await call.repository.findTag(tag)))
  if (isKnown) return tag
  const message = '"last" must be what a link said'
  throw new Refusal(404, 'UNSUPPORTED', message, { reason: 'tag-cursor' })
}

// Keeps a cursor from being a tag: clients cannot make one from what they saw.
const AFTER = 'after '

function tagOf(place: string): string | undefined {
  return place.startsWith(AFTER) ? place.slice(AFTER.length) : undefined
}
