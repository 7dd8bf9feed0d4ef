import { expect, expectTypeOf, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  type LinkTag,
  type Listing,
  type NamedTag,
  repository,
  type TagEntry,
  type TagLink,
  tags,
} from '../../src/index.ts'
import { cosignTags, digestTags, nodeManifest } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'

test('tells tags that people chose from tags that link', async () => {
  const { fetch } = embeddedRegistry({ referrersApi: false })
  const app = repository('registry.test/team/app', { fetch })
  const { digest } = await pushImage(app)
  const hex = digest.slice('sha256:'.length)
  const alone = { settle: 0 }
  const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
  await attach(app, 'v1', note, alone)
  await attach(app, 'v1', note, { ...alone, strategy: digestTags({ type: 'note' }) })
  const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json'
  const annotations = { 'dev.cosignproject.cosign/signature': 'MEYCIQ==' }
  const signature = { artifactType: mediaType, blobs: [{ data: '{}', mediaType, annotations }] }
  await attach(app, 'v1', signature, { ...alone, strategy: cosignTags({ suffix: 'sig' }) })

  const found = await all(tags(app))
  const links = { algorithm: 'sha256', hex }
  expect(found).toHaveLength(4)
  expect(found).toContainEqual({ tag: 'v1', kind: 'named' })
  for (const link of [
    { spelling: 'referrers-tag', ...links },
    { spelling: 'cosign', ...links, type: 'sig' },
    { spelling: 'digest-tag', ...links, type: 'note' },
  ]) {
    expect(found).toContainEqual({ tag: expect.any(String), kind: 'link', links: link })
  }
  expect(await all(tags(app, { kind: 'named' }))).toEqual([{ tag: 'v1', kind: 'named' }])
  expect(await all(tags(app, { kind: 'link' }))).toHaveLength(3)
})

test('tells the tags that stand in for a node: they are of its objects', async () => {
  const { fetch } = embeddedRegistry({ nodeApi: false })
  const app = repository('registry.test/team/app', { fetch })
  await pushImage(app)
  const strategy = nodeManifest({ degrade: true })
  const blobs = [{ data: 'x', mediaType: 'text/plain' }]
  const { digest } = await attach(app, 'v1', { artifactType: 'text/plain', blobs }, { strategy })
  const hex = digest.slice('sha256:'.length)
  expect(await all(tags(app, { kind: 'link' }))).toEqual([
    {
      tag: `object-sha256-${hex}`,
      kind: 'link',
      links: { spelling: 'object-tag', algorithm: 'sha256', hex },
    },
  ])
  expect(await all(tags(app, { kind: 'named' }))).toEqual([{ tag: 'v1', kind: 'named' }])
})

test('says of what kind an entry is in its type', async () => {
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  await pushImage(app)
  for await (const entry of tags(app)) {
    expectTypeOf(entry).toEqualTypeOf<TagEntry>()
    if (entry.kind === 'link') expectTypeOf(entry.links).toEqualTypeOf<TagLink>()
    // @ts-expect-error: a tag that somebody chose links to nothing
    else expect(entry.links).toBeUndefined()
  }
  expectTypeOf(tags(app, { kind: 'link' })).toEqualTypeOf<Listing<LinkTag>>()
  expectTypeOf(tags(app, { kind: 'named' })).toEqualTypeOf<Listing<NamedTag>>()
})
