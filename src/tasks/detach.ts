/**
 * detach(): take a link away again.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import type { Repository } from '../registry/repository.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'
import type { PublishOptions, Referrer, Strategy, Withdrawn } from '../strategies/strategy.ts'
import { resolveDigest } from './lib/subject.ts'

/** Options of {@link detach}. */
export interface DetachOptions extends PublishOptions {
  /**
   * How the link was written down.
   * @default every way by which a given {@link Referrer} was found; else ociSubject()
   */
  readonly strategy?: Strategy | undefined
}

/**
 * Detaches a referrer from its subject: takes it out of the referrers tag first, where it is listed
 * there, then deletes its manifest. Its blobs are left to the registry's own clean-up. Detaching
 * what is no longer there is no error.
 *
 * Requests: `GET` of the referrer's manifest and of the referrers tag, `DELETE` of the manifest; two
 * more on the tag where it has to change; `HEAD` first when the subject is a tag.
 *
 * @param referrer - its manifest, however it is named; a {@link Referrer} as it was found says by its `via` how it
 *   was linked
 * @throws {@link InvalidInputError} when that manifest is no referrer of the subject: nothing is
 *   deleted; {@link UnsupportedError} when the registry refuses deletes and goes on listing it
 * @example
 * ```ts
 * import { detach, discover, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const { referrers } = await discover(app, 'v1')
 * for (const found of referrers) {
 *   // What the image's own index lists cannot be taken out of it.
 *   if (found.via.every(({ kept }) => kept !== 'entry')) await detach(app, 'v1', found)
 * }
 * ```
 */
export async function detach(
  repo: Repository,
  subject: Subject,
  referrer: Subject,
  options: DetachOptions = {},
): Promise<Withdrawn> {
  const { settle, signal } = options
  const target = parseSubject(repo, subject)
  const linked = parseSubject(repo, referrer, 'referrer')
  signal?.throwIfAborted()
  const strategies = options.strategy ? [options.strategy] : await strategiesOf(referrer)
  const ask = { intent: 'push', signal } as const
  const [found, digest] = await Promise.all([
    resolveDigest(repo, target, ask),
    resolveDigest(repo, linked, ask),
  ])
  const done: Withdrawn[] = []
  // One after the other: the last one may delete the manifest that the others look into.
  for (const strategy of strategies) {
    done.push(await strategy.withdraw(repo, found, digest, { settle, signal }))
  }
  return {
    ...done.at(-1)!,
    deleted: done.some(({ deleted }) => deleted),
    confirmed: done.every(({ confirmed }) => confirmed),
  }
}

/** The strategies that found a referrer, each once. */
async function strategiesOf(referrer: Subject): Promise<readonly Strategy[]> {
  const { via = [] } = (typeof referrer === 'object' ? referrer : {}) as Partial<Referrer>
  const [first] = via
  if (!first) return [ociSubject()]
  const { strategyOf } = await import('./strategy-of.ts')
  const found = new Map<string, Strategy>()
  for (const way of via) {
    const strategy = await strategyOf(way)
    if (!strategy) {
      const expected = 'the name of a strategy of ocilink/strategies, or pass "strategy"'
      throw new InvalidInputError('INVALID_INPUT', 'referrer.via', expected, way.strategy)
    }
    found.set(strategy.from ? `${way.strategy} ${way.source}` : way.strategy, strategy)
  }
  return [...found.values()]
}
