// Whether a registry's type filter is believed: some filter by the type of the config.
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../../src/embedded/index.ts'
import {
  attach,
  type Capabilities,
  type Descriptor,
  detect,
  hasReferrer,
  RegistryError,
  referrers,
} from '../../../src/index.ts'
import { artifactManifest, ociSubject } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { type Bent, pushDocument, setUp } from '../_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const sbom = { artifactType: 'application/spdx+json', annotations: { text: 'x' } }
const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
/** Of OCI 1.0: its type is that of its config. */
const signature = {
  artifactType: 'application/vnd.cncf.notary.signature',
  config: { data: '{}', mediaType: 'application/vnd.cncf.notary.signature' },
  blobs: [{ data: 'x', mediaType: 'application/jose+json' }],
}

const profile = (...settings: readonly Profile['settings']['referrers'][]): Profile => ({
  name: 'bent',
  source: 'none',
  date: '2026-11',
  settings: { referrers: Object.assign({ filter: 'ignored' }, ...settings) },
})

/** As Harbor before 2.11, zot 1.4 and ORAS's last: entries have the config's type, and go by it. */
const byConfig = (more: Profile['settings']['referrers'] = {}) =>
  setUp({ profile: profile({ type: 'config' }, more) }, filtered)

/** Filters a list by the types it shows. */
async function filtered(request: Request, answer: () => Promise<Response>) {
  const wanted = new URL(request.url).searchParams.get('artifactType')
  const response = await answer()
  if (wanted === null || !request.url.includes('/referrers/')) return response
  const index = (await response.json()) as { manifests: Descriptor[] }
  const manifests = index.manifests.filter(({ artifactType }) => artifactType === wanted)
  return Response.json({ ...index, manifests }, { headers: { 'content-type': INDEX } })
}

const byType = (lines: readonly string[]) =>
  lines.filter((line) => /\/referrers\b/.test(line)).map((line) => line.includes('artifactType='))

/** What `detect` finds out, kept between processes. */
async function detected({ another, subject }: Bent): Promise<Capabilities> {
  const { capabilities } = await detect(another(), { subject, strategies: [ociSubject()] })
  return JSON.parse(JSON.stringify(capabilities))
}

describe('a registry that filters by the type of the config', () => {
  test('has what it leaves out found, by the first question and by later ones', async () => {
    const { another, straight, subject, lines } = await byConfig()
    const { digest } = await attach(straight, subject, sbom)
    await attach(straight, subject, signature)
    const app = another()
    const { artifactType } = sbom
    for (let i = 0; i < 2; i++) {
      lines.length = 0
      expect(await hasReferrer(app, subject.digest, { artifactType })).toBe(true)
      // One for the list, and one for each manifest: the empty type shows that it has those of configs.
      expect(lines).toHaveLength(3)
      const found = await all(referrers(app, subject.digest, { artifactType }))
      expect(found).toMatchObject([{ digest, artifactType }])
    }
    expect(byType(lines)).toEqual([false, false])
  })

  test('is seen to do so by the empty type in its list', async () => {
    const bent = await byConfig()
    await attach(bent.straight, bent.subject, sbom)
    bent.lines.length = 0
    const capabilities = await detected(bent)
    expect(capabilities.typeFilter).toBe('unsupported')
    // The list, and the manifest that says what the type is.
    expect(bent.lines).toHaveLength(2)
    const { another, subject } = bent
    expect(await hasReferrer(another({ capabilities }), subject.digest, sbom)).toBe(true)
  })

  test('is seen to do so by a manifest whose type it does not tell', async () => {
    const bent = await byConfig()
    const config = { data: '{"a":1}', mediaType: 'application/vnd.example.settings' }
    await attach(bent.straight, bent.subject, { ...sbom, config, blobs: signature.blobs })
    expect((await detected(bent)).typeFilter).toBe('unsupported')
  })

  test('is not believed because of artifacts that have their type at the config', async () => {
    const bent = await byConfig()
    const { another, straight, subject } = bent
    await attach(straight, subject, signature)
    const capabilities = await detected(bent)
    expect(capabilities.typeFilter).toBe('unknown')
    await attach(straight, subject, sbom)
    expect(await hasReferrer(another({ capabilities }), subject.digest, sbom)).toBe(true)
  })

  test('is not believed because of manifests that have no config', async () => {
    const bent = await byConfig()
    const { another, straight, subject } = bent
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [], ...note, subject }
    await pushDocument(straight, index)
    const capabilities = await detected(bent)
    expect(capabilities.typeFilter).toBe('unknown')
    await attach(straight, subject, sbom)
    expect(await hasReferrer(another({ capabilities }), subject.digest, sbom)).toBe(true)
  })

  test('is seen to list what was attached, so that no tag is written', async () => {
    const { app, subject, lines } = await byConfig({ subjectHeader: false })
    await all(referrers(app, subject))
    lines.length = 0
    const { via } = await attach(app, subject, sbom, { settle: 0 })
    expect(via).toMatchObject([{ source: 'referrers-api' }])
    expect(lines.filter((line) => line.includes('/manifests/sha256-'))).toEqual([])
  })
})

describe('a registry that filters by the type of the artifact', () => {
  test('is asked by type once a manifest has shown that it does', async () => {
    const bent = await setUp()
    const { app, another, straight, subject, lines } = bent
    await attach(straight, subject, note)
    expect(await hasReferrer(app, subject.digest, sbom)).toBe(false)
    // The list, and one manifest: before "no" the list is proven.
    expect(lines).toHaveLength(2)
    expect(await hasReferrer(app, subject.digest, note)).toBe(true)
    expect(byType(lines)).toEqual([false, true])

    lines.length = 0
    const capabilities = await detected(bent)
    expect(capabilities.typeFilter).toBe('supported')
    // The list, and one manifest in it.
    expect(lines).toHaveLength(2)
    lines.length = 0
    const later = another({ capabilities })
    expect(await hasReferrer(later, subject.digest, sbom)).toBe(false)
    expect(await hasReferrer(later, subject.digest, note)).toBe(true)
    expect(byType(lines)).toEqual([true, true])
    expect((await detected({ ...bent, another: () => later })).typeFilter).toBe('supported')
    // What is filtered to nothing may be an empty list: then the tag is read too.
    expect(lines).toHaveLength(4)
  })

  test('says nothing of it by an empty list, or by a manifest that cannot be read', async () => {
    let broken = false
    const bent = await setUp({}, (request, answer) =>
      broken && request.url.includes('/manifests/') ? new Response('', { status: 500 }) : answer(),
    )
    expect((await detected(bent)).typeFilter).toBe('unknown')
    await attach(bent.straight, bent.subject, note)
    broken = true
    expect((await detected(bent)).typeFilter).toBe('unknown')
  })
})

describe('a list of several pages', () => {
  test.each([
    ['404', '', { status: 404 }],
    ['404 NAME_UNKNOWN', '{"errors":[{"code":"NAME_UNKNOWN"}]}', { status: 404 }],
    ['405', '', { status: 405 }],
    ['HTML', '<html>', { status: 200, headers: { 'content-type': 'text/html' } }],
  ])('whose second page is %s is an error, and not all there is', async (_, body, init) => {
    let pages = 0
    const { app, straight, subject } = await setUp({ pageSize: 1 }, (request, answer) =>
      request.url.includes('/referrers/') && ++pages % 2 === 0
        ? new Response(body, init)
        : answer(),
    )
    for (const text of ['1', '2'])
      await attach(straight, subject, { ...note, annotations: { text } })
    await expect(all(referrers(app, subject))).rejects.toBeInstanceOf(RegistryError)
    await expect(hasReferrer(app, subject, sbom)).rejects.toBeInstanceOf(RegistryError)
    expect(app.capabilities.referrersApi).toBe('supported')
  })

  test('is filtered by a registry that is seen to do it rightly, and each referrer comes once', async () => {
    const bent = await setUp({ pageSize: 2 })
    const { another, straight, subject, lines } = bent
    const notes = []
    for (let i = 0; i < 3; i++) {
      notes.push(await attach(straight, subject, { ...note, annotations: { i: `${i}` } }))
      await attach(straight, subject, { ...sbom, annotations: { i: `${i}` } })
      await attach(straight, subject, { ...sbom, annotations: { j: `${i}` } })
    }
    const { artifactType } = note
    const app = another()
    for (const first of [true, false]) {
      lines.length = 0
      const found = await all(referrers(app, subject.digest, { artifactType }))
      expect(found.map(({ digest }) => digest).sort()).toEqual(
        notes.map(({ digest }) => digest).sort(),
      )
      // Without a filter there are five pages.
      expect(byType(lines)).toEqual(first ? [false, false, true, true] : [true, true])
      expect(lines).toHaveLength(first ? 5 : 2)
    }
    expect(app.capabilities.typeFilter).toBe('supported')
  })

  test('is read to its end where the registry filters by the type of the config', async () => {
    const bent = await byConfig({ pageSize: 2 })
    const { another, straight, subject, lines } = bent
    for (let i = 0; i < 4; i++)
      await attach(straight, subject, { ...note, annotations: { i: `${i}` } })
    const { digest } = await attach(straight, subject, sbom)
    const app = another()
    lines.length = 0
    const { artifactType } = sbom
    const found = await all(referrers(app, subject.digest, { artifactType }))
    expect(found).toMatchObject([{ digest }])
    expect(byType(lines)).toEqual([false, false, false])
    expect(app.capabilities.typeFilter).toBe('unsupported')
  })

  test.each([400, 404, 405, 501])(
    'is read to its end where the question for a type is refused: %i',
    async (status) => {
      const bent = await setUp({ pageSize: 2 }, (request, answer) =>
        request.url.includes('artifactType=') ? new Response('', { status }) : answer(),
      )
      const { another, straight, subject } = bent
      for (let i = 0; i < 6; i++) {
        await attach(straight, subject, { ...note, annotations: { i: `${i}` } })
      }
      const { digest } = await attach(straight, subject, sbom)
      const { artifactType } = sbom
      for (const capabilities of [{}, { typeFilter: 'supported' as const }]) {
        const app = another({ capabilities })
        const found = await all(referrers(app, subject, { artifactType }))
        expect(found).toMatchObject([{ digest }])
        expect(app.capabilities).toMatchObject({
          referrersApi: 'supported',
          typeFilter: 'unsupported',
        })
      }
    },
  )

  test.each([404, 501])(
    'is not taken for missing where the question for a type is refused, and the list fails: %i',
    async (status) => {
      let failures = 1
      const { another, straight, subject } = await setUp({}, (request, answer) => {
        if (!request.url.includes('/referrers/')) return answer()
        if (request.url.includes('artifactType=')) return new Response('', { status })
        return failures-- > 0 ? new Response('', { status: 503 }) : answer()
      })
      const { digest } = await attach(straight, subject, sbom)
      const app = another({ capabilities: { typeFilter: 'supported' } })
      const { artifactType } = sbom
      await expect(hasReferrer(app, subject, { artifactType })).rejects.toMatchObject({
        status: 503,
      })
      expect(app.capabilities.referrersApi).not.toBe('unsupported')
      expect(await all(referrers(app, subject, { artifactType }))).toMatchObject([{ digest }])
    },
  )

  test('is not judged by its second page alone', async () => {
    const { another, straight, subject } = await setUp({ pageSize: 3 }, async (request, answer) => {
      const response = await answer()
      const first = new URL(request.url).search === ''
      if (!request.url.includes('/referrers/') || !first) return response
      // Entries from before an upgrade, at the beginning of the list.
      const index = (await response.json()) as { manifests: Descriptor[] }
      const artifactType = 'application/vnd.oci.empty.v1+json'
      const manifests = index.manifests.map((entry) => ({ ...entry, artifactType }))
      return Response.json({ ...index, manifests }, { headers: response.headers })
    })
    for (let i = 0; i < 9; i++) {
      await attach(straight, subject, { ...note, annotations: { i: `${i}` } })
    }
    const app = another()
    const { artifactType } = note
    expect(await all(referrers(app, subject, { artifactType }))).toHaveLength(9)
    expect(app.capabilities.typeFilter).toBe('unsupported')
  })

  test('of which no type is wanted is read as it is', async () => {
    const { app, straight, subject, lines } = await setUp({ pageSize: 2 })
    for (let i = 0; i < 4; i++)
      await attach(straight, subject, { ...note, annotations: { i: `${i}` } })
    lines.length = 0
    expect(await all(referrers(app, subject.digest))).toHaveLength(4)
    expect(lines).toHaveLength(2)
    expect(app.capabilities.typeFilter).toBe('unknown')
  })
})

test('a registry that does not filter is filtered here, whatever is known of it', async () => {
  const bent = await setUp({ profile: profile() })
  const { another, straight, subject, lines } = bent
  await attach(straight, subject, note)
  for (const capabilities of [{}, await detected(bent)]) {
    lines.length = 0
    expect(await hasReferrer(another({ capabilities }), subject.digest, sbom)).toBe(false)
    // A manifest is read once, to see that the list has the types of artifacts.
    expect(lines).toHaveLength('typeFilter' in capabilities ? 1 : 2)
  }
})

test('proposal A’s lists are believed no sooner', async () => {
  const strategy = artifactManifest()
  const { app, straight, subject, lines } = await setUp({}, async (request, answer) =>
    // A filter that fits no artifact.
    request.url.includes('artifactType=') ? Response.json({ referrers: [] }) : answer(),
  )
  await attach(straight, subject, sbom, { strategy })
  for (const { artifactType } of [sbom, sbom]) {
    lines.length = 0
    expect(await hasReferrer(app, subject.digest, { strategy, artifactType })).toBe(true)
    expect(lines).toHaveLength(1)
  }
})

test('an error that looks like an empty list is none, and the tag is read', async () => {
  const list = { schemaVersion: 2, mediaType: INDEX, manifests: [] }
  const headers = { 'content-type': INDEX }
  const { app, straight, subject } = await setUp({ referrersApi: false }, (request, answer) =>
    request.url.includes('/referrers/') ? Response.json(list, { status: 404, headers }) : answer(),
  )
  const { digest } = await attach(straight, subject, note, { settle: 0 })
  expect(await all(referrers(app, subject))).toMatchObject([{ digest }])
  expect(app.capabilities.referrersApi).toBe('unsupported')
})
