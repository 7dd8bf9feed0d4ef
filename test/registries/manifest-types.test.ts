// Registries of static files, and some mirrors, serve all manifests as plain JSON, or as files of no type.
import { describe, expect, test } from 'vitest'
import { attach, discover, hasReferrer, referrers } from '../../src/index.ts'
import type { ImageManifest } from '../../src/model/manifest.ts'
import { getManifest, headManifest } from '../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import { all } from '../_image.ts'
import { pushDocument, setUp } from '../strategies/_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json'
const note = { artifactType: 'application/vnd.example.note', blobs: [] }

/** A registry that announces this type of all that it serves. */
const servingAs = (type: string | undefined, referrersApi = false) =>
  setUp({ referrersApi }, async (request, answer) => {
    const honest = await answer()
    const isManifest = /\/(manifests|referrers)\//.test(request.url)
    if (!isManifest || request.method === 'PUT' || !honest.ok) return honest
    const headers = new Headers(honest.headers)
    headers.delete('content-type')
    if (type !== undefined) headers.set('content-type', type)
    return new Response(
      await honest.arrayBuffer().then((body) => (body.byteLength ? body : null)),
      {
        headers,
      },
    )
  })

describe.each([
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'application/octet-stream',
  undefined,
])('manifests served as %s', (type) => {
  test.each([
    ociSubject(),
    referenceField(),
    digestTags(),
    indexAnnotations(),
    cosignTags({ suffix: 'note' }),
  ])('have their links found by $name', async (strategy) => {
    const { app, straight } = await servingAs(type)
    const blobs = [{ data: 'x', mediaType: note.artifactType }]
    const { digest } = await attach(straight, 'v1', { ...note, blobs }, { strategy })
    expect(await hasReferrer(app, 'v1', { strategy, artifactType: note.artifactType })).toBe(true)
    expect(await all(referrers(app, 'v1', { strategy }))).toMatchObject([{ digest }])
  })

  test('are subjects of the type that they say themselves', async () => {
    const { app, straight, subject } = await servingAs(type)
    const { bytes } = await getManifest(straight, subject.digest)
    const image = JSON.parse(new TextDecoder().decode(bytes)) as ImageManifest
    const docker = await pushDocument(straight, { ...image, mediaType: DOCKER }, 'docker')
    for (const [tag, expected] of [
      ['v1', subject],
      ['docker', docker],
    ] as const) {
      expect(await headManifest(app, tag)).toEqual(expected)
      const { digest } = await attach(app, tag, note, { settle: 0 })
      const stored = await getManifest(straight, digest)
      const written = JSON.parse(new TextDecoder().decode(stored.bytes)) as ImageManifest
      expect(written.subject).toEqual(expected)
    }
  })

  test('have platforms, and a list of referrers, where they are an index', async () => {
    const { app, straight, subject } = await servingAs(type, true)
    const platform = { os: 'linux', architecture: 'amd64' }
    const manifests = [{ ...subject, platform }]
    await pushDocument(straight, { schemaVersion: 2, mediaType: INDEX, manifests }, 'multi')
    const { digest } = await attach(straight, subject, note)
    const found = await discover(app, 'multi', { scope: 'platform' })
    expect(found.flat.map((one) => one.digest)).toEqual([digest])
    expect(await all(referrers(app, subject.digest))).toMatchObject([{ digest }])
  })
})

test.each([
  [IMAGE, { schemaVersion: 2, config: { digest: 'x' }, layers: [] }],
  [INDEX, { schemaVersion: 2, manifests: [{ digest: 'x' }] }],
])(
  'what leaves out its type, and is served as plain JSON, is %s by its fields',
  async (type, body) => {
    const { app } = await setUp({}, (_, answer) => {
      void answer
      return Response.json(body)
    })
    const { descriptor } = await getManifest(app, 'v1')
    expect(descriptor.mediaType).toBe(type)
  },
)

test.each([
  ['an error', { errors: [{ code: 'MANIFEST_UNKNOWN' }] }],
  ['nothing', {}],
  ['a list', []],
  ['null', null],
  ['both an image and an index', { config: {}, manifests: [{}] }],
])('%s in plain JSON with 200 is no manifest', async (_, body) => {
  const { app } = await setUp({}, () => Response.json(body))
  await expect(getManifest(app, 'v1')).rejects.toThrow('is no manifest')
  await expect(hasReferrer(app, 'v1')).rejects.toThrow('is no manifest')
})

test('a manifest type that is announced counts, whatever the body says', async () => {
  const { app, straight } = await setUp({}, async (request, answer) => {
    const honest = await answer()
    if (!request.url.endsWith('/manifests/v1')) return honest
    const headers = new Headers(honest.headers)
    headers.set('content-type', INDEX)
    return new Response(await honest.arrayBuffer(), { headers })
  })
  expect((await getManifest(straight, 'v1')).descriptor.mediaType).toBe(IMAGE)
  expect((await getManifest(app, 'v1')).descriptor.mediaType).toBe(INDEX)
})
