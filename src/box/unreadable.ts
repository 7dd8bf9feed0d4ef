/**
 * Manifests that a layout names and that cannot be read: a copy of it was interrupted, or a file has changed. Any of
 * them may refer to any other, so no list of referrers is known to be whole.
 *
 * @module
 */
import { Refusal } from '../embedded/wire/answers.ts'
import type { Descriptor } from '../model/descriptor.ts'
import type { Digest } from '../model/digest.ts'
import { parseDigestTag } from '../model/digest-tags.ts'

/** By digest, what is wrong with it, in words that follow "which". */
export type Unreadable = ReadonlyMap<Digest, string>

export const GONE = 'is not there'
export const CHANGED = 'is not what its digest says'
export const OTHER_SIZE = 'has another size'

/** Whether what an index at this tag lists is links, and no parts of an image, which a layout may do without. */
export function listsLinks(tag: string | undefined): boolean {
  return tag !== undefined && parseDigestTag(tag)?.kind === 'bare'
}

/** The answer for one of them. 424 is not repeated by clients, and says that the fault is not theirs. */
export function unreadable(digest: Digest, problem: string, others = 0): Refusal {
  const more = others > 0 ? `, and ${others} more that cannot be read` : ''
  const message = `the layout names ${digest}, which ${problem}${more}`
  return new Refusal(424, 'MANIFEST_INVALID', message)
}

/** The entries of a list, and at its end why it may lack some. */
export function* untilUnreadable(
  entries: Iterable<Descriptor>,
  broken: Unreadable,
): Generator<Descriptor> {
  yield* entries
  const [first] = broken
  if (first) throw unreadable(...first, broken.size - 1)
}
