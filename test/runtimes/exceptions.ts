// What a runtime cannot do, test by test, and why. Each is run all the same: one that works by now is red.
import type { RuntimeId } from './lib/runtime.ts'
import { files } from './suite/files.ts'
import { SENDS_STREAMS } from './suite/streams.ts'

export interface Exception {
  readonly runtimes: readonly RuntimeId[]
  /** Names of tests of the suite. */
  readonly tests: readonly string[]
  /** What each of them fails with there: one that fails with something else is red. */
  readonly error: RegExp
  /** Stands in docs/runtimes.md. */
  readonly reason: string
}

export const exceptions: readonly Exception[] = [
  {
    runtimes: ['workerd', 'chromium', 'firefox', 'webkit'],
    tests: files.map(({ name }) => name),
    error: /^(Type)?Error: .*\bocilink\/node\b/,
    reason: 'there are no files and no ports to listen on, so there is no `ocilink/node`',
  },
  {
    runtimes: ['chromium'],
    tests: [SENDS_STREAMS],
    error: /^TypeError: Failed to fetch/,
    reason: 'streams are sent over HTTP/2 and later only',
  },
  {
    runtimes: ['firefox'],
    tests: [SENDS_STREAMS],
    error: /^Error: expected that the blob arrived whole \(400\)/,
    reason: 'streams are no request bodies: it sends the text `[object ReadableStream]`',
  },
  {
    runtimes: ['webkit'],
    tests: [SENDS_STREAMS],
    error: /^NotSupportedError: /,
    reason: 'streams are no request bodies: `fetch` rejects',
  },
]

/** Why a test cannot pass in a runtime; undefined where it has to. */
export function exceptionOf(runtime: RuntimeId, test: string): Exception | undefined {
  return exceptions.find(
    ({ runtimes, tests }) => runtimes.includes(runtime) && tests.includes(test),
  )
}
