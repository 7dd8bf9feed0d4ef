// The official conformance suite against `ocilink serve`. Its counts are read: it also ends well when
// it was set up wrongly and tested nothing.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { serveProgram } from './_serve.ts'
import { run, toolPath } from './_tools.ts'

// The best registries skip these too: a mount that does not say from where is answered as if the blob
// were nowhere, so that nobody learns what repositories of others hold.
const skipped = [
  'sha256 blobs/mount anonymous/blob-mount-anonymous',
  'sha512 blobs/mount anonymous/blob-mount-anonymous',
]

interface Results {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  readonly names: readonly string[]
}

/** The counts of the suite's junit.xml, and the names of what was skipped without being switched off. */
function readResults(xml: string): Results {
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? ''
  const count = (name: string) => Number(new RegExp(` ${name}="([0-9]+)"`).exec(suite)?.[1])
  const names: string[] = []
  const cases =
    /<testcase name="OCI Conformance Test\/([^"]*)"[^>]*status="skipped">(.*?)<\/testcase>/gs
  for (const [, name, body] of xml.matchAll(cases)) {
    if (body?.includes('registry returned')) names.push(name!)
  }
  const [tests, failures, errors] = [count('tests'), count('failures'), count('errors')]
  return { tests, failures, errors, skipped: count('skipped'), names }
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-conformance-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

test.each([
  ['1.1', 'memory', 858],
  ['1.1', 'a directory', 858],
  ['dev', 'memory', 982],
  ['dev', 'a directory', 982],
])('conforms to version %s of the distribution-spec in %s', async (version, storage, tests) => {
  const results = await temporaryDirectory()
  const directory = storage === 'memory' ? [] : ['--dir', await temporaryDirectory()]
  const server = await serveProgram(...directory)
  onTestFinished(async () => void (await server.stop()))
  await run(toolPath('conformance'), [], {
    cwd: results,
    env: {
      PATH: process.env.PATH,
      HOME: results,
      OCI_REGISTRY: server.host,
      OCI_TLS: 'disabled',
      OCI_REPO1: 'conformance/one',
      OCI_REPO2: 'conformance/two',
      OCI_RESULTS_DIR: results,
      OCI_VERSION: version,
    },
  })
  const found = readResults(await readFile(join(results, 'junit.xml'), 'utf8'))
  expect(found).toEqual({ tests, failures: 0, errors: 0, skipped: 2, names: skipped })
  expect(await readFile(join(results, 'results.yaml'), 'utf8')).toMatch(
    new RegExp(`^ *version: "?${version}"?$`, 'm'),
  )
  expect(await server.stop()).toBe(0)
  expect(server.stderr()).toBe('')
})
