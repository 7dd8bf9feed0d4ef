// Reading what is attached, with what is wrong with it.
import { attach, type RepositoryOptions, readArtifact, statements } from 'ocilink'
import { getBlob, getBlobBytes, pushBlob } from 'ocilink/registry'
import { equal, failure, holds } from './check.ts'
import { all, bytesOf, drain, MiB, pushImage, sbom, spdx } from './content.ts'
import { type SuiteTest, test } from './test.ts'

/** Changes the first byte of every blob on its way. */
const corrupt: NonNullable<RepositoryOptions['fetch']> = async (request) => {
  const { url, method } = request
  const response = await fetch(request)
  if (method !== 'GET' || !url.includes('/blobs/')) return response
  const bytes = new Uint8Array(await response.arrayBuffer())
  bytes[0]! ^= 1
  return new Response(bytes, response)
}

export const reading: readonly SuiteTest[] = [
  test('reads an SBOM as JSON', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    await attach(app, 'v1', sbom)
    const read = await readArtifact(app, 'v1', { artifactType: spdx })
    equal(await read.json(), { spdxVersion: 'SPDX-2.3' })
  }),

  test('reads an in-toto statement', async ({ repo }) => {
    const app = repo('withApi')
    const { digest } = await pushImage(app)
    const mediaType = 'application/vnd.in-toto+json'
    const predicateType = 'https://slsa.dev/provenance/v1'
    const subject = [{ name: 'app', digest: { sha256: digest.slice('sha256:'.length) } }]
    const _type = 'https://in-toto.io/Statement/v1'
    const data = JSON.stringify({ _type, subject, predicateType, predicate: { builder: 'b' } })
    await attach(app, 'v1', { artifactType: mediaType, blobs: [{ data, mediaType }] })
    const found = await all(statements(app, 'v1', { predicateType }))
    equal(
      found.map(({ subjectMatches, predicate }) => [subjectMatches, predicate]),
      [[true, { builder: 'b' }]],
    )
  }),

  test('reads a blob piece by piece', async ({ repo }) => {
    const app = repo('withApi')
    const blob = await pushBlob(app, bytesOf(2 * MiB))
    const reader = (await getBlob(app, blob)).getReader()
    let size = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      size += value.byteLength
    }
    equal(size, 2 * MiB)
  }),

  test('leaves a blob in the middle', async ({ repo }) => {
    const app = repo('withApi')
    const blob = await pushBlob(app, bytesOf(2 * MiB))
    const reader = (await getBlob(app, blob)).getReader()
    holds((await reader.read()).value !== undefined, 'something was read')
    await reader.cancel()
    equal((await getBlobBytes(app, await pushBlob(app, 'next'))).byteLength, 4)
  }),

  test('never gives wrong bytes for right ones', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    await attach(app, 'v1', sbom)
    const read = await readArtifact(repo('withApi', { fetch: corrupt }), 'v1', {
      artifactType: spdx,
    })
    equal((await failure(read.bytes())).code, 'DIGEST_MISMATCH')
    equal((await failure(drain(await read.stream()))).code, 'DIGEST_MISMATCH')
  }),
]
