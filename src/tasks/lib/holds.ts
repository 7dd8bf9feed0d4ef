/**
 * When two referrers are the same: one digest, or all that one holds is in the other, since cosign adds layers to what
 * is there.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { addTo } from '../../platform/add-to.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'

/** Finds among many those that are a referrer, or hold all of it. */
export type SameAs = (found: FoundReferrer, subject: Digest) => readonly FoundReferrer[]

/** Looks up by digest and by layer: comparing all with all costs their square. */
export function sameAmong(list: readonly FoundReferrer[]): SameAs {
  const byDigest = new Map(list.map((one) => [one.digest, { one, of: new Set(one.subjects) }]))
  const holding = holdersIn(list)
  return (found, subject) => {
    const own = byDigest.get(found.digest)
    return [
      ...(own?.of.has(subject) ? [own.one] : []),
      ...holding(found, subject).filter(({ digest }) => digest !== found.digest),
    ]
  }
}

/** Finds those that have all layers of a referrer, among those that have the rarest of them. */
function holdersIn(list: readonly FoundReferrer[]): SameAs {
  const keysOf = new Map(list.map((one) => [one, new Set(one.layers?.map(keyOf))]))
  const byLayer = new Map<string, FoundReferrer[]>()
  for (const [one, keys] of keysOf) {
    for (const subject of one.subjects) {
      for (const key of keys) addTo(byLayer, `${subject} ${key}`, one)
    }
  }
  return ({ layers = [] }, subject) => {
    const wanted = layers.map(keyOf)
    const lists = wanted.map((key) => byLayer.get(`${subject} ${key}`) ?? [])
    const [rarest = []] = lists.sort((a, b) => a.length - b.length)
    return rarest.filter((one) => wanted.every((key) => keysOf.get(one)!.has(key)))
  }
}

/** Layers of one digest differ by what their annotations say, such as a signature. */
function keyOf({ mediaType, digest, annotations = {} }: Descriptor): string {
  return JSON.stringify([mediaType, digest, Object.entries(annotations).sort()])
}
