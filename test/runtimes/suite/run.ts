// Runs the suite in whatever runtime this is. Results are data, so that they can be sent anywhere.
import { type Hosts, placeOf, type SuiteTest } from './test.ts'

export interface TestResult {
  readonly name: string
  readonly ok: boolean
  readonly error?: string | undefined
  readonly ms: number
}

/** What the suite has to be given. */
export interface SuiteInput {
  readonly hosts: Hosts
  /** Names the repositories of this runtime. */
  readonly runtime: string
}

/** Milliseconds that one test may take. */
const LIMIT = 60_000

/** Runs all tests, one after the other. */
export async function runSuite(
  suite: readonly SuiteTest[],
  { hosts, runtime }: SuiteInput,
): Promise<readonly TestResult[]> {
  const results: TestResult[] = []
  for (const [number, { name, run }] of suite.entries()) {
    const started = performance.now()
    const error = await failureOf(run(placeOf(hosts, runtime, number)))
    const ms = Math.round(performance.now() - started)
    results.push({ name, ok: error === undefined, error, ms })
  }
  return results
}

async function failureOf(running: Promise<void>): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${LIMIT} ms`)), LIMIT)
  })
  try {
    await Promise.race([running, late])
    return undefined
  } catch (error) {
    const { name, message, stack } = Object(error) as Error
    // Stacks of some engines begin with the message, those of others have none.
    return `${name}: ${message}\n${stack ?? ''}`
  } finally {
    clearTimeout(timer)
  }
}
