// What is peculiar to proposal B: a field that every registry stores and none that is deployed lists.
import { describe, expect, test, vi } from 'vitest'
import type { EmbeddedRegistryOptions } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  detach,
  hasReferrer,
  type ImageIndex,
  parseManifest,
  type Repository,
  referrers,
  referrersTag,
} from '../../../src/index.ts'
import { getManifest } from '../../../src/registry/index.ts'
import { nodeManifest, ociSubject, referenceField } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { vector } from '../../model/_vectors.ts'
import { absentAnswers, answerTo, failures, pushDocument, setUp } from '../_bent.ts'

const strategy = referenceField()
const alone = { strategy, settle: 0 }
/** The field is stored, and nothing lists it: as every registry in the field. */
const noList: EmbeddedRegistryOptions = {
  referencesApi: false,
  referrersApi: false,
  conditional: false,
}
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const indexType = { 'content-type': INDEX }

const note = (text: string) => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})

/** An image manifest without layers, whose config is the one of the test image. */
async function imageOf(repo: Repository, more: object): Promise<Record<string, unknown>> {
  const { bytes } = await getManifest(repo, 'v1')
  const { config } = JSON.parse(new TextDecoder().decode(bytes))
  return { schemaVersion: 2, mediaType: IMAGE, config, layers: [], ...more }
}

async function readIndex(repo: Repository, subject: Descriptor): Promise<ImageIndex> {
  const { bytes, descriptor } = await getManifest(repo, referrersTag(subject.digest))
  return parseManifest(bytes, descriptor.mediaType) as ImageIndex
}

const digestsOf = async (list: AsyncIterable<Descriptor>) =>
  (await all(list)).map(({ digest }) => digest)

describe('describe()', () => {
  test('writes the reference byte for byte as the proposal’s example', () => {
    const { reference } = vector('b-descriptor').document
    const subject = reference as unknown as Descriptor
    const layer = { ...subject, mediaType: 'text/plain' }
    const artifact = { artifactType: 'application/vnd.example', blobs: [layer] }
    const manifest = strategy.describe(subject, artifact)
    expect(JSON.stringify(manifest)).toBe(
      `{"schemaVersion":2,"mediaType":"${IMAGE}","artifactType":"application/vnd.example",` +
        '"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},' +
        `"layers":[${JSON.stringify(layer)}],"reference":${JSON.stringify(reference)}}`,
    )
  })

  test('keeps annotations and the artifact’s own config, and needs {} only without one', () => {
    const { reference } = vector('b-descriptor').document
    const config = reference as unknown as Descriptor
    const annotations = { key: 'value' }
    const artifact = { artifactType: 'a/b', config, blobs: [config], annotations }
    expect(strategy.describe(config, artifact)).toMatchObject({ config, annotations })
    expect(strategy.blobs(artifact)).toEqual([])
    expect(strategy.blobs({ ...artifact, blobs: [] })).toHaveLength(1)
  })
})

describe('a registry with the list', () => {
  test('is asked once, while the first blobs are pushed, whatever header it sends', async () => {
    const { app, lines } = await setUp()
    const attached = await attach(app, 'v1', note('x'), alone)
    expect(attached).toMatchObject({
      confirmed: true,
      via: [{ strategy: 'reference-field', source: 'references-api', kept: 'registry' }],
    })
    await attach(app, 'v1', note('y'), alone)
    expect(lines.filter((line) => line.endsWith('/references'))).toHaveLength(1)

    // As a registry that keeps the proposal's list and knows nothing of that header.
    const plain = await setUp({}, async (_, answer) => {
      const response = await answer()
      response.headers.delete('oci-reference')
      return response
    })
    for (const text of ['one', 'two']) {
      const { confirmed, via } = await attach(plain.app, 'v1', note(text), alone)
      expect({ confirmed, source: via[0]!.source }).toEqual({
        confirmed: true,
        source: 'references-api',
      })
    }
    expect(plain.lines.filter((line) => line.includes('/references'))).toHaveLength(1)
    expect(plain.app.capabilities.referencesApi).toBe('supported')
  })

  test('lists bare entries and annotations as an array, as the proposal’s example has them', async () => {
    const { document } = vector('b-references')
    const body = JSON.stringify(document)
    const { app, lines } = await setUp({}, answerTo('/references', body, { headers: indexType }))
    const found = await all(referrers(app, `sha256:${'a1'.repeat(32)}`, { strategy }))
    const [first] = document.manifests as Descriptor[]
    expect(found).toHaveLength(3)
    expect(found[0]).toMatchObject({ ...first, confirmed: true })
    // Their manifests are not there, but are looked for: they would say the types.
    expect(lines).toHaveLength(4)
  })

  test('is asked for a manifest only where a filter needs what an entry leaves out', async () => {
    let bare = false
    const { another, straight, lines } = await setUp({}, async (request, answer) => {
      const response = await answer()
      if (!bare || !request.url.endsWith('/references')) return response
      const index = (await response.json()) as ImageIndex
      const manifests = index.manifests.map(({ mediaType, size, digest }) => ({
        mediaType,
        size,
        digest,
      }))
      return Response.json({ ...index, manifests }, { headers: indexType })
    })
    const one = await attach(straight, 'v1', note('one'), alone)
    await attach(straight, 'v1', { ...note('two'), artifactType: 'application/other' }, alone)
    const { subject } = one
    const wanted = [{ artifactType: one.artifactType! }, { annotations: { text: 'one' } }]
    for (const filter of wanted) {
      for (const [shows, requests] of [
        [false, 2],
        [true, 3],
      ] as const) {
        bare = shows
        lines.length = 0
        const found = referrers(another(), subject.digest, { strategy, ...filter })
        expect(await digestsOf(found)).toEqual([one.digest])
        expect(lines).toHaveLength(requests)
      }
    }
    bare = true
    lines.length = 0
    const all = await digestsOf(referrers(another(), subject.digest, { strategy }))
    expect(all).toHaveLength(2)
    expect(lines).toHaveLength(3)
  })

  test('gives indexes with a reference, and manifests whose entry in an index has one', async () => {
    const { app, subject } = await setUp()
    const entry = await pushDocument(app, await imageOf(app, { annotations: { key: 'entry' } }))
    const set = await pushDocument(app, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [],
      annotations: { key: 'index' },
      reference: subject,
    })
    await pushDocument(app, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [{ ...entry, reference: subject }],
    })
    const expected = [entry.digest, set.digest].sort()
    expect(await digestsOf(referrers(app, 'v1', { strategy }))).toEqual(expected)
    expect(await digestsOf(referrers(app, 'v1', { strategy, verify: true }))).toEqual(expected)
    for (const [key, { digest }] of Object.entries({ entry, index: set })) {
      const annotations = { key }
      const found = referrers(app, 'v1', { strategy, annotations })
      expect(await digestsOf(found)).toEqual([digest])
    }
    // The link of the entry is in an index that is somebody's: nothing here can take it away.
    await expect(detach(app, 'v1', entry.digest, alone)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: 'referrer',
    })
  })

  test('does not list what links by subject, and what links so is not listed as a subject’s', async () => {
    const { app } = await setUp()
    const b = await attach(app, 'v1', note('x'), alone)
    const oci = await attach(app, 'v1', note('x'))
    expect(b.digest).not.toBe(oci.digest)
    expect(await digestsOf(referrers(app, 'v1', { strategy }))).toEqual([b.digest])
    expect(await digestsOf(referrers(app, 'v1'))).toEqual([oci.digest])
  })
})

describe('detection of the list', () => {
  test.each(absentAnswers)(
    'reads the referrers tag after %s',
    async (_, body, init, remembered) => {
      const { app, straight } = await setUp(noList, answerTo('/references', body, init))
      const { digest } = await attach(straight, 'v1', note('x'), alone)
      const [found] = await all(referrers(app, 'v1', { strategy }))
      expect(found).toMatchObject({ digest, via: [{ source: 'referrers-tag' }] })
      expect(app.capabilities.referencesApi).toBe(remembered)
    },
  )

  test.each(failures)('never takes %i for "there are none"', async (status) => {
    const { app } = await setUp(noList, answerTo('/references', '', { status }))
    await expect(all(referrers(app, 'v1', { strategy }))).rejects.toThrow()
    await expect(hasReferrer(app, 'v1', { strategy })).rejects.toThrow()
    await expect(attach(app, 'v1', note('x'), alone)).rejects.toThrow()
    expect(app.capabilities.referencesApi).toBe('unknown')
  })

  test('reads the tag in a page whose registry hides the path, and never takes that for none', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (test)' })
    try {
      const { app } = await setUp(noList, (request, answer) => {
        if (request.url.endsWith('/references')) throw new TypeError('Failed to fetch')
        return answer()
      })
      await expect(hasReferrer(app, 'v1', { strategy })).rejects.toMatchObject({
        code: 'CONNECTION',
      })
      const { digest } = await attach(app, 'v1', note('x'), alone)
      expect(await digestsOf(referrers(app, 'v1', { strategy }))).toEqual([digest])
    } finally {
      vi.unstubAllGlobals()
    }
  })

  test.each(['{', '[]', '{"schemaVersion":2,"manifests":[{"digest":"x"}]}'])(
    'never takes a broken list for "there are none": %s',
    async (body) => {
      const { app } = await setUp({}, answerTo('/references', body, { headers: indexType }))
      await expect(hasReferrer(app, 'v1', { strategy })).rejects.toMatchObject({
        code: expect.stringMatching(/^INVALID_/),
      })
    },
  )

  test('is remembered as JSON, and spares the question', async () => {
    const { app, another, subject, lines } = await setUp(noList)
    await attach(app, 'v1', note('x'), alone)
    const capabilities = JSON.parse(JSON.stringify(app.capabilities))
    expect(capabilities.referencesApi).toBe('unsupported')
    lines.length = 0
    const later = another({ capabilities })
    expect(await all(referrers(later, subject.digest, { strategy }))).toHaveLength(1)
    expect(lines).toEqual([`GET /manifests/${referrersTag(subject.digest)}`])
  })
})

test('detaching what is gone deletes nothing', async () => {
  for (const options of [{}, noList]) {
    const { app, lines } = await setUp(options)
    const gone = `sha256:${'0'.repeat(64)}`
    expect(await detach(app, 'v1', gone, alone)).toMatchObject({ deleted: false, confirmed: true })
    expect(lines.filter((line) => line.startsWith('DELETE'))).toEqual([])
  }
})

describe('the referrers tag', () => {
  test('lists an entry with type, annotations and the reference, as an index entry may have it', async () => {
    const { app, subject } = await setUp(noList)
    const { mediaType, digest, size } = await attach(app, 'v1', note('x'), alone)
    const { manifests } = await readIndex(app, subject)
    expect(manifests).toEqual([
      { mediaType, digest, size, ...note('x'), reference: { ...subject } },
    ])
  })

  test('keeps the links of both kinds, and each reads its own without asking for manifests', async () => {
    const { app, subject, lines, warnings } = await setUp(noList)
    const [b, oci] = await Promise.all([
      attach(app, subject, note('b'), alone),
      attach(app, subject, note('oci'), { settle: 0 }),
    ])
    expect((await readIndex(app, subject)).manifests).toHaveLength(2)
    lines.length = 0
    expect(await digestsOf(referrers(app, subject))).toEqual([oci.digest])
    expect(lines.filter((line) => line.includes(oci.digest))).toEqual([])
    expect(lines.filter((line) => line.includes(b.digest))).toEqual([])
    expect(await digestsOf(referrers(app, subject, { strategy }))).toEqual([b.digest])
    expect(lines.filter((line) => line.includes(b.digest))).toEqual([])
    expect(warnings).toEqual([])
    await expect(detach(app, subject, oci.digest, alone)).rejects.toMatchObject({
      path: 'referrer',
    })
    await expect(detach(app, subject, b.digest, { settle: 0 })).rejects.toMatchObject({
      path: 'referrer',
    })
    await detach(app, subject, b.digest, alone)
    expect(await digestsOf(referrers(app, subject))).toEqual([oci.digest])
  })

  test('is OCI 1.1’s where an entry has no mark, and its manifest is not read for proposal B', async () => {
    const { app, straight, subject, lines, warnings } = await setUp(noList)
    const other = await pushDocument(straight, await imageOf(straight, { annotations: { o: '1' } }))
    const good = await pushDocument(straight, await imageOf(straight, { reference: subject }))
    const elsewhere = await pushDocument(straight, await imageOf(straight, { reference: other }))
    await pushDocument(
      straight,
      { schemaVersion: 2, mediaType: INDEX, manifests: [good, elsewhere, other] },
      referrersTag(subject.digest),
    )
    lines.length = 0
    expect(await digestsOf(referrers(app, subject, { strategy }))).toEqual([])
    expect(lines).toHaveLength(2)
    expect(warnings).toEqual([])
    expect(await digestsOf(referrers(app, 'v1'))).toEqual([])
    expect(warnings).toEqual([expect.stringMatching(`^${other.digest}.*does not point at it`)])
  })

  test('is not looked into where an entry has no mark, whatever type is wanted', async () => {
    const { app, subject, lines } = await setUp(noList)
    await attach(app, subject, note('oci'), { settle: 0 })
    const { digest } = await attach(app, subject, note('b'), alone)
    lines.length = 0
    const other = referrers(app, subject.digest, { strategy, artifactType: 'application/other' })
    expect(await digestsOf(other)).toEqual([])
    expect(lines).toHaveLength(1)
    const { artifactType } = note('')
    const same = referrers(app, subject.digest, { strategy, artifactType })
    expect(await digestsOf(same)).toEqual([digest])
    expect(lines).toHaveLength(2)
  })

  test('lists a manifest whose entry alone has the reference, confirmed only by its own', async () => {
    const { app, straight, subject, warnings } = await setUp(noList)
    const one = await attach(straight, 'v1', note('x'), alone)
    const index = await readIndex(straight, subject)
    const annotations = { text: 'said by the entry alone' }
    const plain = await pushDocument(straight, await imageOf(straight, { annotations }))
    const other = await pushDocument(straight, await imageOf(straight, { reference: plain }))
    for (const artifactType of ['a/b', undefined]) {
      const marked = (entry: object) => ({ ...entry, artifactType, reference: subject })
      const manifests = [...index.manifests, ...[plain, other].map(marked)]
      const tag = referrersTag(subject.digest)
      await pushDocument(straight, { ...index, manifests }, tag)
      const list = (more: object = {}) => all(referrers(app, 'v1', { strategy, ...more }))
      const found = [one, plain].map(({ digest }, i) => ({ digest, confirmed: i === 0 }))
      expect(await list({ verify: true })).toMatchObject(found)
      expect(await list({ annotations })).toMatchObject(found.slice(1))
      expect(warnings).toContainEqual(expect.stringContaining(other.digest))
      // Where the entries say enough, nothing is looked into.
      if (artifactType) expect(await list()).toHaveLength(3)
      else expect(await list()).toMatchObject([{ confirmed: false }, found[1]])
    }
  })

  test('that lists other things too is read where an entry says so', async () => {
    const { app, straight, subject } = await setUp(noList)
    const one = await attach(straight, 'v1', note('x'), alone)
    const { manifests } = await readIndex(straight, subject)
    const platform = {
      ...(await getManifest(straight, 'v1')).descriptor,
      platform: { os: 'linux' },
    }
    const unmarked = await pushDocument(straight, await imageOf(straight, { reference: subject }))
    const marked = await pushDocument(
      straight,
      await imageOf(straight, { annotations: { a: 'b' } }),
    )
    const list = [platform, ...manifests, unmarked, { ...marked, reference: subject }]
    const tag = referrersTag(subject.digest)
    await pushDocument(straight, { schemaVersion: 2, mediaType: INDEX, manifests: list }, tag)
    expect(await all(referrers(app, 'v1', { strategy }))).toMatchObject([
      { digest: one.digest, confirmed: true },
      { digest: marked.digest, confirmed: false },
    ])
    await expect(attach(app, 'v1', note('y'), alone)).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('that holds something else is left alone, and is not "none"', async () => {
    const { app, straight, subject } = await setUp(noList)
    const tag = referrersTag(subject.digest)
    const before = await pushDocument(straight, await imageOf(straight, {}), tag)
    await expect(attach(app, 'v1', note('x'), alone)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect((await getManifest(straight, tag)).descriptor.digest).toBe(before.digest)
    await expect(digestsOf(referrers(app, 'v1', { strategy }))).rejects.toMatchObject({
      code: 'INVALID_MANIFEST',
    })
  })
})

test('OCI 1.1 linking reads a reference nowhere, and what proposal E’s drafts left behind', async () => {
  const { app, straight, subject, warnings } = await setUp(noList)
  const refers = await pushDocument(
    straight,
    await imageOf(straight, { refers: subject, annotations: { made: 'by a draft of E' } }),
  )
  const elsewhere = await pushDocument(straight, await imageOf(straight, { refers: refers }))
  await pushDocument(
    straight,
    { schemaVersion: 2, mediaType: INDEX, manifests: [refers, elsewhere] },
    referrersTag(subject.digest),
  )
  const strategy = ociSubject()
  expect(await all(referrers(app, 'v1', { strategy, verify: true }))).toMatchObject([
    { digest: refers.digest, annotations: { made: 'by a draft of E' }, confirmed: true },
  ])
  expect(warnings).toEqual([expect.stringContaining(elsewhere.digest)])
  expect(await detach(app, 'v1', refers.digest, { settle: 0 })).toMatchObject({ deleted: true })
})

test.each([{}, noList])(
  'a node’s reference is proposal C’s, which is neither listed nor taken away: %o',
  async (options) => {
    const { app, subject } = await setUp(options)
    const { digest } = await attach(app, 'v1', note('x'), { strategy: nodeManifest() })
    expect(await digestsOf(referrers(app, 'v1', { strategy }))).toEqual([])
    await expect(detach(app, subject, digest, alone)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: 'referrer',
    })
    expect(await digestsOf(referrers(app, 'v1', { strategy: nodeManifest() }))).toEqual([digest])
  },
)
