/**
 * Withdraws all links between a referrer and its subject that several strategies may have made.
 *
 * @module
 */
import { InvalidInputError, UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { tagsOf } from '../lib/withdrawal.ts'
import type { Strategy, Withdrawn, WithdrawOptions } from '../strategy.ts'

/**
 * Withdraws a referrer by each strategy that links it. A link that goes only with the manifest may have to wait for the
 * other links, which need the manifest: refused ones are tried again after those.
 *
 * @returns the result of the last one; `deleted` where one of them deleted it
 * @throws the first refusal that stands when all others are taken away; `InvalidInputError` where none links it
 */
export async function withdrawAll(
  strategies: readonly Strategy[],
  repo: Repository,
  subject: Digest,
  referrer: Digest,
  options: WithdrawOptions,
): Promise<Withdrawn> {
  const tags = tagsOf(repo, options)
  const linkFields = strategies.flatMap((strategy) => strategy.linkFields ?? [])
  const how = { ...options, tags, linkFields }
  const done: Withdrawn[] = []
  let stranger: unknown
  for (let rest = strategies; rest.length > 0; ) {
    const refused: Strategy[] = []
    let refusal: unknown
    for (const strategy of rest) {
      try {
        const withdrawn = await strategy.withdraw(repo, subject, referrer, how)
        done.push(withdrawn)
        // Nothing leads to a manifest that was deleted.
        if (withdrawn.deleted && !withdrawn.action) return merge(done)
      } catch (error) {
        if (error instanceof InvalidInputError) {
          stranger ??= error
        } else if (error instanceof UnsupportedError) {
          refused.push(strategy)
          refusal ??= error
        } else {
          throw error
        }
      }
    }
    if (refusal && refused.length === rest.length) throw refusal
    rest = refused
  }
  if (done.length === 0) throw stranger
  return merge(done)
}

function merge(done: readonly Withdrawn[]): Withdrawn {
  return {
    ...done.at(-1)!,
    deleted: done.some(({ deleted }) => deleted),
    confirmed: done.every(({ confirmed }) => confirmed),
  }
}
