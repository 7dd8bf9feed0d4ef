/**
 * What balancers ask: whether the process is alive, and whether it should get requests.
 *
 * @module
 */
import type { Fetch } from '../../index.ts'

/** Milliseconds in which the content must be reached. */
const TIMEOUT = 5000

/** Whether a server should get requests. */
export interface Health {
  /** Answers `/healthz` and `/readyz`; undefined for all else. */
  answer(request: Request): Promise<Response> | undefined
  /** From now on it is not ready: it is about to stop. */
  stop(): void
}

/**
 * @param check - rejects where the content cannot be reached
 * @param say - told why, once for as long as it is the same
 */
export function createHealth(
  check: (signal: AbortSignal) => Promise<void>,
  say: (problem: string) => void,
): Health {
  let stopping = false
  let last = ''
  let checking: Promise<string> | undefined

  /** What is wrong; '' for nothing. However many ask, the content is asked once at a time. */
  async function problem(): Promise<string> {
    if (stopping) return 'stopping'
    checking ??= check(AbortSignal.timeout(TIMEOUT))
      .then(() => {
        last = ''
        return ''
      })
      // Why is for the operator, not for everybody who asks.
      .catch(({ message }: Error) => {
        if (message !== last) say(`not ready: ${message}`)
        last = message
        return 'the content cannot be reached'
      })
      .finally(() => {
        checking = undefined
      })
    return checking
  }
  return {
    answer({ method, url }) {
      const asked = /^https?:\/\/[^/]*\/(healthz|readyz)(?:[?#]|$)/.exec(url)?.[1]
      if (!asked || (method !== 'GET' && method !== 'HEAD')) return undefined
      if (asked === 'healthz') return Promise.resolve(said(200, 'ok'))
      return problem().then((text) => said(text === '' ? 200 : 503, text || 'ok'))
    },
    stop() {
      stopping = true
    },
  }
}

/** Answers the questions of balancers, and gives all else to a registry. */
export function withHealth(health: Health, fetch: Fetch): Fetch {
  return async (request) => (await health.answer(request)) ?? fetch(request)
}

function said(status: number, text: string): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
  return new Response(`${text}\n`, { status, headers })
}
