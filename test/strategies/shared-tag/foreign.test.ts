// A tag whose write fails, or that holds something else: nothing is said to be linked that is not, and
// nothing is linked later that failed.
import { describe, expect, test } from 'vitest'
import {
  attach,
  type Descriptor,
  detach,
  type Repository,
  referrers,
  referrersTag,
} from '../../../src/index.ts'
import { deleteManifest, getManifest } from '../../../src/registry/index.ts'
import { all, pushImage } from '../../_image.ts'
import { pushDocument, setUp } from '../_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const noApi = { referrersApi: false, conditional: false }
const alone = { settle: 0 }
const note = (text: string) => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})

const isTag = ({ url }: Request) => url.includes('/manifests/sha256-')

/** What is at the tag. */
const entriesOf = async (repo: Repository, { digest }: Descriptor): Promise<Descriptor[]> =>
  JSON.parse(new TextDecoder().decode((await getManifest(repo, referrersTag(digest))).bytes))
    .manifests

/** Puts an index at the tag that has a platform beside these entries. */
async function putMixed(repo: Repository, subject: Descriptor, entries: readonly Descriptor[]) {
  const image = await pushImage(repo, 'other', 'other')
  const platform = { architecture: 'amd64', os: 'linux' }
  const index = {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ ...image, platform }, ...entries],
  }
  return pushDocument(repo, index, referrersTag(subject.digest))
}

describe('a tag that holds something else', () => {
  test('is a conflict for who attaches while others detach', async () => {
    const { app, straight, subject } = await setUp(noApi, async (request, answer) => {
      // Until both are there.
      if (request.method === 'GET' && isTag(request)) await new Promise((r) => setTimeout(r, 50))
      return answer()
    })
    const { digest } = await attach(straight, subject, note('old'), alone)
    const { descriptor } = await getManifest(straight, digest)
    await putMixed(straight, subject, [{ ...descriptor, ...note('old') }])
    const before = await entriesOf(straight, subject)
    const [, attached] = await Promise.allSettled([
      detach(app, subject, digest, alone),
      attach(app, subject, note('new'), alone),
    ])
    expect(attached).toMatchObject({ status: 'rejected', reason: { code: 'CONFLICT' } })
    expect(await entriesOf(straight, subject)).toEqual(before)
  })

  test('since a moment ago is a conflict, and no link that was read back', async () => {
    const { app, straight, subject } = await setUp(noApi, async (request, answer) => {
      const response = await answer()
      if (request.method === 'PUT' && isTag(request))
        await putMixed(straight, subject, await entriesOf(straight, subject))
      return response
    })
    await expect(attach(app, subject, note('x'), alone)).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})

describe('a write that fails', () => {
  test('is an error for everybody in it, and what it would have linked does not come later', async () => {
    let refusals = 1
    const { app, straight, subject } = await setUp(noApi, (request, answer) =>
      request.method === 'PUT' && isTag(request) && refusals-- > 0
        ? new Response('', { status: 403 })
        : answer(),
    )
    const failed = await Promise.allSettled([
      attach(app, subject, note('one'), alone),
      attach(app, subject, note('two'), alone),
    ])
    expect(failed.map(({ status }) => status)).toContain('rejected')
    const { digest } = await attach(app, subject, note('three'), alone)
    const kept = failed.flatMap((each) => (each.status === 'fulfilled' ? [each.value.digest] : []))
    const listed = (await all(referrers(straight, subject))).map((found) => found.digest)
    expect(listed.sort()).toEqual([...kept, digest].sort())
  })

  test.each(['MANIFEST_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN'])(
    'because an entry’s manifest is gone is done again without it: 404 %s',
    async (code) => {
      let refusals = 0
      const { app, straight, subject } = await setUp(noApi, async (request, answer) => {
        const response = await answer()
        if (request.method !== 'PUT' || !isTag(request) || response.ok) return response
        refusals++
        return Response.json({ errors: [{ code }] }, { status: 404 })
      })
      const kept = await attach(straight, subject, note('kept'), alone)
      const gone = await attach(straight, subject, note('gone'), alone)
      await deleteManifest(straight, gone.digest)
      const { digest } = await attach(app, subject, note('new'), alone)
      expect(refusals).toBe(1)
      const left = (await entriesOf(straight, subject)).map((entry) => entry.digest)
      expect(left.sort()).toEqual([digest, kept.digest].sort())
    },
  )

  test('because the own manifest is gone is an error, and the tag is as it was', async () => {
    const { app, straight, subject } = await setUp(noApi, async (request, answer) => {
      if (request.method === 'PUT' && isTag(request)) {
        const { manifests } = (await request.clone().json()) as { manifests: Descriptor[] }
        for (const { digest } of manifests.slice(1)) await deleteManifest(straight, digest)
      }
      return answer()
    })
    const kept = await attach(straight, subject, note('kept'), alone)
    await expect(attach(app, subject, note('x'), alone)).rejects.toMatchObject({
      code: 'REGISTRY_RESPONSE',
    })
    expect(await entriesOf(straight, subject)).toMatchObject([{ digest: kept.digest }])
  })
})
