// A story of the working group as something that can be run, and what comes of running it.
import { isOcilinkError } from '../../src/index.ts'
import type { Strategy } from '../../src/strategies/index.ts'
import { makeWorld, type Place, type World } from './world.ts'

export interface Verdict {
  readonly verdict: 'yes' | 'partial' | 'no'
  /** What was seen that keeps it from being a yes. */
  readonly reason?: string
}

export interface Scenario {
  readonly id: string
  readonly as: 'user' | 'producer' | 'tool writer' | 'operator' | 'author'
  readonly story: string
  /** What is done, and what counts. */
  readonly how: string
  /** Whether the kind of registry makes no difference, because there is none. */
  readonly anywhere?: boolean
  /** Whether most of its time is waiting. */
  readonly waits?: boolean
  /** `undefined` where this kind of registry cannot be had. */
  readonly run: (world: World) => Promise<Verdict | undefined>
}

/** A verdict, and the requests that it took. */
export interface Outcome extends Verdict {
  readonly requests: number
}

export const yes: Verdict = { verdict: 'yes' }
export const partial = (reason: string): Verdict => ({ verdict: 'partial', reason })
export const no = (reason: string): Verdict => ({ verdict: 'no', reason })

/** A yes, but for what was found lacking. */
export const unless = (lacking: readonly string[]): Verdict =>
  lacking.length > 0 ? partial(lacking.join('; ')) : yes

/** Why something is refused; `undefined` where it is done. */
export async function refusal(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** The message of a typed error; what is none is a fault of the scenario. */
export function messageOf(error: unknown): string {
  if (!isOcilinkError(error)) throw error
  return error.message
}

/** Runs one scenario by one way of linking. A typed error that it does not expect is a no. */
export async function runScenario(
  scenario: Scenario,
  place: Place,
  strategy: Strategy,
): Promise<Outcome | undefined> {
  const world = makeWorld(place, strategy)
  let verdict: Verdict | undefined
  try {
    verdict = await scenario.run(world)
  } catch (error) {
    verdict = no(messageOf(error))
  }
  if (!verdict) return undefined
  const { reason } = verdict
  return { ...verdict, ...(reason && { reason: short(reason) }), requests: world.sent.length }
}

/** Digests are long, and say nothing to a reader. */
const short = (reason: string) =>
  reason.replace(/\b(sha256[:-][0-9a-f]{8})[0-9a-f]{24,}/g, '$1…').replace(/\s+/g, ' ')
