/**
 * Rate limits: so many requests in so many seconds, from all clients together, then 429.
 *
 * @module
 */
import { Refusal } from '../wire/answers.ts'

/** How many requests are answered. */
export interface RateLimit {
  readonly requests: number
  /** Length of the window in seconds, which begins with its first request. */
  readonly seconds: number
}

/** Makes a counter that throws a {@link Refusal} 429 for each request too many. */
export function createRate(limit: RateLimit | undefined): () => void {
  if (!limit) return () => {}
  let begin = Number.NEGATIVE_INFINITY
  let count = 0
  return () => {
    const now = Date.now()
    if (now - begin >= limit.seconds * 1000) {
      begin = now
      count = 0
    }
    count += 1
    if (count <= limit.requests) return
    const left = Math.ceil((begin + limit.seconds * 1000 - now) / 1000)
    throw new Refusal(429, 'TOOMANYREQUESTS', 'too many requests', {
      headers: {
        'Retry-After': String(left),
        // As Docker Hub writes them.
        'RateLimit-Limit': `${limit.requests};w=${limit.seconds}`,
        'RateLimit-Remaining': `0;w=${limit.seconds}`,
      },
    })
  }
}
