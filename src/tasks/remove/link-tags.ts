/**
 * What the tags lead to that link something to what goes: as it was read when links were looked for.
 *
 * @module
 */
import { ConflictError, RegistryError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { movedTag, type TagTargets, targetOf } from '../../registry/lists/tag-targets.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'

/** Manifests that one call has read, by what was requested. */
export type KnownReads = ReadonlyMap<string, Promise<StoredManifest | RegistryError>>

/** What each tag leads to; or why that is not known of one of them. */
export interface LinkTargets {
  readonly targets: ReadonlyMap<string, Digest>
  readonly missing?: Error
}

/**
 * Looks up what link tags lead to.
 *
 * Requests: `HEAD` of a tag that was not read before; nothing is sent for the others.
 */
export async function linkTargets(
  tags: TagTargets,
  names: readonly string[],
  reads: KnownReads,
): Promise<LinkTargets> {
  const byTag = new Map([...reads].map(([key, read]) => [key.slice(0, key.indexOf(' ')), read]))
  const targets = new Map<string, Digest>()
  let missing: Error | undefined
  const look = async (name: string) => {
    // What could not be read is known from the listing that failed of it.
    const read = await byTag.get(name)?.catch(() => undefined)
    const isError = read instanceof RegistryError
    if (read && !isError) movedTag(tags, name, read.descriptor)
    const { value: target, unseen } = await targetOf(tags, name)
    if (target) targets.set(name, target.digest)
    if (unseen !== undefined) missing = new ConflictError(unseen, name, 1)
    else if (target && isError) {
      const message = `The tag ${name} is there, and answered as if it was not: ${read.message}`
      missing = new ConflictError(message, name, 1, { cause: read })
    }
  }
  await Promise.all(names.map(look))
  return { targets, ...(missing && { missing }) }
}
