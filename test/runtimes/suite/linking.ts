// Attach, list and detach.
import { attach, detach, hasReferrer, link, referrers } from 'ocilink'
import { pushBlob } from 'ocilink/registry'
import { auto, cosignTags, digestTags, ociSubject } from 'ocilink/strategies'
import { equal, holds } from './check.ts'
import { all, pushImage, sbom, spdx } from './content.ts'
import { type Place, type SuiteTest, test } from './test.ts'

async function attachesAndLists({ repo }: Place, host: 'withApi' | 'withoutApi', source: string) {
  const app = repo(host)
  const image = await pushImage(app)
  const made = await attach(app, 'v1', sbom)
  equal([made.subject.digest, made.confirmed, made.via[0]?.source], [image.digest, true, source])
  const listed = await all(referrers(app, 'v1'))
  equal(
    listed.map(({ digest, artifactType }) => [digest, artifactType]),
    [[made.digest, spdx]],
  )
}

export const linking: readonly SuiteTest[] = [
  test('attaches and lists on a registry with the referrers API', (place) =>
    attachesAndLists(place, 'withApi', 'referrers-api')),

  test('attaches and lists on a registry without it', (place) =>
    attachesAndLists(place, 'withoutApi', 'referrers-tag')),

  test('attaches the same artifact twice as one', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    const first = await attach(app, 'v1', sbom)
    equal((await attach(app, 'v1', sbom)).digest, first.digest)
    equal((await all(referrers(app, 'v1'))).length, 1)
  }),

  test('keeps all of eight that are attached at once', async ({ repo }) => {
    const app = repo('withoutApi')
    await pushImage(app)
    const numbers = Array.from({ length: 8 }, (_, number) => number)
    const artifactType = 'application/vnd.example.note'
    const notes = numbers.map((number) => ({ artifactType, annotations: { number: `${number}` } }))
    await Promise.all(notes.map((note) => attach(app, 'v1', note)))
    equal((await all(referrers(app, 'v1'))).length, 8)
  }),

  test('attaches in several ways at once', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    const strategies = [ociSubject(), digestTags(), cosignTags()]
    const outcomes = await attach(app, 'v1', sbom, { strategies })
    equal(
      outcomes.map((outcome) => 'referrer' in outcome),
      [true, true, true],
    )
  }),

  test('chooses a way of linking', async ({ repo }) => {
    const app = repo('withoutApi')
    await pushImage(app)
    const made = await attach(app, 'v1', sbom, { strategy: auto() })
    holds((await all(referrers(app, 'v1')))[0]?.digest === made.digest, 'it is listed')
  }),

  test('links an artifact whose blob is there', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    const blob = await pushBlob(app, '{"spdxVersion":"SPDX-2.3"}', { mediaType: spdx })
    const artifacts = [{ artifactType: spdx, blobs: [blob] }]
    const [made] = await link(app, 'v1', artifacts, { strategy: digestTags() })
    holds(made?.via[0]?.strategy === 'digest-tags', 'it is linked by its digest tag')
  }),

  test('says yes, and no', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    await attach(app, 'v1', sbom)
    equal(await hasReferrer(app, 'v1', { artifactType: spdx }), true)
    equal(await hasReferrer(app, 'v1', { artifactType: 'application/vnd.example.none' }), false)
  }),

  test('takes a link away again', async ({ repo }) => {
    for (const host of ['withApi', 'withoutApi'] as const) {
      const app = repo(host)
      await pushImage(app)
      await detach(app, 'v1', await attach(app, 'v1', sbom))
      equal(await hasReferrer(app, 'v1'), false)
    }
  }),
]
