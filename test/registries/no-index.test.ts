// What stands where an index should be, and is none: errors served with 200, files cut off on their way, other things at
// the tag. "There is none" rests on an index that is one, or on a 404.
import { describe, expect, test } from 'vitest'
import { discover, hasReferrer, isOcilinkError, referrers } from '../../src/index.ts'
import { digestTagPrefix } from '../../src/model/digest-tags.ts'
import { referrersTag } from '../../src/model/referrers-tag.ts'
import { entryAnnotations } from '../../src/proposals/index.ts'
import { getManifest } from '../../src/registry/index.ts'
import {
  buildkit,
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import type { Strategy } from '../../src/strategies/strategy.ts'
import { all } from '../_image.ts'
import { sha } from '../registry/_registry.ts'
import { quirky } from './_quirky.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json'
const noLists = { referrersApi: false, referencesApi: false }
const digest = `sha256:${'5'.repeat(64)}`

interface Document {
  readonly text: string
  readonly type: string
}

/** A registry without lists, where a document stands at a tag, or at a digest whatever its bytes are. */
async function serving(referenceOf: (subject: string) => string, { text, type }: Document) {
  let reference = ''
  const registry = quirky(
    ({ method, path }) => {
      if (path.startsWith('tags/list'))
        return Response.json({ name: 'team/app', tags: [reference] })
      if (path !== `manifests/${reference}`) return undefined
      return new Response(method === 'HEAD' ? null : text, { headers: { 'content-type': type } })
    },
    { retries: 0 },
    noLists,
  )
  const subject = await registry.push()
  reference = referenceOf(subject.digest)
  return { ...registry, subject }
}

/** What each way of asking says. */
async function answers(
  { app }: Pick<Awaited<ReturnType<typeof serving>>, 'app'>,
  subject: string,
  strategy: Strategy,
) {
  const { flat, complete } = await discover(app, subject, { strategies: [strategy] })
  const settled = await Promise.allSettled([
    hasReferrer(app, subject, { strategy }),
    all(referrers(app, subject, { strategy })),
  ])
  const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(reasons.filter((reason) => !isOcilinkError(reason))).toEqual([])
  return { found: flat.length, complete, fails: settled.map(({ status }) => status) }
}

const unknown = { found: 0, complete: false, fails: ['rejected', 'rejected'] }
const none = { found: 0, complete: true, fails: ['fulfilled', 'fulfilled'] }

const atTag = (subject: string) => referrersTag(subject as Parameters<typeof referrersTag>[0])
const atDigestTag = (subject: string) =>
  `${digestTagPrefix(subject as Parameters<typeof digestTagPrefix>[0])}${'0'.repeat(16)}.sig`

const noIndexes = [
  '{}',
  '{"schemaVersion":1}',
  '{"schemaVersion":"2"}',
  '{"errors":[{"code":"UNKNOWN"}]}',
  '{"errors":[],"schemaVersion":1}',
  '{"errors":[{"code":"DENIED"}],"schemaVersion":2}',
  '{"errors":[{"code":"DENIED"}],"manifests":null}',
  '{"errors":{"message":"no"},"schemaVersion":2,"manifests":[]}',
  `{"mediaType":"${INDEX}"}`,
  '{"schemaVersion":2,"manifests":[',
  '{"schemaVersion":2,"manifests":{}}',
  '',
  '[]',
  'null',
] as const

describe.each(noIndexes)('%s, said to be an index,', (text) => {
  const document = { text, type: INDEX }

  test.each([ociSubject(), referenceField(), indexAnnotations()])(
    'is not "none" at the referrers tag, by $name',
    async (strategy) => {
      const registry = await serving(atTag, document)
      expect(await answers(registry, registry.subject.digest, strategy)).toEqual(unknown)
    },
  )

  test('is not "none" at a digest tag', async () => {
    const registry = await serving(atDigestTag, document)
    expect(await answers(registry, registry.subject.digest, digestTags())).toEqual(unknown)
  })

  test.each([
    buildkit({ index: 'multi' }),
    digestTags({ index: 'multi' }),
    indexAnnotations({ index: 'multi' }),
  ])('is not "none" as the image’s index, by $name', async (strategy) => {
    const registry = await serving(() => 'multi', document)
    expect(await answers(registry, registry.subject.digest, strategy)).toEqual(unknown)
  })

  test('has no platforms that are known', async () => {
    const { app } = await serving(() => sha(text), document)
    const options = { scope: 'platform', strategies: [ociSubject()] } as const
    expect(await discover(app, sha(text), options)).toMatchObject({ flat: [], complete: false })
  })

  test('has no annotations of an image', async () => {
    const { app, subject } = await serving(atTag, document)
    await expect(entryAnnotations(app, subject)).rejects.toMatchObject({ code: 'INVALID_MANIFEST' })
  })
})

test.each([
  '{"schemaVersion":2}',
  '{"manifests":[]}',
  '{"manifests":null}',
  '{"manifests":[],"errors":[]}',
])('%s is an index, which lists nothing', async (text) => {
  for (const strategy of [ociSubject(), referenceField(), indexAnnotations()]) {
    const registry = await serving(atTag, { text, type: INDEX })
    expect(await answers(registry, registry.subject.digest, strategy)).toEqual(none)
  }
})

test.each([
  '{"errors":[{"code":"DENIED"}],"schemaVersion":2}',
  '{"errors":[{"code":"DENIED"}],"manifests":[]}',
])('%s, said to be an index, is not "none" at a tag of cosign’s', async (text) => {
  const atCosign = (subject: string) => `${subject.replace(':', '-')}.sig`
  const registry = await serving(atCosign, { text, type: INDEX })
  expect(await answers(registry, registry.subject.digest, cosignTags())).toEqual(unknown)
})

describe('another manifest at the referrers tag', () => {
  const image = `{"schemaVersion":2,"mediaType":"${IMAGE}","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"${digest}","size":2},"layers":[]}`

  test.each<[string, Document]>([
    ['an image', { text: image, type: IMAGE }],
    ['an image that is cut off', { text: image.slice(0, 100), type: IMAGE }],
    ['a list of Docker’s', { text: '{"schemaVersion":2,"manifests":[]}', type: LIST }],
    ['of a type that nobody knows', { text: '{}', type: 'application/vnd.example.thing+json' }],
  ])('is not "none": %s', async (_, document) => {
    for (const strategy of [ociSubject(), referenceField(), indexAnnotations()]) {
      const registry = await serving(atTag, document)
      expect(await answers(registry, registry.subject.digest, strategy)).toEqual(unknown)
    }
  })

  test('beside a list of the registry that says "none" hides what was linked before it, at most', async () => {
    const registry = quirky(({ path, method }) =>
      method === 'GET' && path.startsWith('manifests/sha256-')
        ? new Response(image, { headers: { 'content-type': IMAGE } })
        : undefined,
    )
    const { digest } = await registry.push()
    expect(await answers(registry, digest, ociSubject())).toEqual({ ...none, complete: false })
  })

  test('that is the subject itself is "none", as on GitLab', async () => {
    let own = { text: '', type: '' }
    const registry = quirky(
      ({ path, method }) =>
        method === 'GET' && path.startsWith('manifests/sha256-')
          ? new Response(own.text, { headers: { 'content-type': own.type } })
          : undefined,
      {},
      noLists,
    )
    const { digest } = await registry.push()
    const { bytes, descriptor } = await getManifest(registry.straight, digest)
    own = { text: new TextDecoder().decode(bytes), type: descriptor.mediaType }
    for (const strategy of [ociSubject(), referenceField(), indexAnnotations()]) {
      expect(await answers(registry, digest, strategy)).toEqual(none)
    }
  })
})

test.each([
  ['an image', IMAGE, '{"schemaVersion":2,"config":{"mediaType":"application/vn'],
  ['an image without what images have', IMAGE, '{}'],
  ['an artifact manifest', 'application/vnd.oci.artifact.manifest.v1+json', '{"artifactType":"a/'],
  ['of a type that nobody knows', 'application/vnd.example.thing+json', '{}'],
])('%s that is cut off at a digest tag is not "none"', async (_, type, text) => {
  const registry = await serving(atDigestTag, { text, type })
  expect(await answers(registry, registry.subject.digest, digestTags())).toEqual(unknown)
})
