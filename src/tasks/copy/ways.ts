/**
 * By what referrers are linked, and so how they are linked again.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { subjectsOf as subjectsNamed } from '../../model/successors.ts'
import type { Strategy, Via } from '../../strategies/strategy.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import { strategyOf } from '../strategy-of.ts'
import type { SourceManifest } from './contents.ts'

/** The ways by which one referrer was found. */
export interface Ways {
  /** By a field of its manifest: writing the manifest is most of the link. */
  readonly byField: readonly Strategy[]
  /** By a tag, whatever the manifest says. */
  readonly byTag: readonly Strategy[]
  /** By an entry of the image's own index, which is copied as it is. */
  readonly inIndex: readonly Strategy[]
}

/** Finds the ways of referrers; the same way is the same object. */
export function createWays(): (referrer: FoundReferrer) => Promise<Ways> {
  const strategies = new Map<string, Promise<Strategy | undefined>>()
  const find = (via: Via): Promise<Strategy | undefined> => {
    const key = `${via.strategy} ${via.source}`
    const known = strategies.get(key)
    if (known) return known
    const found = strategyOf(via).then((strategy) => {
      if (!strategy || strategy.from) return strategy
      // Where it looked makes no difference: links kept by the list and by the tag are written in one go.
      const same = strategies.get(strategy.name) ?? Promise.resolve(strategy)
      strategies.set(strategy.name, same)
      return same
    })
    strategies.set(key, found)
    return found
  }
  return async ({ via }) => {
    const found = await Promise.all(
      via.map(async (one) => ({ kept: one.kept, strategy: await find(one) })),
    )
    const of = (inIndex: boolean) => [
      ...new Set(
        found.flatMap(({ kept, strategy }) =>
          strategy && (kept === 'entry') === inIndex ? [strategy] : [],
        ),
      ),
    ]
    const own = of(false)
    const byField = own.filter(({ linkFields }) => linkFields)
    return {
      byField: byField.filter((one) => one.list || !byField.some((other) => covers(other, one))),
      byTag: own.filter(({ linkFields }) => !linkFields),
      inIndex: of(true),
    }
  }
}

/** Whether a strategy with a list links by a field of another one: then its link is enough for both. */
export function covers(other: Strategy, one: Strategy): boolean {
  const shared = one.linkFields?.some((field) => other.linkFields?.includes(field))
  return other !== one && other.list !== undefined && shared === true
}

/** What a manifest says that it is attached to. */
export function subjectsOf({ manifest }: Pick<SourceManifest, 'manifest'>): readonly Digest[] {
  return manifest ? subjectsNamed(manifest) : []
}
