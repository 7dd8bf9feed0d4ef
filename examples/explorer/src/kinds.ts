// What marks say of an artifact: in the list of tags, in the tree, in the picture.
import type { FoundReferrer } from 'ocilink'
import { kinds, kindsOf } from './why/kinds.ts'

/** In the order in which they are shown. */
export const marks = ['signature', 'SBOM', 'provenance', 'statement', 'other'] as const
export type Mark = (typeof marks)[number]

/** What an artifact is: one thing mostly, and `statement` where nothing says of what kind. */
export function marksOf(referrer: FoundReferrer): readonly Mark[] {
  const found = kindsOf(referrer)
  if (found === 'unclear') return ['statement']
  return found.length === 0 ? ['other'] : found.map((kind) => kinds[kind].name)
}
