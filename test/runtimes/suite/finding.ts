// Discover and detect.
import { attach, detect, discover, newest, referrers, tags } from 'ocilink'
import { cosignTags, digestTags, ociSubject } from 'ocilink/strategies'
import { equal, holds } from './check.ts'
import { all, pushImage, sbom } from './content.ts'
import { type SuiteTest, test } from './test.ts'

const signature = { artifactType: 'application/vnd.example.signature' }

export const finding: readonly SuiteTest[] = [
  test('discovers what is linked in three ways', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    for (const strategy of [ociSubject(), digestTags(), cosignTags()]) {
      await attach(app, 'v1', sbom, { strategy })
    }
    const { referrers: found, complete } = await discover(app, 'v1')
    const ways = new Set(found.flatMap(({ via }) => via.map(({ strategy }) => strategy)))
    equal([[...ways].sort(), complete], [['cosign-tags', 'digest-tags', 'oci-subject'], true])
  }),

  test('discovers the signature of an SBOM', async ({ repo }) => {
    for (const host of ['withApi', 'withoutApi'] as const) {
      const app = repo(host)
      await pushImage(app)
      const made = await attach(app, 'v1', sbom)
      const signed = await attach(app, made, signature)
      const { flat, complete } = await discover(app, 'v1', { depth: 2 })
      equal(
        [flat.map(({ digest }) => digest).sort(), complete],
        [[made.digest, signed.digest].sort(), true],
      )
    }
  }),

  test('finds the newest', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    await attach(app, 'v1', { ...signature, created: new Date('2026-01-02T00:00:00Z') })
    const latest = await attach(app, 'v1', {
      ...signature,
      created: new Date('2026-01-03T00:00:00Z'),
    })
    const listing = referrers(app, 'v1', { annotations: {} })
    equal((await newest(listing))?.digest, latest.digest)
  }),

  test('detects what a registry can do', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    const { strategies } = await detect(app)
    const found = strategies.find(({ strategy }) => strategy === 'oci-subject')
    equal(found?.read, 'supported')
  }),

  test('tells tags that people chose from those of links', async ({ repo }) => {
    const app = repo('withApi')
    await pushImage(app)
    await attach(app, 'v1', sbom, { strategy: cosignTags() })
    const named = await all(tags(app, { kind: 'named' }))
    equal(
      named.map(({ tag }) => tag),
      ['v1'],
    )
    holds((await all(tags(app))).length > 1, 'the link has a tag too')
  }),
]
