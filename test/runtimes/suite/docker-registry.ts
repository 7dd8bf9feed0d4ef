// A real registry that is no part of this package: docker-registry 2.8, with the CORS headers that docs/runtimes.md
// recommends.
import { attach, copy, detach, discover, hasReferrer, readArtifact, referrers } from 'ocilink'
import { equal } from './check.ts'
import { all, artifactOf, bytesOf, MiB, pushImage, sbom, spdx, streamOf } from './content.ts'
import { type SuiteTest, test } from './test.ts'

export const dockerRegistry: readonly SuiteTest[] = [
  test('docker-registry: attaches, lists, reads and detaches', async ({ repo }) => {
    const app = repo('dockerRegistry')
    await pushImage(app)
    const made = await attach(app, 'v1', sbom)
    equal(
      (await all(referrers(app, 'v1'))).map(({ digest }) => digest),
      [made.digest],
    )
    const read = await readArtifact(app, 'v1', { artifactType: spdx })
    equal(await read.json(), { spdxVersion: 'SPDX-2.3' })
    await detach(app, 'v1', made)
    equal(await hasReferrer(app, 'v1'), false)
  }),

  test('docker-registry: takes a stream of 9 MiB', async ({ repo }) => {
    const app = repo('dockerRegistry')
    await pushImage(app)
    await attach(app, 'v1', artifactOf(streamOf(bytesOf(9 * MiB))))
    const read = await readArtifact(app, 'v1', { artifactType: 'application/vnd.example.data' })
    equal((await new Response(await read.stream()).arrayBuffer()).byteLength, 9 * MiB)
  }),

  test('docker-registry: discovers all, and knows that it is all', async ({ repo }) => {
    const app = repo('dockerRegistry')
    await pushImage(app)
    const made = await attach(app, 'v1', sbom)
    await attach(app, made, { artifactType: 'application/vnd.example.signature' })
    const { flat, complete } = await discover(app, 'v1', { depth: 2 })
    equal([flat.length, complete], [2, true])
  }),

  test('docker-registry: copies to a registry that lists referrers', async ({ repo }) => {
    const from = repo('dockerRegistry')
    await pushImage(from)
    await attach(from, 'v1', sbom)
    const to = repo('withApi', {}, 'mirror')
    equal((await copy(from, 'v1', to, { referrers: true })).complete, true)
    equal((await all(referrers(to, 'v1'))).length, 1)
  }),
]
