/**
 * Waiting until a registry lists what was attached.
 *
 * @module
 */
import { ConnectionError } from '../../errors.ts'
import { delay } from '../../platform/abort.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'

/** How long `true` waits, in milliseconds. */
const DEFAULT = 30_000
/** The first wait and the longest, in milliseconds. */
const FIRST = 100
const LONGEST = 2_000

/**
 * Reads the list until the referrer is in it.
 *
 * @param wait - milliseconds, or `true` for 30 seconds
 * @returns the referrer, confirmed
 * @throws {@link ConnectionError} `TIMEOUT`; what keeps the list from being read
 */
export async function untilListed(
  repo: Repository,
  strategy: Strategy,
  referrer: Referrer,
  wait: true | number,
  signal: AbortSignal | undefined,
): Promise<Referrer> {
  const most = wait === true ? DEFAULT : wait
  const end = Date.now() + most
  for (let pause = FIRST; ; pause = Math.min(pause * 2, LONGEST)) {
    if (await isListed(repo, strategy, referrer, signal)) return { ...referrer, confirmed: true }
    const left = end - Date.now()
    if (left <= 0) break
    await delay(Math.min(pause, left), signal)
  }
  const { digest, subject } = referrer
  throw new ConnectionError(
    'TIMEOUT',
    `${digest} is attached to ${subject.digest}, but was not listed within ${most} ms: it may be later`,
    internalsOf(repo).origin.href,
  )
}

async function isListed(
  repo: Repository,
  strategy: Strategy,
  { digest, subject }: Referrer,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for await (const listed of strategy.discover(repo, subject.digest, { signal })) {
    if (listed.digest === digest) return true
  }
  return false
}
