/**
 * Links of a manifest that does not say any more which it has: found among all of its repository.
 *
 * @module
 */
import type { Digest } from '../model/digest.ts'
import { listAll } from './client/list.ts'
import { getObject } from './client/objects.ts'
import type { Context } from './context.ts'
import { isSaidBy, type LinkObject, readLinkName } from './link-keys.ts'

/** Lists all links, and reads those of the manifest that names have no room for. */
export async function findLinks(
  { store, keys }: Pick<Context, 'store' | 'keys'>,
  digest: Digest,
): Promise<readonly LinkObject[]> {
  const prefix = keys.link('')
  const links: LinkObject[] = []
  for await (const { key } of listAll(store, { prefix })) {
    const rest = key.slice(prefix.length)
    const [, , ...name] = rest.split('/')
    const link = readLinkName(name.join('/'))
    if (!link || !isSaidBy(link, digest)) continue
    const held = link.part === 0 ? await getObject(store, key) : undefined
    links.push({ rest, ...(held && { body: new TextDecoder().decode(held.bytes) }) })
  }
  return links
}
