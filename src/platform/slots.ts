/**
 * How many requests of one client are answered at the same time: others have their turn, however many it sends and
 * however slowly it reads.
 *
 * @module
 */
import pLimit, { type LimitFunction } from 'p-limit'
import { untilAborted } from './abort.ts'

/** Requests of one client that wait for their turn; what comes beyond them is refused at once. */
const WAITING = 1000
/** Clients that are remembered; idle ones are forgotten first. */
const CLIENTS = 1000

/** Gives turns to clients. */
export interface Slots {
  /**
   * Waits for a turn.
   *
   * @returns what ends it; undefined for who would wait too long
   */
  take(client: string, signal: AbortSignal): Promise<(() => void) | undefined>
}

/**
 * Makes the turns of a server.
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
      if (limit.pendingCount >= WAITING) return undefined
      const free = limit.activeCount + limit.pendingCount < most
      const { ready, end } = takeTurn(limit)
      if (free) return end
      try {
        await untilAborted(ready, AbortSignal.any([signal, AbortSignal.timeout(timeout)]))
        return end
      } catch (error) {
        end()
        if (signal.aborted) throw error
        return undefined
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
