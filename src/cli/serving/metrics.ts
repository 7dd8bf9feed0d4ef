/**
 * Counts of what a server did, in the form that Prometheus reads.
 *
 * @module
 */
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client'
import type { Fetch } from '../../index.ts'
import type { ServedRequest } from '../../node/index.ts'

/** The counts of one process, as prom-client hands them to another one. */
export type Numbers = readonly object[]

/** What is counted. */
export interface Metrics {
  readonly onServed: (served: ServedRequest) => void
  /** Counts the requests that are under way. */
  during(fetch: Fetch): Fetch
  /** What Prometheus reads. */
  text(): Promise<string>
  numbers(): Promise<Numbers>
}

/** Upper bounds of times, in seconds. */
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30]

/** What Prometheus reads of several processes, each of which counts as another worker. */
export function textOfAll(all: readonly Numbers[]): Promise<string> {
  // Each value is one worker's: there is nothing to sum up, and nothing to leave out.
  const aggregator = 'first'
  const lists = all.map((numbers) => numbers.map((one) => ({ ...one, aggregator })))
  return AggregatorRegistry.aggregate(lists).metrics()
}

/**
 * Starts to count, from zero.
 *
 * @param worker - which one of several processes counts
 */
export function createMetrics(worker?: string): Metrics {
  const registry = new Registry()
  if (worker !== undefined) registry.setDefaultLabels({ worker })
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
    text: () => registry.metrics(),
    numbers: () => registry.getMetricsAsJSON(),
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
