// Reading, copying and comparing in a page: their own tests, and a copy across origins, by way of a file. Left out are
// those that need directories or ports, the long loops over each request, and lists of 100 000.
/// <reference types="vite/client" />
import { describe, expect, inject, test } from 'vitest'
import { archive, memoryBox, writeArchive } from '../../src/archive/index.ts'
import {
  attach,
  copy,
  diff,
  type Repository,
  readArtifact,
  repository,
  statements,
} from '../../src/index.ts'
import { getBlobBytes, pushBlob, putManifest } from '../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'

const suites = import.meta.glob([
  '../tasks/read/{abort,doubts,read-artifact,statements}.test.ts',
  '../tasks/copy/{budgets,copy,referrers}.test.ts',
  '../tasks/diff.test.ts',
])

for (const [name, load] of Object.entries(suites)) {
  describe(name, async () => {
    await load()
  })
}

const hosts = inject('hosts')
const MiB = 1024 * 1024
const sbomType = 'application/spdx+json'
const everything = { referrers: true, depth: Number.POSITIVE_INFINITY, settle: 0 } as const
const inToto = 'application/vnd.in-toto+json'

/** Copies, and sees that nothing stayed behind. */
async function take(from: Repository, to: Repository): Promise<void> {
  const report = await copy(from, 'v1', to, everything)
  expect(report.losses).toEqual([])
  expect(report.complete).toBe(true)
  const { onlyHere, onlyThere, both, complete } = await diff(from, 'v1', to, 'v1', {
    depth: Number.POSITIVE_INFINITY,
  })
  expect({ onlyHere, onlyThere, complete }).toEqual({
    onlyHere: [],
    onlyThere: [],
    complete: true,
  })
  expect(both).toHaveLength(4)
}

/** An image with an SBOM and its signature, a statement, and what cosign would have attached. */
async function fill(app: Repository): Promise<void> {
  const { digest } = await pushImage(app)
  const [algorithm, hex] = digest.split(':') as [string, string]
  const sbom = (data: string) => ({
    artifactType: sbomType,
    blobs: [{ data, mediaType: sbomType }],
  })
  const first = await attach(app, 'v1', sbom('{"spdxVersion":"SPDX-2.3"}'), { settle: 0 })
  await attach(app, first, { artifactType: 'application/vnd.example.signature' }, { settle: 0 })
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { [algorithm]: hex } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: { by: 'a page' },
  }
  const blobs = [{ data: JSON.stringify(statement), mediaType: inToto }]
  const [strategy, settle] = [digestTags(), 0]
  await attach(app, 'v1', { artifactType: inToto, blobs }, { strategy, settle })
  await attach(app, 'v1', sbom('{"by":"cosign"}'), { strategy: cosignTags(), settle })
}

test('goes from one origin to a file of the page, and from there to another origin', async () => {
  const app = repository(`${hosts.withApi}/team/whole`)
  await fill(app)
  const box = memoryBox()
  await take(app, box.repository('team/whole'))
  const saved = await new Response(writeArchive(box)).blob()
  const opened = await archive(new File([saved], 'whole.tar'))
  const end = repository(`${hosts.withoutApi}/end/whole`)
  await take(opened.repository('team/whole'), end)
  for (const place of [app, opened.repository('team/whole'), end]) {
    const strategy = ociSubject()
    const sbom = await readArtifact(place, 'v1', { artifactType: sbomType, strategy })
    expect(await sbom.json()).toEqual({ spdxVersion: 'SPDX-2.3' })
    const found = await all(statements(place, 'v1'))
    expect(found).toMatchObject([{ subjectMatches: true, predicate: { by: 'a page' } }])
  }
})

test.each(['withApi', 'withoutApi', 'withoutChunks'] as const)(
  'takes a large layer to a registry of another origin, %s',
  async (name) => {
    const box = memoryBox()
    const from = box.repository('team/large')
    const bytes = new Uint8Array(9 * MiB).map((_, at) => (at >> 8) % 251)
    const layer = await pushBlob(from, bytes)
    const config = await pushBlob(from, '{}', { mediaType: 'application/json' })
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    await putManifest(from, 'v1', { schemaVersion: 2, mediaType, config, layers: [layer] })
    const to = repository(`${hosts[name]}/team/large`)
    let [done, total] = [0, 0]
    const report = await copy(from, 'v1', to, {
      onProgress({ bytes }) {
        done = bytes.done
        total = bytes.total
      },
    })
    expect(report.complete).toBe(true)
    expect(done).toBe(total)
    expect(total).toBeGreaterThan(layer.size)
    const moved = await getBlobBytes(to, layer, { limit: layer.size })
    expect(moved.byteLength).toBe(layer.size)
  },
)
