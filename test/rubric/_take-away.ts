// Taking away what is linked: an image with or without it, some of it, and what has lost its image.
import {
  type Descriptor,
  detach,
  prune,
  type Referrer,
  type Repository,
  remove,
} from '../../src/index.ts'
import type { World } from './world.ts'

/** What a call did not do, where that is so. */
function undone(name: string, done: Awaited<ReturnType<typeof remove | typeof prune>>): string[] {
  if (done.complete) return []
  const reason = done.items.find(({ error }) => error)?.error
  return [`${name} leaves some${reason ? `: ${reason}` : ''}`]
}

/** Deletes the image at a tag; with its referrers where that is wanted. */
export async function removeImage(
  { strategy, write: { settle } }: World,
  repo: Repository,
  tag: string,
  { referrers }: { readonly referrers: boolean },
): Promise<string[]> {
  return undone('remove()', await remove(repo, tag, { strategies: [strategy], referrers, settle }))
}

/** Deletes what no tag of people leads to; `notes` say what nobody can find. */
export async function cleanUp(
  { strategy, write: { settle } }: World,
  repo: Repository,
): Promise<{ readonly lacking: string[]; readonly notes: readonly string[] }> {
  const done = await prune(repo, { strategies: [strategy], settle })
  return { lacking: undone('prune()', done), notes: done.notes }
}

/** Takes some referrers away, and leaves the others. */
export async function removeAll(
  { write }: World,
  repo: Repository,
  image: Descriptor,
  referrers: readonly Referrer[],
): Promise<void> {
  for (const referrer of referrers) await detach(repo, image.digest, referrer, write)
}
