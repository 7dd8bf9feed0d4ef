/**
 * Listing tags (distribution-spec 1.1, "Listing Tags").
 *
 * @module
 */
import { json, nextLink, Refusal } from './answers.ts'
import type { Call } from './call.ts'

/** GET of `/v2/<name>/tags/list`, in the order of bytes, `n` at a time, after `last`. */
export async function listTags(call: Call): Promise<Response> {
  const { query, registry, repository, name } = call
  const asked = query.get('n')
  if (asked !== null && !/^[0-9]{1,15}$/.test(asked)) {
    throw new Refusal(400, 'PAGINATION_NUMBER_INVALID', '"n" must be a whole number from 0', {
      detail: { n: asked.slice(0, 100) },
    })
  }
  if (!(await repository.exists())) {
    throw new Refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry', {
      detail: { name },
    })
  }
  const count = Math.min(Number(asked ?? registry.settings.pageSize), registry.settings.pageSize)
  const rest = count > 0 ? repository.listTags(query.get('last') ?? undefined) : []
  const tags: string[] = []
  let more = false
  // One beyond the page is read, to know whether there is another.
  for await (const { tag } of rest) {
    more = tags.length === count
    if (more) break
    tags.push(tag)
  }
  const next = new URLSearchParams({ n: String(count), last: tags.at(-1) ?? '' })
  return json(
    { name, tags },
    { headers: more ? { Link: nextLink(`/v2/${name}/tags/list`, next) } : undefined },
  )
}
