// The suite in each runtime: every test of it is a test here.
import { fileURLToPath } from 'node:url'
import pLimit from 'p-limit'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { exceptionOf } from './exceptions.ts'
import { runtimes, wantedRuntimes } from './lib/all.ts'
import { areAlike, isVersionOf, pageWith, type Row } from './lib/matrix.ts'
import { PAGE, readPage } from './lib/runtimes-page.ts'
import { suite } from './suite/suite.ts'

const { user, hosts } = inject('runtimes')

// A developer's machine may lack a browser; where a commit is judged nothing may.
const skipped = (missing: string | undefined) => missing !== undefined && !process.env.CI

// Much of a suite is waiting: three at a time take little more than two.
const atOnce = pLimit(3)
const running = wantedRuntimes.map((runtime) => {
  const missing = runtime.missing()
  const row = atOnce(async (): Promise<Row> => {
    if (missing) throw new Error(missing)
    const report = await runtime.runSuite(user, { hosts, runtime: runtime.id })
    const version = await runtime.version()
    if (!isVersionOf(runtime.name, version)) throw new Error(`${runtime.name} is ${version}`)
    return { runtime, report, version }
  })
  row.catch(() => {})
  return { name: runtime.name, runtime, missing, row }
})

describe.each(running)('$name', ({ runtime, missing, row }) => {
  if (skipped(missing)) {
    test('is not installed', ({ skip }) => skip(missing))
    return
  }

  // Each test of it fails with what it fails with.
  beforeAll(async () => {
    await row.catch(() => {})
  })

  test.each(suite)('$name', async ({ name }) => {
    const result = (await row).report.results.find((one) => one.name === name)
    const exception = exceptionOf(runtime.id, name)
    if (!exception) expect(result, result?.error).toMatchObject({ ok: true })
    else {
      const failed = { ok: false, error: expect.stringMatching(exception.error) }
      expect(result, `"${exception.reason}" is no longer true`).toMatchObject(failed)
    }
  })
})

test('the matrix of docs/runtimes.md is what ran', async ({ skip }) => {
  const here = running.filter(({ missing }) => !skipped(missing))
  if (here.length < runtimes.length) return skip('not all of them ran')
  const page = pageWith(await Promise.all(running.map(({ row }) => row)))
  const written = readPage()
  const expected = areAlike(page, written) ? written : page
  await expect(expected).toMatchFileSnapshot(fileURLToPath(PAGE))
})
