// Links that a registry lists, or the referrers tag: what each of the two may be taken for.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  attach,
  type Descriptor,
  detach,
  discover,
  hasReferrer,
  type Repository,
  referrers,
  referrersTag,
} from '../../../src/index.ts'
import { getManifest, putManifest } from '../../../src/registry/index.ts'
import { ociSubject, referenceField } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { pushDocument, setUp } from '../_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
const noLists = { referrersApi: false, referencesApi: false }
const lists = /\/(referrers|references)\b/

/** A registry without lists, whose page cannot see that there are none. */
const hidden = () =>
  setUp({ ...noLists, conditional: false }, (request, answer) => {
    if (lists.test(request.url)) throw new TypeError('Failed to fetch')
    return answer()
  })

/** What may be at the tag that is no list of referrers. */
const foreign: readonly [string, (repo: Repository, subject: Descriptor) => Promise<unknown>][] = [
  ['another image', (repo, subject) => pushImage(repo, referrersTag(subject.digest), 'other')],
  [
    'the subject itself',
    async (repo, subject) => {
      const { bytes, descriptor } = await getManifest(repo, subject.digest)
      await putManifest(repo, referrersTag(subject.digest), bytes, {
        mediaType: descriptor.mediaType,
      })
    },
  ],
  [
    'an index of platforms',
    async (repo, subject) => {
      const image = await pushImage(repo, 'other', 'other')
      const manifests = [{ ...image, platform: { architecture: 'amd64', os: 'linux' } }]
      const index = { schemaVersion: 2, mediaType: INDEX, manifests }
      await pushDocument(repo, index, referrersTag(subject.digest))
    },
  ],
]

describe.each([ociSubject(), referenceField()])(
  'in a page that cannot reach the list, $name',
  (strategy) => {
    const userAgent = 'Mozilla/5.0 (X11; Linux x86_64)'
    beforeEach(() => void vi.stubGlobal('navigator', { userAgent }))
    afterEach(() => void vi.unstubAllGlobals())

    test.each([['nothing', async () => {}] as const, ...foreign])(
      'does not say "none" where the tag holds %s',
      async (_, put) => {
        const { app, straight, subject } = await hidden()
        await put(straight, subject)
        const broken = { code: 'CONNECTION' }
        await expect(hasReferrer(app, subject, { strategy })).rejects.toMatchObject(broken)
        await expect(all(referrers(app, subject, { strategy }))).rejects.toMatchObject(broken)
        const found = await discover(app, subject, { strategies: [strategy] })
        expect(found).toMatchObject({ referrers: [], complete: false })
      },
    )

    test('lists what is at the tag', async () => {
      const { app, straight, subject } = await hidden()
      const { digest } = await attach(straight, subject, note, { strategy, settle: 0 })
      expect(await all(referrers(app, subject, { strategy }))).toMatchObject([{ digest }])
      expect(await hasReferrer(app, subject, { strategy })).toBe(true)
    })

    test('does not say "none" of a type that the tag has not: the list may have it', async () => {
      const { app, straight, subject } = await hidden()
      await attach(straight, subject, note, { strategy, settle: 0 })
      const broken = { code: 'CONNECTION' }
      const other = { strategy, artifactType: 'text/other' }
      await expect(hasReferrer(app, subject, other)).rejects.toMatchObject(broken)
      await expect(all(referrers(app, subject, other))).rejects.toMatchObject(broken)
      const found = await discover(app, subject, { strategies: [strategy] })
      expect(found).toMatchObject({
        referrers: [{ artifactType: note.artifactType }],
        complete: false,
      })
    })

    test('does not take a connection that breaks later for a list that was never there', async () => {
      let hides = false
      const { app, straight, subject } = await setUp({}, (request, answer) => {
        if (lists.test(request.url) && hides) throw new TypeError('Failed to fetch')
        return answer()
      })
      await attach(straight, subject, note, { strategy })
      expect(await hasReferrer(app, subject, { strategy })).toBe(true)
      // From before the registry had the list.
      const old = { schemaVersion: 2, mediaType: INDEX, manifests: [] }
      await pushDocument(straight, old, referrersTag(subject.digest))
      hides = true
      await expect(hasReferrer(app, subject, { strategy })).rejects.toMatchObject({
        code: 'CONNECTION',
      })
    })

    test('does not take an answer that comes too late for a path that is hidden', async () => {
      const bent = await setUp(noLists, (request, answer) =>
        lists.test(request.url) ? new Promise<Response>(() => {}) : answer(),
      )
      await pushDocument(
        bent.straight,
        { schemaVersion: 2, mediaType: INDEX, manifests: [] },
        referrersTag(bent.subject.digest),
      )
      const app = bent.another({ timeout: 50 })
      await expect(hasReferrer(app, bent.subject, { strategy })).rejects.toMatchObject({
        code: 'TIMEOUT',
      })
    })
  },
)

test('in a page that cannot read the header, the list is asked, and no tag is written', async () => {
  vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' })
  try {
    const { app, subject, lines } = await setUp({}, async (_, answer) => {
      const response = await answer()
      for (const name of ['oci-subject', 'oci-reference']) response.headers.delete(name)
      return response
    })
    for (const strategy of [ociSubject(), referenceField()]) {
      const { via } = await attach(app, subject, note, { strategy, settle: 0 })
      expect(via).toMatchObject([{ kept: 'registry' }])
    }
    expect(lines.filter((line) => line.includes(referrersTag(subject.digest)))).toEqual([])
  } finally {
    vi.unstubAllGlobals()
  }
})

test('an answer about another subject does not say that the link is kept', async () => {
  const { app, straight, subject } = await setUp(
    { ...noLists, conditional: false },
    async (request, answer) => {
      const response = await answer()
      if (request.method !== 'PUT') return response
      const headers = new Headers(response.headers)
      for (const name of ['oci-subject', 'oci-reference'])
        headers.set(name, `sha256:${'0'.repeat(64)}`)
      return new Response(null, { status: response.status, headers })
    },
  )
  for (const strategy of [ociSubject(), referenceField()]) {
    const { digest, via } = await attach(app, subject, note, { strategy, settle: 0 })
    expect(via).toMatchObject([{ kept: 'tag' }])
    expect(await all(referrers(straight, subject, { strategy }))).toMatchObject([{ digest }])
  }
})

describe('a list that has others, and not what was just attached', () => {
  /** A registry whose list stays as it was, and which refuses deletes. */
  async function stale() {
    const listed: unknown[] = []
    const bent = await setUp({ referrersApi: false, conditional: false }, (request, answer) => {
      if (request.method === 'DELETE') return new Response('', { status: 405 })
      if (!lists.test(request.url)) return answer()
      const list = { schemaVersion: 2, mediaType: INDEX, manifests: listed }
      return Response.json(list, { headers: { 'content-type': INDEX } })
    })
    const other = await pushDocument(bent.straight, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [],
      ...note,
      subject: bent.subject,
    })
    listed.push({ ...other, ...note })
    return { ...bent, other }
  }

  test('is no reason not to write the tag', async () => {
    // Known to have a list, it does not say of a manifest whether it is in it.
    const { app, straight, subject, other } = await stale()
    expect(await all(referrers(app, subject))).toMatchObject([{ digest: other.digest }])
    const { digest, via } = await attach(app, subject, note, { settle: 0 })
    expect(via).toMatchObject([{ source: 'referrers-tag' }])
    expect(await all(referrers(straight, subject))).toMatchObject([{ digest }])
  })

  test('is no reason to say that a link stays which is refused to be deleted', async () => {
    const { app, straight, subject } = await stale()
    const { digest } = await attach(straight, subject, note, { settle: 0 })
    expect(await detach(app, subject, digest, { settle: 0 })).toMatchObject({ deleted: false })
    expect(await all(referrers(straight, subject))).toEqual([])
  })
})

test('a tag that resolves to the subject is no list, also where the subject is an index of anything', async () => {
  const {
    app,
    straight,
    subject: image,
  } = await setUp({ ...noLists, conditional: false }, (request, answer) => {
    const { url, method } = request
    const alias = url.replace(/\/manifests\/sha256-/, '/manifests/sha256:')
    // As GitLab has it.
    if (alias === url || method !== 'GET') return answer()
    const { pathname } = new URL(alias)
    return getManifest(straight, pathname.split('/').at(-1)!).then(
      ({ bytes, descriptor }) =>
        new Response(bytes as Uint8Array<ArrayBuffer>, {
          headers: { 'content-type': descriptor.mediaType },
        }),
    )
  })
  const artifactType = 'application/vnd.example.set'
  const manifests = [{ ...image, artifactType }]
  const index = { schemaVersion: 2, mediaType: INDEX, manifests }
  const subject = await pushDocument(straight, index, 'set')
  expect(await all(referrers(app, subject))).toEqual([])
  expect(await hasReferrer(app, subject, { artifactType })).toBe(false)
  await expect(attach(app, subject, note, { settle: 0 })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
})

test.each([undefined, '', 'application/vnd.oci.empty.v1+json'])(
  'an entry of the tag whose type is %j is found by the type of its manifest',
  async (artifactType) => {
    for (const strategy of [ociSubject(), referenceField()]) {
      const { app, straight, subject } = await setUp({ ...noLists, conditional: false })
      const { digest } = await attach(straight, subject, note, { strategy, settle: 0 })
      const { descriptor } = await getManifest(straight, digest)
      // An entry without a reference is not proposal B's.
      const reference = strategy.name === 'reference-field' && subject
      const manifests = [
        {
          ...descriptor,
          ...(artifactType !== undefined && { artifactType }),
          ...(reference && { reference }),
        },
      ]
      const index = { schemaVersion: 2, mediaType: INDEX, manifests }
      await pushDocument(straight, index, referrersTag(subject.digest))
      const filter = { strategy, artifactType: note.artifactType }
      expect(await hasReferrer(app, subject, filter)).toBe(true)
      expect(await all(referrers(app, subject, filter))).toMatchObject([
        { digest, artifactType: note.artifactType },
      ])
    }
  },
)
