// What proposal E's examples say is read by OCI 1.1's strategy, which that proposal became.
import { expect, test } from 'vitest'
import { newest, referrers } from '../../../src/index.ts'
import { parseAnyManifest } from '../../../src/model/any-manifest.ts'
import { ociSubject } from '../../../src/strategies/index.ts'
import { bySubject } from '../../../src/strategies/lib/points-at.ts'
import { all } from '../../_image.ts'
import { bytesOf, vector } from '../../model/_vectors.ts'
import { setUp } from '../_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const strategy = ociSubject()

/** A registry that answers a listing with an example of the proposal. */
const listing = (name: string, lines: string[] = []) =>
  setUp({}, (request, answer) => {
    if (!request.url.includes('/referrers/')) return answer()
    lines.push(new URL(request.url).search)
    const body = JSON.stringify(vector(name).document)
    return new Response(body, { headers: { 'content-type': INDEX } })
  })

test('the list of the proposal’s example is read, with what was pulled up', async () => {
  const { app, subject } = await listing('e-referrers')
  const found = await all(referrers(app, subject, { strategy }))
  const entries = vector('e-referrers').document.manifests as { digest: string }[]
  expect(found).toMatchObject(entries)
  expect(newest(found)?.annotations).toMatchObject({ 'org.example.icecream.flavor': 'vanilla' })
  const annotations = { 'org.example.icecream.flavor': 'chocolate' }
  expect(await all(referrers(app, subject, { strategy, annotations }))).toMatchObject([entries[0]])
})

test('the filtered list of the example is what the filter is for, and no other type', async () => {
  const lines: string[] = []
  const { another, subject } = await listing('e-referrers-filtered', lines)
  const app = another({ capabilities: { typeFilter: 'supported' } })
  const artifactType = 'application/vnd.example.icecream.v1'
  expect(await all(referrers(app, subject, { strategy, artifactType }))).toHaveLength(2)
  expect(lines).toEqual([`?artifactType=${encodeURIComponent(artifactType)}`])
})

test.each(['e-image-manifest', 'e-artifact-manifest'])(
  '%s points at what it refers to, and at nothing else',
  (name) => {
    const { document } = vector(name)
    const manifest = parseAnyManifest(bytesOf(document), String(document.mediaType))
    const { refers } = document as unknown as { refers: { digest: never } }
    expect(bySubject(manifest, refers.digest)).toBe(true)
    expect(bySubject(manifest, `sha256:${'0'.repeat(64)}` as never)).toBe(false)
  },
)
