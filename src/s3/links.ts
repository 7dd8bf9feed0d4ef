/**
 * Lists of referrers: names of objects, read.
 *
 * @module
 */
import type { ReferrersQuery } from '../embedded/storage/storage.ts'
import { ContentError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { type Digest, isDigest } from '../model/digest.ts'
import { isObject } from '../platform/options.ts'
import { listAll } from './client/list.ts'
import { getObject } from './client/objects.ts'
import type { Context } from './context.ts'
import { escaped } from './keys.ts'
import { fromText, type LinkName, readLinkName } from './link-keys.ts'
import { readJson } from './stored-json.ts'

/** What refers to a subject, in the order of positions. */
export async function* listLinks(
  context: Context,
  subject: Digest,
  { after, artifactTypes, relation = 'subject' }: ReferrersQuery = {},
): AsyncGenerator<Descriptor> {
  const { store, keys } = context
  const prefix = keys.linksTo(relation, subject)
  // Comes after the dash that ends a position.
  const start = after === undefined ? undefined : `${prefix}${escaped(after)}.`
  let open: LinkName | undefined
  let text = ''
  /** The position that was given last: what two manifests tell of is listed once. */
  let given: string | undefined
  for await (const { key } of listAll(store, { prefix, after: start })) {
    const name = readLinkName(key.slice(prefix.length))
    if (!name || name.position === given) continue
    const isNext = open && isSameLink(open, name) && name.part === open.part + 1
    if (name.part > 1 && !isNext) continue
    open = name
    text = name.part > 1 ? text + name.chunk : name.chunk
    if (name.part !== name.parts) continue
    const found = name.part === 0 ? await readBody(key) : fromText(text, name.position)
    if (!found) continue
    given = name.position
    if (!artifactTypes || artifactTypes.includes(found.artifactType ?? '')) yield found
  }

  async function readBody(key: string): Promise<Descriptor | undefined> {
    const body = await getObject(store, key)
    if (!body) return undefined
    const found = readJson(body.bytes, isDescriptor)
    if (found) return found
    const hint = 'It is damaged: push the manifest again that it is of'
    throw new ContentError('DIGEST_MISMATCH', key, 'a descriptor', 'something else', { hint })
  }
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isObject(value)) return false
  const { mediaType, digest, size } = value
  return typeof mediaType === 'string' && isDigest(digest) && Number.isInteger(size)
}

function isSameLink(a: LinkName, b: LinkName): boolean {
  return a.position === b.position && a.saidBy === b.saidBy && a.parts === b.parts
}
