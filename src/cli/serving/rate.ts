/**
 * How many requests one client may send in a second.
 *
 * @module
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Fetch } from '../../index.ts'

/** Answers 429 for what is beyond so many requests of one client in each second. */
export function withRate(
  fetch: Fetch,
  rate: number,
  clientOf: (request: Request) => string,
): Fetch {
  const limiter = new RateLimiterMemory({ points: rate, duration: 1 })
  return async (request) => {
    try {
      await limiter.consume(clientOf(request))
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return tooMany(refused.msBeforeNext)
      throw refused
    }
    return fetch(request)
  }
}

function tooMany(milliseconds: number): Response {
  const errors = [{ code: 'TOOMANYREQUESTS', message: 'too many requests of this client' }]
  const headers = { 'Retry-After': `${Math.ceil(milliseconds / 1000)}` }
  return Response.json({ errors }, { status: 429, headers })
}
