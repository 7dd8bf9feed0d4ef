/**
 * A port of its own for who watches a server: `/metrics`, `/healthz` and `/readyz`.
 *
 * @module
 */
import { Registry } from 'prom-client'
import type { RunningServer } from '../../node/index.ts'
import { type Health, withHealth } from './health.ts'

/** Where it listens: on the address that the registry has. */
export interface Place {
  readonly host?: string | undefined
  readonly allowedHosts: readonly string[]
}

/**
 * Starts to listen.
 *
 * @param text - what is counted; where it rejects the answer is 503
 * @throws the system's error where the port is taken
 */
export async function listenForMetrics(
  text: () => Promise<string>,
  health: Health,
  port: number,
  place: Place,
): Promise<RunningServer> {
  const { serve } = await import('../../node/index.ts')
  const fetch = withHealth(health, async ({ method, url }) => {
    if (method !== 'GET' || new URL(url).pathname !== '/metrics') {
      return new Response(null, { status: 404 })
    }
    const headers = {
      'content-type': Registry.PROMETHEUS_CONTENT_TYPE,
      'cache-control': 'no-store',
    }
    return text().then(
      (found) => new Response(found, { headers }),
      ({ message }: Error) => new Response(`${message}\n`, { status: 503 }),
    )
  })
  return serve({ fetch }, { port, ...place })
}
