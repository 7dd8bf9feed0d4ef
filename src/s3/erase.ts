/**
 * The work of deleting a manifest, by whoever holds its lock.
 *
 * @module
 */
import type { Digest } from '../model/digest.ts'
import { deleteObject } from './client/objects.ts'
import type { Context } from './context.ts'
import { markKnown } from './known.ts'
import { forEach, forget, notedTags, untag } from './steps.ts'
import { describeManifest } from './stored-manifest.ts'

/**
 * Takes away tags, links, and then the manifest.
 *
 * @returns false where there was none
 */
export async function erase(context: Context, digest: Digest, until: number): Promise<boolean> {
  const { store, keys } = context
  const [found, tags] = await Promise.all([
    describeManifest(context, digest, until),
    notedTags(context, digest),
  ])
  if (found) await markKnown(context)
  await forEach(tags, (tag) => untag(context, tag, digest, until))
  await forEach(found?.links ?? [], ({ rest }) => deleteObject(store, keys.link(rest), until))
  if (found || tags.length > 0) await forget(context, digest, until)
  return found !== undefined
}
