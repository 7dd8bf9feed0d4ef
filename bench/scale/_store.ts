// An object store as its operators describe it: how long it takes, and how much of one prefix it answers in a second.
import type { Chance } from './_workload.ts'

export type Request = 'read' | 'list' | 'write' | 'delete'

/** Medians in milliseconds; docs.aws.amazon.com, "Performance guidelines": 100 to 200 for the slow ones. */
export const medians: Readonly<Record<Request, number>> = {
  read: 20,
  list: 35,
  write: 40,
  delete: 25,
}

/** Requests of one prefix in each second; beyond them the store answers 503 (docs.aws.amazon.com, "Best practices"). */
export interface Limits {
  readonly reads: number
  readonly writes: number
}
export const limits: Limits = { reads: 5500, writes: 3500 }

/** Milliseconds before a request that got 503 is sent again; twice as long each time. */
const BACKOFF = 100

/** Answers requests; counts those that it refused for a while. */
export interface Store {
  /** Milliseconds until the answer, the waits after refusals included. */
  answer(request: Request, repository: number, now: number): number
  readonly refused: number
}

export function makeStore(chance: Chance, { reads, writes }: Limits = limits): Store {
  /** Requests of each repository, by the second in which they come. */
  const counted = new Map<number, Map<string, number>>()
  let refused = 0

  /** Whether one more fits into its second. */
  function fits(key: string, limit: number, now: number): boolean {
    const second = Math.floor(now / 1000)
    const counts = counted.get(second) ?? new Map<string, number>()
    counted.set(second, counts)
    // Nothing comes to a second that is over.
    counted.delete(second - 60)
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count <= limit
  }
  return {
    answer(request, repository, now) {
      const isRead = request === 'read' || request === 'list'
      const key = `${isRead ? 'r' : 'w'}${repository}`
      let wait = 0
      for (let step = BACKOFF; !fits(key, isRead ? reads : writes, now + wait); step *= 2) {
        refused += 1
        wait += step * (0.5 + chance.even())
      }
      return wait + chance.store(medians[request])
    },
    get refused() {
      return refused
    },
  }
}
