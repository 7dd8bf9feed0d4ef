/**
 * Lists that broke: on the first registries with referrers, deleting one of them left a link without
 * its end, and every list of that subject answered 500 from then on.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Call } from '../calls/call.ts'
import { readStored } from '../storage/links.ts'
import { Refusal } from '../wire/answers.ts'

/** Breaks the lists that a manifest is in, where the registry is of that kind. */
export async function breakLists(
  { registry, repository, name }: Call,
  digest: Digest,
): Promise<void> {
  if (!registry.settings.deletes.breaksLists) return
  const manifest = await repository.findManifest(digest)
  if (!manifest) return
  for (const { subject } of readStored(manifest).links)
    registry.broken.set(`${name}@${subject}`, true)
}

/**
 * Checks that a subject's lists can be read.
 *
 * @throws {@link Refusal} 500
 */
export function requireWhole({ registry, name }: Call, subject: Digest): void {
  if (!registry.broken.has(`${name}@${subject}`)) return
  throw new Refusal(500, 'UNKNOWN', 'unknown error')
}
