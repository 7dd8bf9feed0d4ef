// Taking away what is linked, by the calls there are: the one place to change when there are more.
import { type Descriptor, detach, type Referrer, type Repository } from '../../src/index.ts'
import { deleteManifest } from '../../src/registry/index.ts'
import { list } from './_links.ts'
import type { World } from './world.ts'

/** Deletes an image; with its referrers where that is wanted. */
export async function removeImage(
  world: World,
  repo: Repository,
  image: Descriptor,
  { referrers }: { readonly referrers: boolean },
): Promise<void> {
  if (referrers) await removeAll(world, repo, image, await list(repo, image, world.strategy))
  await deleteManifest(repo, image.digest)
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
