// When a filtered list may be believed: what a registry leaves out looks as if it were not there.
import { describe, expect, test } from 'vitest'
import {
  attach,
  type Descriptor,
  detect,
  hasReferrer,
  type Repository,
  referrers,
} from '../../../src/index.ts'
import { ociSubject } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { pushDocument, setUp } from '../_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = { artifactType: 'application/vnd.example.note' }
const bundle = { artifactType: 'application/vnd.example.bundle' }

/**
 * A registry that shows the types of images, and none of an index; and filters by what it shows, two
 * entries a page. The index is on the first page.
 */
async function showsTypesOfImages() {
  let entries: readonly Descriptor[] = []
  const bent = await setUp({}, (request, answer) => {
    if (!request.url.includes('/referrers/')) return answer()
    const { searchParams, pathname } = new URL(request.url)
    const wanted = searchParams.get('artifactType')
    const passing = entries.filter((entry) => !wanted || entry.artifactType === wanted)
    const from = Number(searchParams.get('from') ?? 0)
    const manifests = passing.slice(from, from + 2)
    const more = new URLSearchParams({
      from: `${from + 2}`,
      ...(wanted && { artifactType: wanted }),
    })
    const link = from + 2 < passing.length && { link: `<${pathname}?${more}>; rel="next"` }
    const headers = { 'content-type': INDEX, ...link }
    return Response.json({ schemaVersion: 2, mediaType: INDEX, manifests }, { headers })
  })
  const { straight, subject } = bent
  const index = await pushIndex(straight, subject)
  const notes: Descriptor[] = []
  for (const i of ['1', '2', '3']) {
    const { digest, mediaType, size } = await attach(straight, subject, {
      ...note,
      annotations: { i },
    })
    notes.push({ mediaType, digest, size, ...note })
  }
  entries = [notes[0]!, index, ...notes.slice(1)]
  return { ...bent, index, notes }
}

/** An index with a subject, without the type that the list would show. */
const pushIndex = (repo: Repository, subject: Descriptor): Promise<Descriptor> =>
  pushDocument(repo, { schemaVersion: 2, mediaType: INDEX, manifests: [], ...bundle, subject })

describe('a list in which something has no type', () => {
  test('proves nothing: what would be left out by a filter is found', async () => {
    const { app, subject, index } = await showsTypesOfImages()
    const { artifactType } = bundle
    // Twice: what the first has learnt is what the second goes by.
    for (let i = 0; i < 2; i++) {
      expect(await all(referrers(app, subject, { artifactType }))).toMatchObject([index])
      expect(await hasReferrer(app, subject, { artifactType })).toBe(true)
    }
    expect(app.capabilities.typeFilter).toBe('unknown')
  })

  test('proves nothing to detect() either', async () => {
    const { another, subject } = await showsTypesOfImages()
    const { capabilities } = await detect(another(), { subject, strategies: [ociSubject()] })
    expect(capabilities.typeFilter).toBe('unknown')
    expect(await hasReferrer(another({ capabilities }), subject, bundle)).toBe(true)
  })
})
