/**
 * How many requests of one client are answered at the same time: others have their turn, however many it sends and
 * however slowly it reads.
 *
 * @module
 */
import pLimit, { type LimitFunction } from 'p-limit'
import { untilAborted } from '../platform/abort.ts'
import { errorAnswer } from './answers.ts'

/** Requests of one client that wait for their turn; what comes beyond them is refused at once. */
const WAITING = 1000
/** Clients that are remembered; idle ones are forgotten first. */
const CLIENTS = 1000

/** Gives turns to clients. */
export interface Slots {
  /**
   * Waits for a turn.
   *
   * @returns what ends it, or the refusal of who would wait too long
   */
  take(client: string, signal: AbortSignal): Promise<(() => void) | Response>
}

/**
 * Makes the turns of a gateway.
 *
 * @param most - requests of one client at a time
 * @param timeout - milliseconds to wait for a turn
 */
export function createSlots(most: number, timeout: number): Slots {
  const limits = new Map<string, LimitFunction>()
  return {
    async take(client, signal) {
      const limit = limits.get(client) ?? pLimit(most)
      // Latest last.
      limits.delete(client)
      limits.set(client, limit)
      forgetIdle(limits)
      if (limit.pendingCount >= WAITING) return tooMany()
      const free = limit.activeCount + limit.pendingCount < most
      const { ready, end } = takeTurn(limit)
      if (free) return end
      try {
        await untilAborted(ready, AbortSignal.any([signal, AbortSignal.timeout(timeout)]))
        return end
      } catch (error) {
        end()
        if (signal.aborted) throw error
        return tooMany()
      }
    },
  }
}

function forgetIdle(limits: Map<string, LimitFunction>): void {
  for (const [client, limit] of limits) {
    if (limits.size <= CLIENTS) break
    if (limit.activeCount + limit.pendingCount === 0) limits.delete(client)
  }
}

/** A turn; one that was given up before it came ends as soon as it comes. */
function takeTurn(limit: LimitFunction): {
  readonly ready: Promise<void>
  readonly end: () => void
} {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const ready = new Promise<void>((resolve) => {
    void limit(() => {
      resolve()
      return ended
    })
  })
  return { ready, end }
}

function tooMany(): Response {
  const answer = errorAnswer(429, 'TOOMANYREQUESTS', 'too many requests of this client at once')
  answer.headers.set('Retry-After', '1')
  return answer
}
