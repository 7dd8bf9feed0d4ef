/**
 * detach(): take a link away again.
 *
 * @module
 */
import { InvalidInputError, UnsupportedError } from '../errors.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import {
  abortSignal,
  type Checks,
  checkOptions,
  milliseconds,
  positiveInteger,
} from '../platform/options.ts'
import type { Repository } from '../registry/repository.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'
import type { PublishOptions, Referrer, Strategy, Withdrawn } from '../strategies/strategy.ts'
import {
  checkVerbs,
  chosenStrategies,
  type StrategyChoice,
  strategyChecks,
} from './lib/strategy-choice.ts'

/**
 * Options of {@link detach}. Where no strategy is named, a given {@link Referrer} is detached by every way by which
 * it was found, and everything else by `ociSubject()`; with `strategies` all of these links are taken away.
 */
export type DetachOptions = PublishOptions &
  StrategyChoice & {
    /**
     * How many tags are looked up for what else leads to the referrer's manifest, with a request each. Where the
     * repository has more, that cannot be seen, and the manifest stays.
     * @default 1000
     */
    readonly maxTags?: number | undefined
  }

const checks = (): Checks<DetachOptions> => ({
  ...strategyChecks(),
  settle: milliseconds,
  maxTags: positiveInteger,
  signal: abortSignal,
})

/**
 * Detaches a referrer from its subject, and deletes its manifest where nothing else needs it: no tag but the link's
 * own, no index or node that a tag or the subject leads to, no other link that the manifest names. What cannot be seen
 * counts as needing it. Else only the link is taken away: its tag, or its entry in the referrers tag. `action` of the
 * result says which, `reason` and a warning why. A link that cannot be taken away alone is an error, and stays: an
 * entry of the image's own index, or a `subject` where the registry lists what it holds.
 *
 * What cannot be seen at all is an index without a tag that is neither the subject nor in it. The manifest's blobs are
 * left to the registry's own clean-up. Detaching what is no longer there is no error.
 *
 * Requests: `GET` of the referrer's manifest, of the referrers tag, and of all pages of tags; `HEAD` of each tag, and
 * `GET` of each index that one leads to; `DELETE` of the manifest; two more on the tag where it has to change; `HEAD`
 * first when the subject is a tag. Of a repository with more than `maxTags` tags none is looked up.
 *
 * @param referrer - its manifest, however it is named; a {@link Referrer} as it was found says by its `via` how it
 *   was linked
 * @throws {@link InvalidInputError} when that manifest is no referrer of the subject: nothing is
 *   deleted; {@link UnsupportedError} when the link cannot be taken away without what something else needs, or the
 *   registry refuses deletes and goes on listing it
 * @example
 * ```ts
 * import { detach, discover, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const { referrers } = await discover(app, 'v1')
 * for (const found of referrers) {
 *   // What the image's own index lists cannot be taken out of it.
 *   if (found.via.some(({ kept }) => kept === 'entry')) continue
 *   const { deleted, action, reason } = await detach(app, 'v1', found)
 *   if (!deleted) console.log(action, reason)
 * }
 * ```
 */
export async function detach(
  repo: Repository,
  subject: Subject,
  referrer: Subject,
  options: DetachOptions = {},
): Promise<Withdrawn> {
  const target = parseSubject(repo, subject)
  const linked = parseSubject(repo, referrer, 'referrer')
  checkOptions(options, checks())
  options.signal?.throwIfAborted()
  const strategies = chosenStrategies(options) ?? (await strategiesOf(referrer))
  checkVerbs(strategies, ['withdraw'])
  // Whoever changes the options afterwards changes another call.
  const given = { ...options }
  // Loaded when it is called: most programs take no link away.
  const { detachReferrer } = await import('./lib/detaching.ts')
  return detachReferrer(repo, target, linked, strategies, given)
}

/** The strategies that found a referrer, each once. */
async function strategiesOf(referrer: Subject): Promise<readonly Strategy[]> {
  const { via = [] } = (typeof referrer === 'object' ? referrer : {}) as Partial<Referrer>
  const entry = via.find(({ kept }) => kept === 'entry')
  if (entry) {
    throw new UnsupportedError(
      'The index of the image lists this referrer, and would be another index without it: publish the image again, or pass "strategy" to take another link alone away',
      { strategy: entry.strategy, missing: [], alternatives: [] },
    )
  }
  if (via.length === 0) return [ociSubject()]
  const { waysOf } = await import('./lib/ways.ts')
  return waysOf(via)
}
