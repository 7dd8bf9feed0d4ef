// The official conformance suite against `ocilink serve`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { conformanceOf } from './_conformance.ts'
import { serveProgram } from './_serve.ts'

// The best registries skip these too: a mount that does not say from where is answered as if the blob
// were nowhere, so that nobody learns what repositories of others hold.
const skipped = [
  'sha256 blobs/mount anonymous/blob-mount-anonymous',
  'sha512 blobs/mount anonymous/blob-mount-anonymous',
]

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
  const directory = storage === 'memory' ? [] : ['--dir', await temporaryDirectory()]
  const server = await serveProgram(...directory)
  onTestFinished(async () => void (await server.stop()))
  const found = await conformanceOf(server.host, version)
  expect(found).toEqual({
    tests,
    failures: 0,
    errors: 0,
    skipped: 2,
    names: skipped,
    failed: [],
    version,
  })
  expect(await server.stop()).toBe(0)
  expect(server.stderr()).toBe('')
})
