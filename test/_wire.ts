// Counts requests and round trips: every answer is delayed, and a request that starts after another
// one was answered may have waited for it.
import type { Fetch } from '../src/index.ts'

export interface Recorded {
  readonly fetch: Fetch
  /** `METHOD path`, in the order they were sent, digests cut to 8 characters. */
  lines(): string[]
  /** The longest chain of requests that waited for each other. */
  depth(): number
  reset(): void
}

/** Wraps a fetch; `delay` in milliseconds. */
export function recorded(inner: Fetch, delay = 0): Recorded {
  let requests: { line: string; start: number; end: number }[] = []
  return {
    async fetch(request) {
      const url = new URL(request.url)
      const name = url.pathname.replace(/^\/v2\/team\/app/, '')
      const query = [...url.searchParams.keys()].filter((key) => !key.startsWith('_'))
      const text = `${name}${query.length > 0 ? `?${query.join('&')}` : ''}`
      const line = `${request.method} ${text
        .replace(/(sha\d+[:-])([0-9a-f]{8})[0-9a-f]+/g, '$1$2')
        .replace(/uploads\/[^/?]+/, 'uploads/<session>')}`
      const entry = { line, start: performance.now(), end: Number.POSITIVE_INFINITY }
      requests.push(entry)
      try {
        const response = await inner(request)
        if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
        return response
      } finally {
        entry.end = performance.now()
      }
    },
    lines: () => requests.map(({ line }) => line),
    depth() {
      const chains = new Map<object, number>()
      for (const request of requests) {
        const before = requests.filter((other) => other.end <= request.start)
        chains.set(request, 1 + Math.max(0, ...before.map((other) => chains.get(other) ?? 0)))
      }
      return Math.max(0, ...chains.values())
    },
    reset() {
      requests = []
    },
  }
}
