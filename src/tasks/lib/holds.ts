/**
 * When two referrers are the same.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import { addTo } from './add-to.ts'

/** Whether a referrer is another one, or has all that it holds: cosign adds layers to what is there. */
export function holds(
  other: Pick<Referrer, 'digest' | 'layers'>,
  { digest, layers }: Pick<Referrer, 'digest' | 'layers'>,
): boolean {
  if (other.digest === digest) return true
  if (!layers || !other.layers) return false
  const there = new Set(other.layers.map(keyOf))
  return layers.every((layer) => there.has(keyOf(layer)))
}

/** Finds among many those that are a referrer, or hold all of it. */
export type SameAs = (found: FoundReferrer, subject: Digest) => readonly FoundReferrer[]

/** Looks up by digest and, where layers are compared, by subject: comparing all with all costs their square. */
export function sameAmong(list: readonly FoundReferrer[]): SameAs {
  const byDigest = new Map(list.map((one) => [one.digest, { one, of: new Set(one.subjects) }]))
  const layered = new Map<Digest, FoundReferrer[]>()
  for (const one of list) {
    if (one.layers) for (const subject of one.subjects) addTo(layered, subject, one)
  }
  return (found, subject) => {
    const own = byDigest.get(found.digest)
    const others = found.layers ? (layered.get(subject) ?? []) : []
    return [
      ...(own?.of.has(subject) ? [own.one] : []),
      ...others.filter((other) => other.digest !== found.digest && holds(other, found)),
    ]
  }
}

/** Layers of one digest differ by what their annotations say, such as a signature. */
function keyOf({ mediaType, digest, annotations = {} }: Descriptor): string {
  return JSON.stringify([mediaType, digest, Object.entries(annotations).sort()])
}
