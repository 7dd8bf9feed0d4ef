/**
 * Where an image is copied to: by which tags.
 *
 * @module
 */
import { UsageError } from './exit-codes.ts'
import type { Place } from './place.ts'

/**
 * The tags to set: that of the destination, or none where it is named by a digest alone.
 *
 * Requests: none, or one `GET` at the source where the destination has a digest and the source a tag.
 *
 * @throws `UsageError` where that digest is not the source's
 */
export async function tagsAt(
  { subject, tag }: Place,
  source: Pick<Place, 'repo' | 'subject'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (!subject.includes(':')) return [subject]
  const digest = source.subject.includes(':') ? source.subject : await digestOf(source, signal)
  if (digest !== subject) {
    throw new UsageError(`the destination must have the digest of the image, ${digest}, or none`)
  }
  return tag === undefined ? [] : [tag]
}

async function digestOf({ repo, subject }: Pick<Place, 'repo' | 'subject'>, signal: AbortSignal) {
  const { getManifest } = await import('../../registry/index.ts')
  return (await getManifest(repo, subject, { signal })).descriptor.digest
}
