/**
 * Counts of what a server did, in the form that Prometheus reads.
 *
 * @module
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Fetch } from '../../index.ts'
import type { ServedRequest } from '../../node/index.ts'

/** What is counted, and who shows it. */
export interface Metrics {
  readonly onServed: (served: ServedRequest) => void
  /** Counts the requests that are under way. */
  during(fetch: Fetch): Fetch
  /** Answers `/metrics`; undefined for all else. */
  answer(request: Request): Promise<Response> | undefined
}

/** Upper bounds of times, in seconds. */
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30]

/** Starts to count, from zero. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'ocilink_http_requests_total',
    help: 'Requests by method, kind of endpoint and status; status 0 for those without an answer.',
    labelNames: ['method', 'endpoint', 'status'],
    registers,
  })
  const seconds = new Histogram({
    name: 'ocilink_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['method', 'endpoint'],
    buckets: SECONDS,
    registers,
  })
  const bytes = new Counter({
    name: 'ocilink_http_bytes_total',
    help: 'Bytes of requests (in) and answers (out), with their headers.',
    labelNames: ['direction'],
    registers,
  })
  const underWay = new Gauge({
    name: 'ocilink_http_requests_under_way',
    help: 'Requests whose answer has not begun.',
    registers,
  })
  return {
    onServed({ method: given, path, status, milliseconds, bytesIn, bytesOut }) {
      const method = methods.has(given) ? given : 'other'
      const endpoint = endpointOf(path)
      requests.inc({ method, endpoint, status })
      seconds.observe({ method, endpoint }, milliseconds / 1000)
      bytes.inc({ direction: 'in' }, bytesIn)
      bytes.inc({ direction: 'out' }, bytesOut)
    },
    during: (fetch) => async (request) => {
      underWay.inc()
      try {
        return await fetch(request)
      } finally {
        underWay.dec()
      }
    },
    answer({ method, url }) {
      if (method !== 'GET' || new URL(url).pathname !== '/metrics') return undefined
      const headers = { 'content-type': registry.contentType, 'cache-control': 'no-store' }
      return registry.metrics().then((text) => new Response(text, { headers }))
    },
  }
}

const methods = new Set(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'])

/** Kinds of endpoints: labels must be few, whatever clients ask for. */
const endpoints: readonly (readonly [RegExp, string])[] = [
  [/^\/v2\/?$/, 'base'],
  [/^\/v2\/.+\/blobs\/uploads\/?[^/]*$/, 'uploads'],
  [/^\/v2\/.+\/blobs\/[^/]+$/, 'blobs'],
  [/^\/v2\/.+\/manifests\/[^/]+$/, 'manifests'],
  [/^\/v2\/.+\/tags\/list$/, 'tags'],
  [/^\/v2\/.+\/referrers\/[^/]+$/, 'referrers'],
  [/^\/(?:v2|v3|oras)\//, 'proposals'],
  [/^\/(?:healthz|readyz)$/, 'health'],
]

function endpointOf(path: string): string {
  return endpoints.find(([pattern]) => pattern.test(path))?.[1] ?? 'other'
}
