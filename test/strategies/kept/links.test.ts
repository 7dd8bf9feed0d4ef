// Links in a page, where a path that a registry does not know looks like a broken connection.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  attach,
  type Descriptor,
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

beforeEach(() => void vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' }))
afterEach(() => void vi.unstubAllGlobals())

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
      await putManifest(repo, referrersTag(subject.digest), bytes, descriptor)
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
      expect(await hasReferrer(app, subject, { strategy, artifactType: 'text/other' })).toBe(false)
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
