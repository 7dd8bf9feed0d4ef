// The official conformance suite, run against a host. Its counts are read: it also ends well when it was set up wrongly
// and tested nothing.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, toolPath } from './_tools.ts'

export interface Results {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  /** What was skipped without being switched off. */
  readonly names: readonly string[]
  readonly failed: readonly string[]
  /** The version that was tested. */
  readonly version: string | undefined
}

/** Runs the suite to its end, whether it finds faults or not. */
export async function conformanceOf(host: string, version: string): Promise<Results> {
  const results = await mkdtemp(join(tmpdir(), 'ocilink-conformance-'))
  try {
    await run(toolPath('conformance'), [], {
      cwd: results,
      env: {
        PATH: process.env.PATH,
        HOME: results,
        OCI_REGISTRY: host,
        OCI_TLS: 'disabled',
        OCI_REPO1: 'conformance/one',
        OCI_REPO2: 'conformance/two',
        OCI_RESULTS_DIR: results,
        OCI_VERSION: version,
      },
    }).catch(() => {
      // It ends with 1 for faults, which its report has.
    })
    const report = await readFile(join(results, 'results.yaml'), 'utf8')
    const tested = /^ *version: "?([\w.]+)"?$/m.exec(report)?.[1]
    return readResults(await readFile(join(results, 'junit.xml'), 'utf8'), tested)
  } finally {
    await rm(results, { recursive: true, force: true })
  }
}

function readResults(xml: string, version: string | undefined): Results {
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? ''
  const count = (name: string) => Number(new RegExp(` ${name}="([0-9]+)"`).exec(suite)?.[1])
  const names: string[] = []
  const failed: string[] = []
  for (const text of xml.split('<testcase ').slice(1)) {
    const [, name] = /^name="OCI Conformance Test\/([^"]*)"/.exec(text) ?? []
    const [, status] = /^[^>]*status="(\w+)"/.exec(text) ?? []
    if (status === 'failure') failed.push(name!)
    if (status === 'skipped' && text.includes('registry returned')) names.push(name!)
  }
  const [tests, failures, errors] = [count('tests'), count('failures'), count('errors')]
  return { tests, failures, errors, skipped: count('skipped'), names, failed, version }
}
