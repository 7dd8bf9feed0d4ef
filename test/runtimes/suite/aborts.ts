// Signals and time limits.
import { attach, referrers } from 'ocilink'
import { equal, failure, holds } from './check.ts'
import { all, artifactOf, pushImage, sbom } from './content.ts'
import { type SuiteTest, test } from './test.ts'

/** A stream that never ends by itself. */
function endless(onCancel: () => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(256 * 1024)),
    cancel: onCancel,
  })
}

export const aborts: readonly SuiteTest[] = [
  test('sends nothing where the signal was aborted before', async ({ repo }) => {
    let requests = 0
    const app = repo('withApi', { onRequest: () => void requests++ })
    const reason = new Error('not now')
    const error = await failure(attach(app, 'v1', sbom, { signal: AbortSignal.abort(reason) }))
    holds(error === reason, 'the reason is thrown as it is')
    equal(requests, 0)
  }),

  test('ends an upload, and the stream that it reads', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    const controller = new AbortController()
    const reason = new Error('stop')
    let cancelled = false
    const data = endless(() => {
      cancelled = true
    })
    const attaching = attach(app, 'v1', artifactOf(data), { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 100)
    holds((await failure<unknown>(attaching)) === reason, 'the reason is thrown as it is')
    // In browsers that takes its way through several streams.
    for (let i = 0; i < 100 && !cancelled; i++) await new Promise((go) => setTimeout(go, 20))
    holds(cancelled, 'the stream was cancelled')
  }),

  test('ends a listing that waits for an answer', async ({ repo }) => {
    const app = repo('slow')
    const { digest } = await pushImage(app)
    const controller = new AbortController()
    const listing = all(referrers(app, digest, { signal: controller.signal }))
    setTimeout(() => controller.abort(), 100)
    equal((await failure<Error>(listing)).name, 'AbortError')
  }),

  test('gives up after a time limit', async ({ repo }) => {
    const { digest } = await pushImage(repo('slow'))
    const app = repo('slow', { timeout: 200, retries: 0 })
    equal((await failure(all(referrers(app, digest)))).code, 'TIMEOUT')
  }),
]
