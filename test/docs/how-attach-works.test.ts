// docs/how-attach-works.md names every file that a manifest passes from attach() to the wire, in their
// order, and no other.
import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, repository } from '../../src/index.ts'
import { pushImage } from '../_image.ts'

// V8 tells what waits for what, but sees through no race and no queue: these give way.
vi.mock('../../src/platform/abort.ts', () => ({ untilAborted: (promise: unknown) => promise }))
vi.mock('p-limit', () => ({
  default: () =>
    Object.assign((call: () => unknown) => call(), {
      map: (items: readonly unknown[], call: () => unknown) => Promise.all(items.map(call)),
    }),
}))
vi.mock('ky', () => ({
  default: (url: string, { fetch, ...init }: RequestInit & { fetch: typeof globalThis.fetch }) =>
    fetch(new Request(url, init)),
}))

const document = readFileSync(new URL('../../docs/how-attach-works.md', import.meta.url), 'utf8')
const named = Array.from(document.matchAll(/^\*\*\d+\. `(src\/[^`]+)`\*\*/gm), ([, file]) => file!)

/** Calls `publish` of kept/ and returns its promise as it is: V8 sees nothing wait there. */
const strategy = 'src/strategies/oci-subject/strategy.ts'

/** The files of src/ that wait for an answer, from the call to the wire. */
function waiting(): string[] {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = Number.POSITIVE_INFINITY
  const { stack = '' } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  const files = Array.from(stack.matchAll(/\/(src\/[^:?)]+)[:?]/g), ([, file]) => file!)
  return files.reverse().filter((file, i) => file !== files[i - 1])
}

test('how attach works names every file on the way', async () => {
  const { fetch } = embeddedRegistry()
  await pushImage(repository('r.test/app', { fetch }))
  const ways = new Map<string, string[]>()
  const app = repository('r.test/app', {
    async fetch(request) {
      // Until all that waits has begun to.
      await new Promise((resolve) => setTimeout(resolve))
      ways.set(request.method, waiting())
      return fetch(request)
    },
  })
  await attach(app, 'v1', { artifactType: 'a/b', blobs: [{ data: 'x', mediaType: 'a/b' }] })

  expect(named).toContain(strategy)
  expect(named.filter((file) => file !== strategy)).toEqual(ways.get('PUT'))
  // The subject's way and the blobs' way.
  for (const method of ['GET', 'POST']) expect(ways.get(method)?.length).toBeLessThanOrEqual(7)
})
