// What cannot be seen counts as leading to a manifest: it is not deleted.
import { describe, expect, test } from 'vitest'
import { attach, type Descriptor, detach, type Repository, type Strategy } from '../../src/index.ts'
import { deleteManifest, findManifest, getManifest, putManifest } from '../../src/registry/index.ts'
import {
  artifactManifest,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import { setUp } from '../strategies/_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }

/** Puts an index at a tag that lists the artifact, and what lists it in turn. */
async function putIndexes(repo: Repository, entry: Descriptor): Promise<void> {
  const index = (manifests: readonly Descriptor[]) =>
    ({ schemaVersion: 2, mediaType: INDEX, manifests }) as const
  const { mediaType, digest, size } = entry
  const inner = await putManifest(repo, undefined, index([{ mediaType, digest, size }]))
  await putManifest(repo, 'release', index([inner.descriptor]))
}

type Bend = (request: Request) => Response | undefined

const on =
  (part: RegExp, status: number, body = ''): Bend =>
  ({ method, url }) =>
    /^(GET|HEAD)$/.test(method) && part.test(url) ? new Response(body, { status }) : undefined

const unseen: readonly (readonly [string, Bend])[] = [
  ['the list of tags: 403', on(/\/tags\/list/, 403)],
  ['the list of tags: 404', on(/\/tags\/list/, 404)],
  ['the list of tags: 405', on(/\/tags\/list/, 405)],
  ['the list of tags: no JSON', on(/\/tags\/list/, 200, '<html>')],
  ['the list of tags: 503', on(/\/tags\/list/, 503)],
  ['the list of tags: an error beside a name', on(/\/tags\/list/, 200, '{"name":"a","error":"x"}')],
  ['a tag: 404 of a proxy', on(/\/manifests\/release$/, 404, '<h1>Not Found</h1>')],
  ['a tag: 404 without a body', on(/\/manifests\/release$/, 404)],
  ['a tag: 403', on(/\/manifests\/release$/, 403)],
  ['a tag: 429', on(/\/manifests\/release$/, 429)],
  ['a tag: 500', on(/\/manifests\/release$/, 500)],
]

describe.each<Strategy>([
  ociSubject(),
  referenceField(),
  artifactManifest(),
  digestTags(),
  indexAnnotations(),
  nodeManifest(),
])('detach by $name deletes nothing', (strategy) => {
  const how = { strategy, settle: 0 }

  test.each(unseen)('where this cannot be seen: %s', async (_, bend) => {
    let hides = false
    const { app, straight, subject } = await setUp({}, (request, answer) =>
      hides ? (bend(request) ?? answer()) : answer(),
    )
    const attached = await attach(app, subject, note, how)
    await putIndexes(straight, attached)
    hides = true
    await detach(app, subject, attached, how).catch(() => {})
    expect(await findManifest(straight, attached.digest)).toBeDefined()
  })

  test('that an index lists which a tag’s index lists, nor where that is not shown', async () => {
    for (const status of [undefined, 400, 403, 404, 500]) {
      let inner = ''
      const { app, straight, subject } = await setUp({}, (request, answer) =>
        status && request.method === 'GET' && inner && request.url.endsWith(inner)
          ? new Response('', { status })
          : answer(),
      )
      const attached = await attach(app, subject, note, how)
      await putIndexes(straight, attached)
      const release = await findManifest(straight, 'release')
      inner = JSON.parse(new TextDecoder().decode(release!.bytes)).manifests[0].digest
      await detach(app, subject, attached, how).catch(() => {})
      expect(await findManifest(straight, attached.digest)).toBeDefined()
    }
  })

  test.each(['MANIFEST_UNKNOWN', 'NAME_UNKNOWN', 'DENIED'])(
    'where the index of a tag that is there is said not to be: %s',
    async (code) => {
      let hidden = 'nothing'
      const errors = [{ code, message: 'not known' }]
      const { app, straight, subject } = await setUp({}, (request, answer) =>
        request.method === 'GET' && request.url.endsWith(hidden)
          ? Response.json({ errors }, { status: 404 })
          : answer(),
      )
      const attached = await attach(app, subject, note, how)
      await putIndexes(straight, attached)
      hidden = (await findManifest(straight, 'release'))!.descriptor.digest
      await detach(app, subject, attached, how).catch(() => {})
      expect(await findManifest(straight, attached.digest)).toBeDefined()
    },
  )

  test.each(['default', 'distribution2'] as const)(
    'where the artifact itself is said not to be there, though a tag of a person leads to it: %s',
    async (profile) => {
      let hidden = 'nothing'
      const errors = [{ code: 'MANIFEST_UNKNOWN', message: 'not known' }]
      const like = profile === 'default' ? {} : { profile }
      const { app, straight, subject } = await setUp(like, (request, answer) =>
        request.method === 'GET' && request.url.endsWith(hidden)
          ? Response.json({ errors }, { status: 404 })
          : answer(),
      )
      const attached = await attach(app, subject, note, how).catch(() => undefined)
      // Some are not taken there.
      if (!attached) return
      const { bytes, descriptor } = await getManifest(straight, attached.digest)
      await putManifest(straight, 'keep', bytes, { mediaType: descriptor.mediaType })
      hidden = attached.digest
      await detach(app, subject, attached, how).catch(() => {})
      expect(await findManifest(straight, 'keep')).toBeDefined()
    },
  )

  test('where there are more tags than are looked at', async () => {
    const { app, straight, subject } = await setUp()
    const attached = await attach(app, subject, note, how)
    await putIndexes(straight, attached)
    await detach(app, subject, attached, { ...how, maxTags: 1 }).catch(() => {})
    expect(await findManifest(straight, attached.digest)).toBeDefined()
  })

  test('but what all can be seen to need no longer', async () => {
    const { app, straight, subject } = await setUp()
    const attached = await attach(app, subject, note, how)
    await putIndexes(straight, attached)
    await deleteManifest(straight, 'release')
    expect(await detach(app, subject, attached, how)).toMatchObject({ deleted: true })
    expect(await findManifest(straight, attached.digest)).toBeUndefined()
  })
})
