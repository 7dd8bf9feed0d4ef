// What is peculiar to proposal A: the dialects it was spoken in, found out and remembered, and lists
// that some of its registries neither sorted nor filtered, and broke.
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { EmbeddedRegistryOptions, Profile } from '../../../src/embedded/index.ts'
import {
  attach,
  type Capabilities,
  type Descriptor,
  detach,
  hasReferrer,
  type Repository,
  referrers,
} from '../../../src/index.ts'
import { pushBlob } from '../../../src/registry/index.ts'
import { artifactManifest } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { bytesOf, vector } from '../../model/_vectors.ts'
import { absentAnswers, answerTo, failures, pushDocument, setUp } from '../_bent.ts'

const strategy = artifactManifest()
const OCI = 'application/vnd.oci.artifact.manifest.v1+json'
const ORAS = 'application/vnd.cncf.oras.artifact.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const CREATED = 'org.opencontainers.artifact.created'
const later = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'0'.repeat(64)}`,
  size: 2,
} as Descriptor

const note = (text: string, annotations: Record<string, string> = {}) => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text, ...annotations },
})

/** A registry that has ORAS's drafts' list alone, and OCI 1.1's beside it, as zot had. */
const zot: Profile = {
  name: 'like zot 1.4',
  source: 'zot v1.4.3',
  date: '2022-11',
  settings: {
    artifacts: { types: [OCI, ORAS], lists: ['oras-draft'], discovery: 'none' },
    spelling: { jsonType: 'application/json; charset=utf-8' },
  },
}

/** Requests for lists, and manifests that were written. */
const asked = (lines: readonly string[]) =>
  lines
    .filter((line) => line.startsWith('PUT /manifests/') || /\/referrers\b/.test(line))
    .map((line) =>
      line.replace(/sha256:[0-9a-f]{64}/, '<digest>').replace(/[?&](digest|artifactType)=.*/, ''),
    )

const textsOf = async (repo: Repository, subject: Descriptor | string, filter: object = {}) =>
  (await all(referrers(repo, subject, { strategy, annotations: {}, ...filter }))).map(
    ({ annotations }) => annotations?.text,
  )

describe('describe()', () => {
  test('makes the proposal’s example, byte for byte', () => {
    const { document } = vector('a-artifact-manifest')
    const { artifactType, blobs, subject, annotations } = document as never
    const manifest = strategy.describe(subject, { artifactType, blobs, annotations })
    expect(bytesOf(manifest)).toEqual(bytesOf(document))
  })

  test('makes ORAS’s manifest where that is asked for, with the date where ORAS looks for it', () => {
    const { artifactType, blobs, subject, annotations } = vector('a-artifact-manifest')
      .document as never
    const oras = artifactManifest({ mediaType: ORAS })
    expect(oras.describe(subject, { artifactType, blobs, annotations })).toEqual({
      mediaType: ORAS,
      artifactType,
      blobs,
      subject,
      annotations: {
        [CREATED]: '2022-04-26T16:00:00Z',
        'io.cncf.oras.artifact.created': '2022-04-26T16:00:00Z',
      },
    })
  })

  test('writes ORAS’s date once, and only where there is one', () => {
    const { artifactType, blobs, subject } = vector('a-artifact-manifest').document as never
    const oras = artifactManifest({ mediaType: ORAS })
    const key = 'io.cncf.oras.artifact.created'
    for (const annotations of [
      { [CREATED]: 'yesterday' },
      { [CREATED]: '2022-04-26T16:00:00Z', [key]: '2020-01-01T00:00:00Z' },
      { other: 'x' },
    ]) {
      const manifest = oras.describe(subject, { artifactType, blobs, annotations })
      expect(manifest).toMatchObject({ annotations })
      expect(Object.keys((manifest as { annotations: object }).annotations)).toEqual(
        Object.keys(annotations),
      )
    }
  })

  test('has no config: the artifact’s own is its last blob', () => {
    const blob = { ...later, mediaType: 'text/plain' }
    const config = { ...later, mediaType: 'application/json' }
    const artifact = { artifactType: 'a/b', blobs: [blob], config }
    expect(strategy.describe(later, artifact)).toMatchObject({ blobs: [blob, config] })
    expect(strategy.blobs(artifact)).toEqual([])
  })

  test('dates what attach was told the date of, so that registries can sort it', async () => {
    const { app } = await setUp()
    const created = new Date('2026-01-02T03:04:05Z')
    const attached = await attach(app, 'v1', { ...note('x'), created }, { strategy })
    expect(attached.annotations).toMatchObject({
      [CREATED]: created.toISOString(),
      'org.opencontainers.image.created': created.toISOString(),
    })
    const own = { [CREATED]: '2020-01-01T00:00:00Z' }
    const given = await attach(app, 'v1', { ...note('y', own), created }, { strategy })
    expect(given.annotations).toMatchObject(own)
  })

  test('refuses a manifest among the blobs, before any request', async () => {
    const { app, lines } = await setUp()
    const blobs = [{ data: '{}', mediaType: INDEX }]
    await expect(attach(app, 'v1', { ...note('x'), blobs }, { strategy })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: 'artifact.blobs[0].mediaType',
    })
    expect(lines).toEqual([])
  })
})

/** Requests of the first attach, the first listing and the next, each by a process that knows nothing. */
const dialects: readonly {
  title: string
  options: EmbeddedRegistryOptions
  mediaType: string
  source: string
  attach: number
  first: readonly string[]
  next: readonly string[]
  known: Partial<Capabilities>
}[] = [
  {
    title: 'the proposal’s own',
    options: {},
    mediaType: OCI,
    source: 'artifacts-api',
    attach: 1,
    first: ['GET /_oci/artifacts/referrers'],
    next: ['GET /_oci/artifacts/referrers'],
    known: { artifactsApi: 'supported', orasArtifactsApi: 'unknown' },
  },
  {
    title: 'ORAS’s first, with the key "references"',
    options: { profile: 'orasFirst' },
    mediaType: ORAS,
    source: 'oras-artifacts-api',
    attach: 2,
    first: [
      'GET /_oci/artifacts/referrers',
      'GET /_oras/artifacts/referrers',
      'GET /oras/artifacts/v1/team/app/manifests/<digest>/referrers',
      'GET /referrers/<digest>',
    ],
    next: ['GET /_oras/artifacts/referrers'],
    known: { artifactsApi: 'unsupported', orasArtifactsApi: 'supported' },
  },
  {
    title: 'ORAS’s second, with the key "referrers"',
    options: { profile: 'orasRc' },
    mediaType: ORAS,
    source: 'oras-artifacts-api',
    attach: 2,
    first: [
      'GET /_oci/artifacts/referrers',
      'GET /_oras/artifacts/referrers',
      'GET /oras/artifacts/v1/team/app/manifests/<digest>/referrers',
      'GET /referrers/<digest>',
    ],
    next: ['GET /_oras/artifacts/referrers'],
    known: { referrersApi: 'unsupported', orasArtifactsApi: 'supported' },
  },
  {
    title: 'the release candidates’ first, without entries as null',
    options: { profile: 'orasRc3' },
    mediaType: OCI,
    source: 'referrers-api',
    attach: 1,
    first: [
      'GET /_oci/artifacts/referrers',
      'GET /_oras/artifacts/referrers',
      'GET /oras/artifacts/v1/team/app/manifests/<digest>/referrers',
      'GET /referrers/<digest>',
    ],
    next: ['GET /referrers/<digest>'],
    known: { referrersApi: 'supported', orasArtifactsApi: 'unsupported' },
  },
  {
    title: 'the release candidates’ last, ten on a page',
    options: { profile: 'orasMain' },
    mediaType: OCI,
    source: 'referrers-api',
    attach: 1,
    first: [
      'GET /_oci/artifacts/referrers',
      'GET /_oras/artifacts/referrers',
      'GET /oras/artifacts/v1/team/app/manifests/<digest>/referrers',
      'GET /referrers/<digest>',
    ],
    next: ['GET /referrers/<digest>'],
    known: { referrersApi: 'supported', orasDraftApi: 'unsupported' },
  },
  {
    title: 'ORAS’s drafts’, beside the release candidates’',
    options: { profile: zot, artifactApi: undefined },
    mediaType: OCI,
    source: 'oras-draft-api',
    attach: 1,
    first: [
      'GET /_oci/artifacts/referrers',
      'GET /_oras/artifacts/referrers',
      'GET /oras/artifacts/v1/team/app/manifests/<digest>/referrers',
      'GET /referrers/<digest>',
    ],
    next: [
      'GET /oras/artifacts/v1/team/app/manifests/<digest>/referrers',
      'GET /referrers/<digest>',
    ],
    known: { orasDraftApi: 'supported', referrersApi: 'supported' },
  },
]

describe.each(dialects)('a registry that speaks $title', (dialect) => {
  const { options, mediaType, source } = dialect

  test('is attached to, listed and remembered, and asked for nothing twice', async () => {
    const { another, straight, subject, lines } = await setUp(options)
    const writer = another()
    const attached = await attach(writer, 'v1', note('one'), { strategy })
    expect(attached).toMatchObject({ mediaType, confirmed: true })
    expect(asked(lines)).toHaveLength(dialect.attach)
    lines.length = 0
    await attach(writer, 'v1', note('two'), { strategy })
    expect(asked(lines)).toHaveLength(1)

    const reader = another()
    lines.length = 0
    const found = await all(referrers(reader, subject.digest, { strategy }))
    expect(found).toHaveLength(2)
    expect(found[0]).toMatchObject({
      mediaType,
      artifactType: note('').artifactType,
      confirmed: true,
      subject: { digest: subject.digest },
      via: [{ strategy: 'artifact-manifest', source }],
    })
    expect(asked(lines)).toEqual(dialect.first)
    expect(reader.capabilities).toMatchObject(dialect.known)

    lines.length = 0
    const capabilities = JSON.parse(JSON.stringify(reader.capabilities))
    await all(referrers(another({ capabilities }), subject.digest, { strategy }))
    expect(asked(lines)).toEqual(dialect.next)
    expect((await attach(straight, 'v1', note('three'), { strategy })).confirmed).toBe(true)
  })

  test('gives the newest first by all three spellings of the date, and the undated last', async () => {
    const { app, subject } = await setUp(options)
    const dates = [
      ['second', 'org.oci.artifact.created', '2026-02-03T00:00:00+02:00'],
      ['undated', 'org.example.other', 'x'],
      ['third', CREATED, '2026-02-02T21:59:59.5Z'],
      ['first', 'io.cncf.oras.artifact.created', '2026-02-02T22:00:01Z'],
    ] as const
    for (const [text, key, value] of dates) {
      await attach(app, subject, note(text, { [key]: value }), { strategy })
    }
    const found = await all(referrers(app, subject, { strategy }))
    const texts = ['first', 'second', 'third', 'undated']
    expect(await textsOf(app, subject)).toEqual(texts)
    const byDigest = await all(referrers(app, subject, { strategy, annotations: {} }))
    expect(found.map(({ digest }) => digest)).toEqual(byDigest.map(({ digest }) => digest))
  })

  test('is filtered by type and annotation again', async () => {
    const { app, subject } = await setUp(options)
    const one = await attach(app, subject, note('one'), { strategy })
    await attach(app, subject, { ...note('one'), artifactType: 'application/other' }, { strategy })
    await attach(app, subject, note('two'), { strategy })
    const { artifactType } = one
    expect(await textsOf(app, subject, { artifactType })).toHaveLength(2)
    expect(await textsOf(app, subject, { artifactType, annotations: { text: 'one' } })).toEqual([
      'one',
    ])
    expect(await hasReferrer(app, subject, { strategy, artifactType: 'none/here' })).toBe(false)
  })

  test('lists artifacts alone, and not what is linked otherwise', async () => {
    const { app, subject } = await setUp(options)
    const one = await attach(app, subject, note('one'), { strategy })
    await attach(app, 'v1', note('two'), { settle: 0 }).catch(() => {})
    const found = await all(referrers(app, subject, { strategy }))
    expect(found.map(({ digest }) => digest)).toEqual([one.digest])
  })
})

describe('finding out the dialect', () => {
  test('asks ORAS’s list first where only ORAS’s manifests are taken', async () => {
    const { app, lines } = await setUp({ profile: 'orasRc' })
    await attach(app, 'v1', note('x'), { strategy })
    lines.length = 0
    await all(referrers(app, 'v1', { strategy }))
    expect(asked(lines)).toEqual(['GET /_oras/artifacts/referrers'])
  })

  test('pushes ORAS’s type first where a listing has shown that the registry is ORAS’s', async () => {
    const { app, lines } = await setUp({ profile: 'orasRc' })
    await all(referrers(app, 'v1', { strategy }))
    lines.length = 0
    expect(await attach(app, 'v1', note('x'), { strategy })).toMatchObject({ mediaType: ORAS })
    expect(asked(lines)).toEqual(['PUT /manifests/<digest>'])
  })

  test.each(absentAnswers)('takes %s for no such list', async (_, body, init, remembered) => {
    const { app, straight } = await setUp({ profile: 'orasMain' }, (request, answer) =>
      /artifacts/.test(request.url) ? new Response(body, init) : answer(),
    )
    const { digest } = await attach(straight, 'v1', note('x'), { strategy })
    expect(await all(referrers(app, 'v1', { strategy }))).toMatchObject([{ digest }])
    for (const api of ['artifactsApi', 'orasArtifactsApi'] as const) {
      expect(app.capabilities[api]).toBe(remembered)
    }
  })

  test.each([...failures, 504])('never takes %i for "there are none"', async (status) => {
    for (const part of ['/_oci/artifacts/', '/oras/artifacts/', '/referrers/']) {
      const { app } = await setUp({ profile: 'orasMain' }, answerTo(part, '', { status }))
      await expect(all(referrers(app, 'v1', { strategy }))).rejects.toThrow()
      await expect(hasReferrer(app, 'v1', { strategy })).rejects.toThrow()
    }
  })

  test.each(['{', '[]', '{}', '{"referrers":[{"digest":"x"}]}', '{"referrers":7}'])(
    'never takes a broken list for "there are none": %s',
    async (body) => {
      const headers = { 'content-type': 'application/json' }
      const { app } = await setUp({}, answerTo('/_oci/artifacts/', body, { headers }))
      await expect(hasReferrer(app, 'v1', { strategy })).rejects.toMatchObject({
        code: expect.stringMatching(/^INVALID_/),
      })
    },
  )

  test.each(['{"referrers":null}', '{"references":null}', '{"references":[]}'])(
    'takes %s for an empty list',
    async (body) => {
      const headers = { 'content-type': 'application/json' }
      const { app } = await setUp({}, answerTo('/_oci/artifacts/', body, { headers }))
      expect(await all(referrers(app, 'v1', { strategy }))).toEqual([])
      expect(app.capabilities.artifactsApi).toBe('supported')
    },
  )

  test('reads the image index that proposal E’s tests answered at the same path', async () => {
    const { app } = await setUp({}, (request, answer) => {
      if (!request.url.includes('/_oci/artifacts/')) return answer()
      const entry = { ...later, mediaType: OCI, annotations: { [CREATED]: '2022-01-01T14:42:55Z' } }
      const index = { schemaVersion: 2, mediaType: INDEX, manifests: [entry] }
      return Response.json(index, { headers: { 'content-type': INDEX } })
    })
    const found = await all(referrers(app, 'v1', { strategy }))
    expect(found.map(({ digest }) => digest)).toEqual([later.digest])
  })

  test('asks ORAS’s drafts’ list again where it answers 404 without a body, as zot does for none', async () => {
    let empty = true
    const { app, straight, lines } = await setUp({ profile: zot }, (request, answer) =>
      empty && request.url.includes('/oras/artifacts/')
        ? new Response(null, { status: 404 })
        : answer(),
    )
    expect(await all(referrers(app, 'v1', { strategy }))).toEqual([])
    expect(app.capabilities.orasDraftApi).toBe('unknown')
    await attach(straight, 'v1', note('x'), { strategy: artifactManifest({ mediaType: ORAS }) })
    empty = false
    lines.length = 0
    const found = await all(referrers(app, 'v1', { strategy }))
    expect(found).toMatchObject([{ mediaType: ORAS, via: [{ source: 'oras-draft-api' }] }])
    expect(asked(lines)).toHaveLength(2)
  })

  test('is an error that names other strategies where no list is there, and not "none"', async () => {
    const { app } = await setUp({ profile: 'distribution3' })
    const refused = {
      code: 'UNSUPPORTED',
      strategy: 'artifact-manifest',
      alternatives: expect.arrayContaining(['oci-subject', 'digest-tags']),
      message: expect.stringContaining('oci-subject'),
    }
    await expect(all(referrers(app, 'v1', { strategy }))).rejects.toMatchObject(refused)
    await expect(hasReferrer(app, 'v1', { strategy })).rejects.toMatchObject(refused)
    await expect(attach(app, 'v1', note('x'), { strategy })).rejects.toMatchObject(refused)
  })

  test('is an error for a registry that takes anything and lists nothing, once that is known', async () => {
    const { app, lines } = await setUp({ profile: 'ggcr' })
    await expect(all(referrers(app, 'v1', { strategy }))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    lines.length = 0
    await expect(attach(app, 'v1', note('x'), { strategy })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    expect(asked(lines)).toEqual([])
  })

  test('is "none" where the registry does not know the repository', async () => {
    const body = '{"errors":[{"code":"NAME_UNKNOWN"}]}'
    const { app } = await setUp({ profile: 'distribution3' }, (request, answer) =>
      /referrers/.test(request.url) ? new Response(body, { status: 404 }) : answer(),
    )
    expect(await all(referrers(app, later.digest, { strategy }))).toEqual([])
  })
})

describe('in a page, where paths that a registry does not know have no CORS headers', () => {
  afterEach(() => void vi.unstubAllGlobals())
  const hidden = (pattern: RegExp) => (request: Request, answer: () => Promise<Response>) => {
    if (pattern.test(request.url)) throw new TypeError('Failed to fetch')
    return answer()
  }

  test('the list that is there is found', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (test)' })
    const { app, subject } = await setUp({ profile: 'orasMain' }, hidden(/artifacts/))
    const { digest } = await attach(app, subject, note('x'), { strategy })
    expect(await all(referrers(app, subject, { strategy }))).toMatchObject([{ digest }])
    expect(app.capabilities.artifactsApi).toBe('unknown')
  })

  test('no list at all is a broken connection, and not "none"', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (test)' })
    const { app } = await setUp({ profile: 'distribution3' }, hidden(/artifacts|referrers/))
    await expect(hasReferrer(app, 'v1', { strategy })).rejects.toMatchObject({ code: 'CONNECTION' })
  })

  test('elsewhere a broken connection is one', async () => {
    const { app } = await setUp({ profile: 'orasMain' }, hidden(/_oci/))
    await expect(hasReferrer(app, 'v1', { strategy })).rejects.toMatchObject({ code: 'CONNECTION' })
  })
})

describe('a registry that refuses artifact manifests', () => {
  test.each([
    [400, '{"errors":[{"code":"MANIFEST_INVALID"}]}'],
    [400, ''],
    [415, ''],
  ])('by %i %s is not asked again, and other strategies are named', async (status, body) => {
    const { app, lines } = await setUp({}, (request, answer) =>
      request.method === 'PUT' && request.headers.get('content-type')?.includes('artifact')
        ? new Response(body, { status })
        : answer(),
    )
    for (const requests of [2, 0]) {
      lines.length = 0
      await expect(attach(app, 'v1', note('x'), { strategy })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        missing: ['artifactManifests'],
        alternatives: expect.arrayContaining(['oci-subject']),
      })
      expect(asked(lines)).toHaveLength(requests)
    }
    expect(app.capabilities.artifactManifests).toBe('unsupported')
  })

  test.each([401, 403, 404, 405, 429, 500])('is not meant by %i', async (status) => {
    const { app } = await setUp({}, (request, answer) =>
      request.method === 'PUT' && request.headers.get('content-type')?.includes('artifact')
        ? new Response('', { status })
        : answer(),
    )
    const failed = attach(app, 'v1', note('x'), { strategy })
    await expect(failed).rejects.toThrow()
    await expect(failed).rejects.not.toMatchObject({ code: 'UNSUPPORTED' })
    expect(app.capabilities.artifactManifests).toBe('unknown')
  })
})

describe('a subject that is not there', () => {
  test.each(['orasFirst', 'orasRc', 'orasRc3', undefined] as const)(
    'is a clear error where the registry wants it first: %s',
    async (profile) => {
      const { app, lines } = await setUp({ profile })
      await expect(attach(app, later, note('x'), { strategy })).rejects.toMatchObject({
        code: 'REGISTRY_RESPONSE',
        status: 400,
        message: expect.stringContaining(`no subject ${later.digest}`),
      })
      expect(lines.filter((line) => line.startsWith('HEAD'))).toHaveLength(1)
    },
  )

  test('is no obstacle where the registry takes it', async () => {
    for (const options of [{ missingSubject: 'accept' }, { profile: 'orasMain' }] as const) {
      const { app } = await setUp(options)
      const { digest } = await attach(app, later, note('x'), { strategy })
      const found = await all(referrers(app, later.digest, { strategy }))
      expect(found.map((each) => each.digest)).toEqual([digest])
    }
  })

  test('is not blamed for a blob that is missing', async () => {
    const { app, subject } = await setUp({}, (request, answer) =>
      // As if the registry had lost what was just pushed.
      request.url.includes('/blobs/uploads/') ? new Response(null, { status: 201 }) : answer(),
    )
    const blobs = [{ data: 'lost', mediaType: 'text/plain' }]
    const failed = attach(app, subject, { ...note('x'), blobs }, { strategy })
    await expect(failed).rejects.toMatchObject({ status: 400 })
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('subject') })
  })
})

describe('pages', () => {
  test('follow a link whatever it looks like, and are passed on as they come where they are sorted', async () => {
    const { app, subject, lines } = await setUp({ profile: 'orasRc', pageSize: 3 })
    for (let i = 0; i < 8; i++) {
      const created = `2026-01-0${i + 1}T00:00:00Z`
      await attach(app, subject, note(`${i}`, { [CREATED]: created }), { strategy })
    }
    lines.length = 0
    const list = referrers(app, subject, { strategy })
    expect((await all(list.pages())).map((page) => page.length)).toEqual([3, 3, 2])
    expect(lines.slice(1).every((line) => line.includes('nextToken='))).toBe(true)
    expect(await textsOf(app, subject)).toEqual(['7', '6', '5', '4', '3', '2', '1', '0'])
    lines.length = 0
    for await (const _ of list) break
    expect(lines).toHaveLength(1)
    await expect(all(referrers(app, subject, { strategy, maxPages: 2 }))).rejects.toThrow(/pages/)
  })

  test('are all read before the first item where the registry does not sort', async () => {
    const { app, subject, lines } = await setUp({ profile: 'orasMain' })
    for (let i = 0; i < 12; i++) {
      const created = `2026-01-${10 + i}T00:00:00Z`
      await attach(app, subject, note(`${i}`, { [CREATED]: created }), { strategy })
    }
    await all(referrers(app, subject, { strategy }))
    lines.length = 0
    for await (const first of referrers(app, subject, { strategy })) {
      expect(first.annotations?.text).toBe('11')
      break
    }
    expect(asked(lines)).toHaveLength(2)
  })

  test('are sorted to the nanosecond', async () => {
    const { app, subject } = await setUp({ profile: 'orasMain' })
    for (const fraction of ['25', '5', '250000001', '']) {
      const created = `2026-01-01T00:00:00${fraction && `.${fraction}`}Z`
      await attach(app, subject, note(fraction, { [CREATED]: created }), { strategy })
    }
    expect(await textsOf(app, subject)).toEqual(['5', '250000001', '25', ''])
  })

  test('that should be sorted are, where the list itself has dates that say otherwise', async () => {
    const dates = ['2026-01-01T00:00:00Z', undefined, '2026-01-03T00:00:00Z']
    const entries = dates.map((created, i) => ({
      ...later,
      mediaType: OCI,
      digest: `sha256:${`${i}`.repeat(64)}`,
      artifactType: 'a/b',
      ...(created && { annotations: { [CREATED]: created } }),
    }))
    const { app, lines } = await setUp({}, (request, answer) =>
      request.url.includes('/_oci/artifacts/') ? Response.json({ referrers: entries }) : answer(),
    )
    const found = await all(referrers(app, later.digest, { strategy }))
    expect(found.map(({ digest }) => digest.slice(7, 8))).toEqual(['2', '0', '1'])
    expect(lines).toHaveLength(1)
  })

  describe('of a registry that should sort, and does not', () => {
    /** A list of these days of a month, as pages; 0 is undated. */
    const listed = (days: readonly (readonly number[])[]) => {
      const entries = days.map((page, i) =>
        page.map((day) => ({
          ...later,
          mediaType: OCI,
          digest: `sha256:${day}${`${i}`.repeat(63)}`,
          artifactType: 'a/b',
          annotations: { [day ? CREATED : 'other']: `2026-01-0${day}T00:00:00Z` },
        })),
      )
      return setUp({}, (request, answer) => {
        const { pathname, searchParams } = new URL(request.url)
        if (!pathname.endsWith('/_oci/artifacts/referrers')) return answer()
        const at = Number(searchParams.get('nextToken') ?? 0)
        const headers: HeadersInit =
          at + 1 < entries.length ? { link: `<${pathname}?nextToken=${at + 1}>; rel="next"` } : {}
        return Response.json({ referrers: entries[at] }, { headers })
      })
    }
    const daysOf = async (repo: Repository) => {
      const pages = await all(referrers(repo, later.digest, { strategy }).pages())
      return pages.map((page) => page.map(({ digest }) => Number(digest.slice(7, 8))))
    }

    test.each([
      {
        pages: [
          [1, 5],
          [3, 4],
          [2, 6],
        ],
        first: [[6, 5, 4, 3, 2, 1]],
        next: undefined,
      },
      {
        pages: [
          [6, 5],
          [2, 4],
          [3, 1],
        ],
        first: [
          [6, 5],
          [4, 3, 2, 1],
        ],
        next: [[6, 5, 4, 3, 2, 1]],
      },
      { pages: [[0, 2], [1]], first: [[2, 1, 0]], next: undefined },
      { pages: [[2, 0], [1]], first: [[2, 0], [1]], next: [[2, 1, 0]] },
    ])('are given sorted from where the dates say so: $pages', async ({ pages, first, next }) => {
      const { app, another, lines } = await listed(pages)
      expect(await daysOf(app)).toEqual(first)
      expect(lines).toHaveLength(pages.length)
      expect(app.capabilities.artifactsSorted).toBe('unsupported')
      // What was seen is remembered: the next time all are read before the first is given.
      const capabilities = JSON.parse(JSON.stringify(app.capabilities))
      for (const repo of [app, another({ capabilities })]) {
        lines.length = 0
        expect(await daysOf(repo)).toEqual(next ?? first)
        expect(lines).toHaveLength(pages.length)
      }
    })

    test('are passed on as they come while the dates go down', async () => {
      const { app, lines } = await listed([[6, 5], [5, 3], [1, 0], [0]])
      expect(await daysOf(app)).toEqual([[6, 5], [5, 3], [1, 0], [0]])
      expect(app.capabilities.artifactsSorted).toBe('unknown')
      lines.length = 0
      expect(await hasReferrer(app, later.digest, { strategy })).toBe(true)
      expect(lines).toHaveLength(1)
    })

    test('cost a request for each artifact where the list has no dates, once manifests have told', async () => {
      const { app, subject, lines } = await setUp({}, async (request, answer) => {
        const response = await answer()
        if (!request.url.includes('/_oci/artifacts/')) return response
        const { referrers } = (await response.json()) as { referrers: Descriptor[] }
        return Response.json({ referrers: referrers.reverse() })
      })
      for (const day of [1, 2, 3]) {
        const dated = note(`${day}`, { [CREATED]: `2026-01-0${day}T00:00:00Z` })
        await attach(app, subject, dated, { strategy })
      }
      lines.length = 0
      await all(referrers(app, subject.digest, { strategy }))
      expect(lines).toHaveLength(1)
      expect(await textsOf(app, subject.digest)).toEqual(['3', '2', '1'])
      lines.length = 0
      const found = await all(referrers(app, subject.digest, { strategy }))
      expect(found.map(({ annotations }) => annotations?.text)).toEqual(['3', '2', '1'])
      expect(lines).toHaveLength(4)
    })
  })

  test('of OCI 1.1’s list are left alone where ORAS’s has all', async () => {
    const options = { artifactApi: 'oras-first', referrersApi: true, pageSize: 1 } as const
    const { app, subject, lines, another } = await setUp(options)
    for (const text of ['one', 'two', 'three']) {
      await attach(app, subject, note(text), { strategy })
    }
    lines.length = 0
    const found = await all(referrers(another(), subject.digest, { strategy }))
    expect(found).toHaveLength(3)
    expect(asked(lines)).toHaveLength(4)
  })

  test('of the first generation cost a request for each artifact, because of the order', async () => {
    const { app, subject, lines } = await setUp({ profile: 'orasFirst' })
    await attach(app, subject, note('one'), { strategy })
    await all(referrers(app, subject, { strategy }))
    lines.length = 0
    await all(referrers(app, subject, { strategy }))
    // One alone needs no order.
    expect(lines).toHaveLength(1)
    for (const text of ['two', 'three']) await attach(app, subject, note(text), { strategy })
    lines.length = 0
    await all(referrers(app, subject, { strategy }))
    expect(lines).toHaveLength(4)
  })
})

describe('detach', () => {
  test('looks at the list after it', async () => {
    const { app, subject, lines } = await setUp()
    const { digest } = await attach(app, subject, note('x'), { strategy })
    lines.length = 0
    expect(await detach(app, subject, digest, { strategy })).toEqual({
      digest,
      deleted: true,
      confirmed: true,
    })
    const methods = lines.map((line) => line.split(/[ ]/)[0])
    expect(methods).toEqual(['GET', 'GET', 'HEAD', 'DELETE', 'GET'])
  })

  test.each(['orasFirst', 'orasRc', 'orasRc3'] as const)(
    'tells that the list is damaged where a delete broke it, and a listing never takes that for none: %s',
    async (profile) => {
      const { app, subject, warnings } = await setUp({ profile })
      const { digest } = await attach(app, subject, note('x'), { strategy })
      const kept = await attach(app, subject, note('y'), { strategy })
      expect(await detach(app, subject, digest, { strategy })).toEqual({
        digest,
        deleted: true,
        confirmed: false,
      })
      expect(warnings).toEqual([expect.stringContaining('damaged')])
      const damaged = {
        code: 'REGISTRY_RESPONSE',
        status: 500,
        errors: [expect.objectContaining({ code: 'UNKNOWN' })],
        message: expect.stringContaining('index of this subject’s artifacts is damaged'),
      }
      await expect(all(referrers(app, subject, { strategy }))).rejects.toMatchObject(damaged)
      await expect(hasReferrer(app, subject, { strategy })).rejects.toMatchObject(damaged)
      expect(kept.digest).not.toBe(digest)
    },
  )

  test('does not take every 500 for a damaged list', async () => {
    const { app } = await setUp({}, answerTo('/_oci/artifacts/', '', { status: 500 }))
    const failed = all(referrers(app, 'v1', { strategy }))
    await expect(failed).rejects.toMatchObject({ status: 500 })
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringContaining('damaged') })
  })

  test('leaves what links to the subject otherwise', async () => {
    const { app, subject } = await setUp()
    const { digest } = await attach(app, subject, note('x'))
    await expect(detach(app, subject, digest, { strategy })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: 'referrer',
    })
  })

  test('says so where the registry refuses, and goes on listing it', async () => {
    const { app, subject } = await setUp({ deletes: false })
    const { digest } = await attach(app, subject, note('x'), { strategy })
    await expect(detach(app, subject, digest, { strategy })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      strategy: 'artifact-manifest',
      missing: ['delete'],
    })
  })
})

describe('OCI 1.1 linking', () => {
  test.each(['orasRc3', 'orasMain'] as const)(
    'reads artifact manifests that release candidates listed, by their own type: %s',
    async (profile) => {
      const { app, straight, subject } = await setUp({ profile }, async (request, answer) => {
        const response = await answer()
        if (!request.url.includes('/referrers/')) return response
        // As where types and annotations are not pulled up.
        const index = (await response.json()) as { manifests: Descriptor[] }
        const manifests = index.manifests.map(({ artifactType, annotations, ...bare }) => bare)
        return Response.json({ ...index, manifests }, { headers: { 'content-type': INDEX } })
      })
      const { digest, artifactType } = await attach(straight, subject, note('x'), { strategy })
      const filters = [
        { artifactType: artifactType! },
        { annotations: { text: 'x' } },
        { verify: true },
      ]
      for (const filter of filters) {
        expect(await all(referrers(app, subject, filter))).toMatchObject([
          { digest, artifactType, annotations: { text: 'x' }, via: [{ strategy: 'oci-subject' }] },
        ])
      }
      expect(await detach(app, subject, digest, { settle: 0 })).toMatchObject({ deleted: true })
    },
  )

  test('reads artifact manifests of proposal E’s drafts at the referrers tag', async () => {
    const { app, straight, subject } = await setUp({ referrersApi: false })
    const blob = await pushBlob(straight, 'x', { mediaType: 'text/plain' })
    const draft = await pushDocument(straight, {
      mediaType: OCI,
      artifactType: 'application/vnd.example.icecream.v1',
      blobs: [blob],
      refers: subject,
    })
    const tag = subject.digest.replace(':', '-')
    await pushDocument(straight, { schemaVersion: 2, mediaType: INDEX, manifests: [draft] }, tag)
    expect(await all(referrers(app, subject))).toMatchObject([
      { digest: draft.digest, artifactType: 'application/vnd.example.icecream.v1' },
    ])
  })
})
