// What anybody with push access can put into an index or a tag: one bad entry must not hide the others, stop a "yes",
// or keep anyone from attaching. Kinds as reported, or tried against other clients.
import { describe, expect, test } from 'vitest'
import { attach, discover, hasReferrer, referrers } from '../../src/index.ts'
import { referrersTag } from '../../src/model/referrers-tag.ts'
import { getManifest } from '../../src/registry/index.ts'
import {
  buildkit,
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
} from '../../src/strategies/index.ts'
import type { Strategy } from '../../src/strategies/strategy.ts'
import { all } from '../_image.ts'
import { sha } from '../registry/_registry.ts'
import { setUp } from '../strategies/_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const digest = `sha256:${'5'.repeat(64)}`
const good = { mediaType: IMAGE, digest, size: 2 }
const note = { artifactType: 'application/vnd.example.note' }
const noList = { referrersApi: false, conditional: false }
const alone = { settle: 0 }

/** Each with the annotations of a link, so that it is none of the platforms. */
const kinds: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['a number', 7],
  ['a text', 'sha256'],
  ['a list', []],
  ['no fields', {}],
  ['no digest', { mediaType: IMAGE, size: 2 }],
  ['an algorithm that is not known', { ...good, digest: `blake3:${'5'.repeat(64)}` }],
  ['an algorithm with another length', { ...good, digest: 'sha256:5' }],
  ['upper case in its digest', { ...good, digest: digest.replace('5', 'A') }],
  ['no size', { mediaType: IMAGE, digest }],
  ['a negative size', { ...good, size: -1 }],
  ['half a byte', { ...good, size: 0.5 }],
  ['a size as text', { ...good, size: '2' }],
  ['a size of 2^64', { ...good, size: 2 ** 64 }],
  ['no type', { digest, size: 2 }],
  ['an empty type', { ...good, mediaType: '' }],
  ['annotations that are a list', { ...good, annotations: ['a'] }],
  ['annotations of numbers', { ...good, annotations: { a: 1 } }],
  ['a type of artifact that is none', { ...good, artifactType: 7 }],
  ['urls that are a text', { ...good, urls: 'a' }],
]

/** A registry where any document can be put at a tag, whatever is in it. */
async function loose() {
  const documents = new Map<string, { text: string; type: string }>()
  const bent = await setUp(noList, async (request, answer) => {
    const name = /\/manifests\/([^/]+)$/.exec(new URL(request.url).pathname)?.[1] ?? ''
    const document = documents.get(name)
    if (!document) return answer()
    if (request.method === 'PUT') {
      documents.set(name, { ...document, text: await request.text() })
      return new Response(null, { status: 201 })
    }
    const headers = { 'content-type': document.type }
    return new Response(request.method === 'HEAD' ? null : document.text, { headers })
  })
  return { ...bent, documents }
}

/** The same, where a document at a tag has one entry more, before the good one. */
async function spoilt(strategy: Strategy, kind: unknown, key: string) {
  const bent = await loose()
  const { straight, subject, documents } = bent
  const blobs = [{ data: 'x', mediaType: note.artifactType }]
  await attach(straight, 'v1', { ...note, blobs }, { strategy, ...alone })
  const tag = `${referrersTag(subject.digest)}${key === 'layers' ? '.note' : ''}`
  const { bytes, descriptor } = await getManifest(straight, tag)
  const document = JSON.parse(new TextDecoder().decode(bytes))
  document[key].unshift(kind)
  documents.set(tag, { text: JSON.stringify(document), type: descriptor.mediaType })
  return { ...bent, tag }
}

describe.each([
  ['the referrers tag', ociSubject(), 'manifests'],
  ['proposal F’s index', indexAnnotations(), 'manifests'],
  ['a tag of cosign’s', cosignTags({ suffix: 'note' }), 'layers'],
] as const)('in %s', (_, strategy, key) => {
  test.each(kinds)('an entry that is, or has, %s costs itself alone', async (_, kind) => {
    const { app, warnings } = await spoilt(strategy, kind, key)
    expect(await all(referrers(app, 'v1', { strategy }))).toMatchObject([note])
    expect(warnings).toContainEqual(expect.stringContaining('cannot be read'))
    expect(await hasReferrer(app, 'v1', { strategy, ...note })).toBe(true)
    const none = hasReferrer(app, 'v1', { strategy, artifactType: 'application/vnd.example.other' })
    await expect(none).rejects.toMatchObject({ name: 'InvalidInputError' })
    const { flat, complete } = await discover(app, 'v1', { strategies: [strategy] })
    expect([flat.length, complete]).toEqual([1, false])
  })

  test('bad entries stay, and keep nobody from attaching', async () => {
    const bad = { ...good, digest: 'blake3:55' }
    const { app, tag, documents } = await spoilt(strategy, bad, key)
    const blobs = [{ data: 'y', mediaType: note.artifactType }]
    await attach(app, 'v1', { ...note, blobs }, { strategy, ...alone })
    const entries = JSON.parse(documents.get(tag)!.text)[key] as unknown[]
    expect(entries).toContainEqual(bad)
    expect(await all(referrers(app, 'v1', { strategy }))).toHaveLength(key === 'layers' ? 1 : 2)
  })
})

describe.each([
  [
    'BuildKit',
    buildkit({ index: 'multi' }),
    { 'vnd.docker.reference.type': 'attestation-manifest' },
  ],
  ['proposal D', digestTags({ index: 'multi' }), { 'org.opencontainers.reference.type': 'sig' }],
] as const)('in an image’s index, by %s,', (name, strategy, marks) => {
  const about = name === 'BuildKit' ? 'vnd.docker.reference.digest' : 'org.opencontainers.reference'

  async function indexWith(kind: unknown) {
    const bent = await loose()
    const { straight, subject, documents } = bent
    const platform = { os: 'linux', architecture: 'amd64' }
    const image = await attach(straight, subject, note, alone)
    const { mediaType, digest, size } = image
    const link = {
      ...{ mediaType, digest, size, artifactType: note.artifactType },
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { ...marks, [about]: subject.digest },
    }
    const manifests = [kind, { ...subject, platform }, link]
    const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
    documents.set('multi', { text, type: INDEX })
    return { ...bent, link }
  }

  test.each(kinds)('an entry that is, or has, %s costs itself alone', async (_, kind) => {
    const { app, subject, link } = await indexWith(kind)
    const found = await all(referrers(app, subject, { strategy }))
    expect(found.map(({ digest }) => digest)).toEqual([link.digest])
    const { complete } = await discover(app, subject.digest, { strategies: [strategy] })
    expect(complete).toBe(false)
  })
})

test.each(kinds)(
  'a platform that is, or has, %s hides no other, and is missed',
  async (_, kind) => {
    const { app, straight, subject, documents, warnings } = await loose()
    const { digest } = await attach(straight, subject, note, alone)
    const platform = { os: 'linux', architecture: 'amd64' }
    const manifests = [kind, { ...subject, platform }]
    const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
    documents.set(sha(text), { text, type: INDEX })
    const found = await discover(app, sha(text), { scope: 'platform', strategies: [ociSubject()] })
    expect(found.flat.map((one) => one.digest)).toEqual([digest])
    expect(found.complete).toBe(false)
    expect(warnings).toContainEqual(expect.stringContaining('its platforms are not known'))
  },
)

/** Manifests that cannot be read, as the registry may answer them. */
const unreadable: readonly (readonly [string, () => Response])[] = [
  ['refused with 403', () => new Response('', { status: 403 })],
  ['refused with 400', () => new Response('', { status: 400 })],
  ['a page of HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ['other content', () => new Response('{}', { headers: { 'content-type': IMAGE } })],
  [
    'over 4 MiB',
    () => new Response('x'.repeat(5 * 1024 * 1024), { headers: { 'content-type': IMAGE } }),
  ],
]

describe.each(unreadable)('a manifest that is %s', (_, answerIt) => {
  test.each([
    ['OCI 1.1', ociSubject(), {}],
    ['OCI 1.1, at the tag', ociSubject(), noList],
    ['proposal D', digestTags(), {}],
  ] as const)('costs itself alone by %s', async (_, strategy, options) => {
    let hidden = ''
    const { app, straight } = await setUp(options, (request, answer) =>
      hidden !== '' && request.url.includes(hidden) ? answerIt() : answer(),
    )
    const first = await attach(
      straight,
      'v1',
      { ...note, annotations: { a: '1' } },
      { strategy, ...alone },
    )
    const second = await attach(
      straight,
      'v1',
      { ...note, annotations: { a: '2' } },
      { strategy, ...alone },
    )
    hidden = strategy.name === 'digest-tags' ? first.digest.slice(7, 23) : first.digest
    const verify = { strategy, verify: true }
    expect(await all(referrers(app, 'v1', verify))).toMatchObject([{ digest: second.digest }])
    expect(await hasReferrer(app, 'v1', { ...verify, ...note })).toBe(true)
    const other = { ...verify, annotations: { a: '1' } }
    await expect(hasReferrer(app, 'v1', other)).rejects.toThrow()
    const { flat, complete } = await discover(app, 'v1', { strategies: [strategy], verify: true })
    expect([flat.length, complete]).toEqual([1, false])
  })
})
