/**
 * Whether a strategy finds anything: what could not be read may be what was looked for.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import type { FindOptions, Strategy } from '../../strategies/strategy.ts'

/** @throws why an entry or a manifest cannot be read, where no other is a match */
export async function anyOf(
  strategy: Strategy,
  repo: Repository,
  subject: Digest,
  options: FindOptions,
): Promise<boolean> {
  let unreadable: Error | undefined
  const onUnreadable = (error: Error) => {
    unreadable ??= error
  }
  for await (const _ of strategy.discover(repo, subject, { ...options, onUnreadable })) return true
  if (unreadable) throw unreadable
  return false
}
