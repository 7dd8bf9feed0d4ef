import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { type Digest, link, referrers, repository } from '../../src/index.ts'
import { pushBlob } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'

const type = 'application/spdx+json'

async function setUp(options: Parameters<typeof embeddedRegistry>[0] = {}) {
  const registry = embeddedRegistry(options)
  const lines: string[] = []
  const app = repository('registry.test/team/app', {
    fetch: (request) => {
      const { pathname } = new URL(request.url)
      lines.push(`${request.method} ${pathname.replace('/v2/team/app', '')}`)
      return registry.fetch(request)
    },
  })
  const subject = await pushImage(app)
  const blob = await pushBlob(app, '{"spdxVersion":"SPDX-2.3"}', { mediaType: type })
  lines.length = 0
  return { app, subject, blob, lines }
}

test('links blobs that are in the repository, and pushes none of them', async () => {
  const { app, subject, blob, lines } = await setUp()
  const annotations = { key: 'value' }
  const linked = await link(app, 'v1', [{ artifactType: type, blobs: [blob], annotations }])
  expect(linked).toMatchObject([{ artifactType: type, subject: { digest: subject.digest } }])
  expect(lines.filter((line) => line.includes(blob.digest))).toEqual([])
  const found = await all(referrers(app, 'v1'))
  expect(found.map(({ digest }) => digest)).toEqual(linked.map(({ digest }) => digest))
})

test('links several artifacts with one write of the referrers tag', async () => {
  const { app, blob, lines } = await setUp({ referrersApi: false })
  const artifacts = ['one', 'two', 'three'].map((name) => ({
    artifactType: type,
    blobs: [blob],
    annotations: { name },
  }))
  const linked = await link(app, 'v1', artifacts, { settle: 0 })
  expect(linked.map(({ annotations }) => annotations?.name)).toEqual(['one', 'two', 'three'])
  expect(linked.every(({ confirmed }) => confirmed)).toBe(true)
  expect(lines.filter((line) => /^PUT \/manifests\/sha256-/.test(line))).toHaveLength(1)
  expect(await all(referrers(app, 'v1'))).toHaveLength(3)
})

test('gives each referrer tags of its own', async () => {
  const { app, blob } = await setUp()
  const artifact = { artifactType: type, blobs: [blob] }
  const [sbom] = await link(app, 'v1', [{ ...artifact, tags: ['sbom', 'newest'] }])
  expect((await all(referrers(app, 'v1')))[0]?.digest).toBe(sbom?.digest)
  await link(app, 'sbom', [{ ...artifact, annotations: { of: 'the SBOM' } }])
  expect(await all(referrers(app, sbom!))).toHaveLength(1)
})

test('says which blob is not there', async () => {
  const { app } = await setUp()
  const missing = { mediaType: type, digest: `sha256:${'9'.repeat(64)}` as Digest, size: 9 }
  await expect(link(app, 'v1', [{ artifactType: type, blobs: [missing] }])).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('MANIFEST_BLOB_UNKNOWN'),
  })
})

test.each([
  ['artifacts[0]', [null]],
  ['artifacts[0].artifactType', [{ artifactType: 'x', blobs: [] }]],
  [
    'artifacts[1].blobs[0].digest',
    [
      { artifactType: type, blobs: [] },
      { artifactType: type, blobs: [{ mediaType: type, digest: 'x', size: 1 }] },
    ],
  ],
  [
    '"artifacts[0].blobs[0]" must be the descriptor of a blob in the repository: use attach()',
    [{ artifactType: type, blobs: [{ data: 'x', mediaType: type }] }],
  ],
  ['use attach()', [{ artifactType: type, blobs: [], config: { data: '{}', mediaType: type } }]],
  ['artifacts[0].tags[0]', [{ artifactType: type, blobs: [], tags: ['a b'] }]],
])('names %s before any request', async (path, artifacts) => {
  const { app, lines } = await setUp()
  await expect(link(app, 'v1', artifacts as never)).rejects.toThrow(path)
  expect(lines).toEqual([])
})
