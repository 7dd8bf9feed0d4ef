/**
 * The same referrer, found in several ways, as one.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Referrer } from '../../strategies/strategy.ts'

/** One referrer per digest, with every way it was found, and the most that any of them said of it. */
export function mergeReferrers(list: readonly Referrer[]): readonly Referrer[] {
  const merged = new Map<Digest, Referrer>()
  for (const next of list) {
    const known = merged.get(next.digest)
    merged.set(next.digest, known ? mergeTwo(known, next) : next)
  }
  return [...merged.values()]
}

function mergeTwo(known: Referrer, next: Referrer): Referrer {
  // Where the link was seen to hold, the referrer's manifest was read or the registry has read it.
  const [better, other] = next.confirmed && !known.confirmed ? [next, known] : [known, next]
  const via = [...known.via, ...next.via].filter(
    ({ strategy, source }, i, every) =>
      every.findIndex((one) => one.strategy === strategy && one.source === source) === i,
  )
  return { ...other, ...better, via }
}
