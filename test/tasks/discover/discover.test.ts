import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Digest,
  type Discovery,
  discover,
  type Fetch,
  newest,
  type Repository,
  repository,
  type Strategy,
  UnsupportedError,
} from '../../../src/index.ts'
import { deleteManifest, getManifest, listing, putManifest } from '../../../src/registry/index.ts'
import {
  artifactManifest,
  buildkit,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'
import { pushLayout } from '../../_layout.ts'
import { recorded } from '../../_wire.ts'
import { lists } from '../_strategies.ts'

const alone = { settle: 0 }
const thing = (text: string, more: object = {}) => ({
  artifactType: 'application/vnd.example.thing',
  annotations: { text },
  ...more,
})

function setUp(options: Parameters<typeof embeddedRegistry>[0] = {}, delay = 0) {
  const wire = recorded(embeddedRegistry(options).fetch, delay)
  return { app: repository('registry.test/team/app', { fetch: wire.fetch }), wire }
}

const digests = (list: readonly { digest: string }[]) => list.map(({ digest }) => digest).sort()

/** The same image linked to in three ways. */
async function linkedThreeWays(app: Repository) {
  const subject = await pushImage(app)
  const one = await attach(app, subject, thing('by subject'), alone)
  const two = await attach(app, subject, thing('by tag'), { ...alone, strategy: digestTags() })
  const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json'
  const annotations = { 'dev.cosignproject.cosign/signature': 'MEYCIQ==' }
  const signature = { artifactType: mediaType, blobs: [{ data: '{}', mediaType, annotations }] }
  const three = await attach(app, subject, signature, { ...alone, strategy: cosignTags() })
  return { subject, one, two, three }
}

describe('discover', () => {
  test.each([
    ['with the referrers API', {}],
    ['without it', { referrersApi: false }],
  ])('finds what was linked in any way, on a registry %s', async (_, options) => {
    const { app } = setUp(options)
    const { one, two, three } = await linkedThreeWays(app)
    const found = await discover(app, 'v1')
    expect(digests(found.referrers)).toEqual(digests([one, two, three]))
    expect(found.complete).toBe(true)
    expect(found.sources.every(({ status }) => status === 'answered')).toBe(true)
    const via = (digest: string) =>
      found.referrers.find((each) => each.digest === digest)!.via.map(({ strategy }) => strategy)
    expect(via(one.digest)).toContain('oci-subject')
    expect(via(two.digest)).toEqual(['digest-tags'])
    expect(via(three.digest)).toEqual(['cosign-tags'])
  })

  test('lists a referrer that was found in two ways once, with both', async () => {
    const { app } = setUp({ referrersApi: false })
    const subject = await pushImage(app)
    const { digest } = await attach(app, subject, thing('x'), alone)
    const found = await discover(app, subject, { strategies: [ociSubject(), ociSubject()] })
    expect(digests(found.referrers)).toEqual([digest])
    expect(found.referrers[0]!.via).toHaveLength(1)
    expect(found.sources).toHaveLength(2)
  })

  test('says that it is not complete when a source fails, and which and why', async () => {
    const registry = embeddedRegistry()
    const fetch: Fetch = async (request) =>
      request.url.includes('/tags/list')
        ? new Response('', { status: 500 })
        : registry.fetch(request)
    const app = repository('registry.test/team/app', { fetch, retries: 0 })
    const subject = await pushImage(app)
    const { digest } = await attach(app, subject, thing('x'))
    const found = await discover(app, subject)
    expect(digests(found.referrers)).toEqual([digest])
    expect(found.complete).toBe(false)
    const failed = found.sources.filter(({ status }) => status === 'failed')
    expect(failed).toMatchObject([
      { strategy: 'digest-tags', subject: subject.digest, error: { status: 500 } },
    ])
    expect(failed[0]!.requests).toContainEqual({
      method: 'GET',
      path: '/v2/team/app/tags/list',
      status: 500,
    })
  })

  test('a source whose first question failed has failed, whatever the second one finds', async () => {
    const { app } = setUp()
    const subject = await pushImage(app)
    const lacking = new UnsupportedError('not here', {
      strategy: 'oci-subject',
      missing: [],
      alternatives: [],
    })
    const down = new Error('down')
    const asked = async (first: Error, second: Error) => {
      const errors = [first, second]
      const strategy: Strategy = {
        ...ociSubject(),
        discover: () =>
          listing(async function* () {
            yield []
            throw errors.shift()
          }),
      }
      const { artifactType } = thing('x')
      return discover(app, subject, { strategies: [strategy], depth: 2, artifactType })
    }
    for (const [first, second] of [
      [down, lacking],
      [lacking, down],
    ] as const) {
      const { complete, sources } = await asked(first, second)
      expect(complete).toBe(false)
      expect(sources).toMatchObject([{ status: 'failed', error: down }])
    }
  })

  test('is complete on a registry that has no support for some ways of linking', async () => {
    const { app } = setUp({ profile: 'distribution3' })
    const { one, two, three } = await linkedThreeWays(app)
    const found = await discover(app, 'v1')
    expect(found.sources.map(({ status }) => status)).toContain('unsupported')
    expect(found.complete).toBe(true)
    expect(digests(found.referrers)).toEqual(digests([one, two, three]))
  })

  test('follows referrers of referrers to the asked depth, as a tree and as a list', async () => {
    const { app } = setUp()
    const subject = await pushImage(app)
    const sbom = await attach(app, subject, thing('sbom'))
    const signature = await attach(app, sbom.digest, thing('signature'))
    const stamp = await attach(app, signature.digest, thing('stamp'))

    const shallow = await discover(app, subject)
    expect(shallow.referrers).toMatchObject([{ digest: sbom.digest, referrers: [] }])
    const deep = await discover(app, subject, { depth: 3 })
    expect(deep.referrers).toMatchObject([
      {
        digest: sbom.digest,
        referrers: [
          { digest: signature.digest, referrers: [{ digest: stamp.digest, referrers: [] }] },
        ],
      },
    ])
    expect(digests(deep.flat)).toEqual(digests([sbom, signature, stamp]))
    const leaf = await discover(app, subject, { depth: 3, annotations: { text: 'stamp' } })
    expect(digests(leaf.flat)).toEqual([stamp.digest])
    expect(leaf.referrers[0]!.referrers[0]!.referrers[0]!.digest).toBe(stamp.digest)
  })

  test('looks at the index, at its platforms, or at all of them', async () => {
    const { app } = setUp()
    const amd64 = await pushImage(app, 'amd64', 'amd64')
    const arm64 = await pushImage(app, 'arm64', 'arm64')
    const { descriptor } = await putManifest(app, 'multi', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [
        { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
        { ...arm64, platform: { os: 'linux', architecture: 'arm64' } },
      ],
    })
    const ofIndex = await attach(app, descriptor, thing('index'))
    const ofArm = await attach(app, arm64, thing('arm'))
    const look = async (scope: 'index' | 'platform' | 'all') =>
      digests((await discover(app, 'multi', { scope })).referrers)
    expect(await look('index')).toEqual([ofIndex.digest])
    expect(await look('platform')).toEqual([ofArm.digest])
    expect(await look('all')).toEqual(digests([ofIndex, ofArm]))
  })

  test('filters by type, annotation and date, and tells the newest', async () => {
    const { app } = setUp()
    const subject = await pushImage(app)
    const at = (day: string) => ({ created: new Date(`2026-01-${day}T00:00:00Z`) })
    const early = await attach(app, subject, thing('a', at('01')))
    const late = await attach(app, subject, thing('b', at('20')))
    const undated = await attach(app, subject, thing('c'))
    const other = await attach(app, subject, {
      artifactType: 'application/vnd.example.other',
      ...at('30'),
    })

    const look = async (filter: Parameters<typeof discover>[2]) =>
      digests((await discover(app, subject, filter)).referrers)
    expect(await look({ artifactType: early.artifactType! })).toEqual(
      digests([early, late, undated]),
    )
    const types = [other.artifactType!, early.artifactType!]
    expect(await look({ artifactType: types })).toEqual(digests([early, late, undated, other]))
    expect(await look({ artifactType: types, depth: 2 })).toHaveLength(4)
    expect(await look({ annotations: { text: 'b' } })).toEqual([late.digest])
    expect(await look({ since: new Date('2026-01-10') })).toEqual(digests([late, other]))
    expect(await look({ until: new Date('2026-01-10') })).toEqual([early.digest])
    const { referrers } = await discover(app, subject)
    expect(newest(referrers)?.digest).toBe(other.digest)
    expect(newest(referrers, { artifactType: early.artifactType! })?.digest).toBe(late.digest)
    expect(newest([])).toBeUndefined()
  })

  test('stops at the most that may be followed, and says so', async () => {
    const { app } = setUp()
    const subject = await pushImage(app)
    for (let i = 0; i < 5; i++) await attach(app, subject, thing(`${i}`))
    const found = await discover(app, subject, { maxReferrers: 3, strategies: [ociSubject()] })
    expect(found.referrers).toHaveLength(3)
    expect(found.complete).toBe(false)
  })

  test.each([
    ['depth', { depth: 0 }],
    ['maxReferrers', { maxReferrers: 1.5 }],
    ['since', { since: new Date('x') }],
    ['scope', { scope: 'everything' as 'all' }],
  ])('names the option that is wrong: %s', async (path, options) => {
    const { app } = setUp()
    const subject = await pushImage(app)
    await expect(discover(app, subject, options)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path,
    })
  })

  test('passes an abort through, and says that a tag is missing', async () => {
    const { app } = setUp()
    await pushImage(app)
    const reason = new Error('enough')
    await expect(discover(app, 'v1', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(discover(app, 'v9')).rejects.toMatchObject({ status: 404 })
  })
})

const CREATED = 'org.opencontainers.image.created'
const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json'
const bareLists = { name: 'bare', source: 'test', date: '2026-11' }

describe('filters find the same whatever the depth', () => {
  const marked = (more: object = {}) => ({
    artifactType: 'application/vnd.example.marked',
    annotations: { mark: 'x', [CREATED]: '2026-02-01T00:00:00Z' },
    ...more,
  })
  const unmarked = {
    artifactType: 'application/vnd.example.unmarked',
    annotations: { mark: 'y', [CREATED]: '2026-01-01T00:00:00Z' },
  }
  const filters = [
    ['type', { artifactType: marked().artifactType }],
    ['annotation', { annotations: { mark: 'x' } }],
    ['both', { artifactType: marked().artifactType, annotations: { mark: 'x' } }],
    ['since', { since: new Date('2026-01-15') }],
    ['until and annotation', { until: new Date('2026-02-15'), annotations: { mark: 'x' } }],
  ] as const

  test.each([
    ['artifact manifests', {}, artifactManifest],
    ['artifact manifests in ORAS’s first list', { profile: 'orasFirst' }, artifactManifest],
    ['artifact manifests of release candidates', { artifactApi: 'rc' }, artifactManifest],
    ['the reference field', {}, referenceField],
    ['nodes', {}, nodeManifest],
    ['OCI 1.1', {}, ociSubject],
    ['zot 1.4, which lists the config’s type', { profile: 'zot1' }, ociSubject],
    ['ORAS’s last build, which does too', { profile: 'orasMain' }, ociSubject],
    ['the referrers tag', { referrersApi: false }, ociSubject],
    [
      'a list without annotations',
      { profile: { ...bareLists, settings: { referrers: { annotations: false } } } },
      ociSubject,
    ],
    ['digest tags', {}, digestTags],
    ['an annotated index', {}, indexAnnotations],
  ] as const)('with %s', async (_, options, strategy) => {
    const { app } = setUp(options as Parameters<typeof embeddedRegistry>[0])
    const subject = await pushImage(app)
    const link = { ...alone, strategy: strategy() }
    const near = await attach(app, subject, marked(), link)
    const other = await attach(app, subject, unmarked, link)
    const far = await attach(
      app,
      other,
      marked({ blobs: [{ data: 'far', mediaType: 'text/plain' }] }),
      link,
    )

    for (const strategies of [undefined, [strategy()]]) {
      for (const [name, filter] of filters) {
        const shallow = await discover(app, subject.digest, { ...filter, strategies })
        expect([name, digests(shallow.flat)]).toEqual([name, [near.digest]])
        const deep = await discover(app, subject.digest, { ...filter, strategies, depth: 2 })
        expect([name, digests(deep.flat)]).toEqual([name, digests([near, far])])
        const deeper = await discover(app, subject.digest, { ...filter, strategies, depth: 3 })
        expect([name, digests(deeper.flat)]).toEqual([name, digests([near, far])])
        // What leads to something that was asked for is in the tree, and not in the list.
        expect(digests(deep.referrers)).toEqual(digests([near, other]))
        const read = 'annotations' in filter || 'since' in filter
        if (read) expect(newest(deep.flat)?.annotations?.mark).toBe('x')
      }
    }
  })

  test('with entries at the referrers tag that have no annotations', async () => {
    const { app } = setUp({ referrersApi: false })
    const subject = await pushImage(app)
    const { digest } = await attach(app, subject, marked(), alone)
    const { mediaType, size } = await bareEntry(app, digest)
    const { artifactType } = marked()
    const entry = { mediaType, digest, size, artifactType }
    await putReferrersTag(app, subject.digest, [entry])
    for (const depth of [1, 2]) {
      for (const [, filter] of filters) {
        const { flat } = await discover(app, subject, { ...filter, depth })
        expect(digests(flat)).toEqual([digest])
      }
      const { referrers } = await discover(app, subject, { annotations: {}, depth })
      expect(newest(referrers)?.annotations).toMatchObject({ mark: 'x' })
    }
  })

  test('with the statements of BuildKit’s attestations, and cosign’s layers', async () => {
    const { app } = setUp()
    const amd64 = await pushImage(app, 'amd64', 'amd64')
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', size: 2 }
    const empty = `sha256:${'44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'}`
    const blob = { ...config, digest: empty as Digest }
    const { digest: sbom } = await attach(app, amd64, thing('brings the empty blob'))
    await deleteManifest(app, sbom)
    const statement = (predicate: string) => ({
      ...blob,
      mediaType: 'application/vnd.in-toto+json',
      annotations: { 'in-toto.io/predicate-type': predicate },
    })
    const attestation = await putManifest(app, undefined, {
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST,
      config: blob,
      layers: [statement('https://slsa.dev/provenance/v1'), statement('https://spdx.dev/Document')],
    })
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': amd64.digest,
    }
    const platform = { os: 'unknown', architecture: 'unknown' }
    const { descriptor: index } = await putManifest(app, 'multi', {
      schemaVersion: 2,
      mediaType: IMAGE_INDEX,
      manifests: [
        { ...amd64, platform: { os: 'linux', architecture: 'amd64' } },
        { ...attestation.descriptor, platform, annotations },
      ],
    })
    const mediaType = 'application/vnd.dsse.envelope.v1+json'
    const blobs = ['one', 'two'].map((predicateType) => ({
      data: JSON.stringify({ predicateType }),
      mediaType,
      annotations: { predicateType },
    }))
    const cosign = { ...alone, strategy: cosignTags() }
    await attach(app, index, { artifactType: mediaType, blobs }, cosign)

    for (const ask of [
      { annotations: { 'in-toto.io/predicate-type': 'https://spdx.dev/Document' } },
      { annotations: { predicateType: 'two' } },
      { annotations: { predicateType: 'two' }, artifactType: mediaType },
      { annotations: { predicateType: 'three' } },
    ]) {
      const shallow = await discover(app, index, ask)
      const deep = await discover(app, index, { ...ask, depth: 2 })
      const few = 'predicateType' in ask.annotations && ask.annotations.predicateType === 'three'
      expect(shallow.referrers).toHaveLength(few ? 0 : 1)
      expect(deep.referrers).toEqual(shallow.referrers)
      expect(deep.flat).toEqual(shallow.flat)
    }
    const { flat } = await discover(app, index, { annotations: { predicateType: 'two' }, depth: 2 })
    expect(flat[0]!.layers).toHaveLength(1)
  })

  test('and read manifests only where a list says too little', async () => {
    const { app, wire } = setUp()
    const subject = await pushImage(app)
    const strategies = [ociSubject(), artifactManifest()]
    await attach(app, subject, marked())
    await attach(app, subject, marked(), { strategy: artifactManifest() })
    const reads = async (ask: object) => {
      wire.reset()
      await discover(app, subject, { strategies, ...ask })
      return wire.lines().filter((line) => line.startsWith('GET /manifests/sha256:')).length
    }
    for (const depth of [1, 2]) {
      expect(await reads({ depth })).toBe(0)
      expect(await reads({ depth, artifactType: marked().artifactType })).toBe(0)
      expect(await reads({ depth, annotations: { mark: 'x' } })).toBe(1)
      expect(await reads({ depth, since: new Date('2026-01-15') })).toBe(1)
    }
  })
})

describe('a registry that got the referrers API later', () => {
  test.each([
    ['referrers', ociSubject],
    ['references', referenceField],
  ])('keeps what is only at the tag: links by %s', async (kind, strategy) => {
    const registry = embeddedRegistry()
    let hidden: Digest[] = []
    // The registry lists nothing of what was pushed before it had the list.
    const fetch: Fetch = async (request) => {
      const response = await registry.fetch(request)
      if (!new URL(request.url).pathname.includes(`/${kind}`)) return response
      const index = await response.json()
      const manifests = index.manifests.filter(
        ({ digest }: { digest: Digest }) => !hidden.includes(digest),
      )
      return new Response(JSON.stringify({ ...index, manifests }), response)
    }
    const wire = recorded(fetch)
    const app = repository('registry.test/team/app', { fetch: wire.fetch })
    const subject = await pushImage(app)
    const link = { ...alone, strategy: strategy() }
    const early = await attach(app, subject, thing('early'), link)
    const both = await attach(app, subject, thing('both'), link)
    const late = await attach(app, subject, thing('late'), link)
    const gone = await attach(app, subject, thing('gone'), link)
    const { mediaType, digest, size } = subject
    const reference = strategy === referenceField ? { reference: { mediaType, digest, size } } : {}
    await putReferrersTag(
      app,
      subject.digest,
      [early, both, gone].map(({ digest, mediaType, size, artifactType, annotations }) => ({
        ...{ digest, mediaType, size, artifactType: artifactType!, annotations: annotations! },
        ...reference,
      })),
    )
    await deleteManifest(app, gone.digest)
    hidden = [early.digest]

    const found = await discover(app, subject)
    expect(digests(found.referrers)).toEqual(digests([early, both, late]))
    expect(found.referrers.every(({ confirmed }) => confirmed)).toBe(true)
    const via = ({ digest }: { digest: string }) =>
      found.referrers.find((each) => each.digest === digest)!.via.map(({ source }) => source)
    expect(via(early)).toEqual(['referrers-tag'])
    expect(via(late)).toEqual([`${kind}-api`])
    expect(via(both)).toEqual([`${kind}-api`, 'referrers-tag'])
    for (const filter of [
      { artifactType: early.artifactType! },
      { annotations: { text: 'early' } },
    ]) {
      const { referrers } = await discover(app, subject, filter)
      expect(digests(referrers)).toContain(early.digest)
    }
  })

  test('is not asked for manifests that it lists, and nobody is warned of what others keep at the tag', async () => {
    const registry = embeddedRegistry()
    const wire = recorded(registry.fetch)
    const warnings: string[] = []
    const onWarning = ({ message }: { message: string }) => warnings.push(message)
    const app = repository('registry.test/team/app', { fetch: wire.fetch, onWarning })
    const subject = await pushImage(app)
    const { digest, mediaType, size, artifactType } = await attach(app, subject, thing('x'))
    const entry = { digest, mediaType, size, artifactType: artifactType! }
    await putReferrersTag(app, subject.digest, [entry])
    const strategies = [ociSubject()]
    for (const ask of [{}, { artifactType: 'application/none' }, { annotations: { text: 'x' } }]) {
      wire.reset()
      await discover(app, subject, { ...ask, strategies })
      const reads = wire.lines().filter((line) => line.startsWith('GET /manifests/sha256:'))
      // The list is proven before "no"; and the entry has no annotations, so that a filter by them takes a look.
      expect(reads).toHaveLength(Object.keys(ask).length)
    }
    const found = await discover(app, subject)
    expect(found.sources.map(({ count }) => count).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 1].sort())
    await putReferrersTag(app, subject.digest, [{ ...entry, platform: { os: 'linux' } }])
    expect(digests((await discover(app, subject)).referrers)).toEqual([digest])
    expect(warnings).toEqual([])
  })

  test('costs no request more where there is nothing at the tag', async () => {
    const { app, wire } = setUp()
    const { digest } = await pushImage(app)
    await attach(app, digest, thing('x'))
    wire.reset()
    await discover(app, digest)
    const tag = `GET /manifests/${digest.replace(':', '-').slice(0, 15)}`
    expect(wire.lines().filter((line) => line === tag)).toHaveLength(1)
    expect(wire.lines()).toHaveLength(10)
  })

  test('is said to be incomplete when the tag cannot be read', async () => {
    const registry = embeddedRegistry()
    const fetch: Fetch = async (request) =>
      request.method === 'GET' && /manifests\/sha256-[0-9a-f]{64}$/.test(request.url)
        ? new Response('', { status: 500 })
        : registry.fetch(request)
    const app = repository('registry.test/team/app', { fetch, retries: 0 })
    const subject = await pushImage(app)
    const { digest } = await attach(app, subject, thing('x'))
    const found = await discover(app, subject, { strategies: [ociSubject()] })
    expect(digests(found.referrers)).toEqual([digest])
    expect(found.complete).toBe(false)
  })
})

const silent = lists('silent', [])
const layout = new URL('../../vectors/recorded/buildkit0-layout/', import.meta.url)

describe('the platforms of an index', () => {
  const amd64 = 'sha256:206b78b08b0b3808a62dbac3e3a8e72c68639a9835f287dcc85c7bcfc76f1c31'
  const arm64 = 'sha256:80a58a8ed2ad0f60a57ebeb47060af41b5aa861528cd4f2da7531785cb3669eb'
  const ofAmd64 = 'sha256:82ecfd09222a01b9986cceb6fb1e286548047a8285da10f13a3c0e2bf345fa0b'
  const ofArm64 = 'sha256:daf56c5944cdd46aa2c82901b95417f3f76e8b72a5627e3b9abb731988664aed'

  const putIndex = async (app: Repository, manifests: readonly object[], tag?: string) => {
    const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests } as never
    return (await putManifest(app, tag, index)).descriptor
  }

  test('have the attestations that the index lists, however they are linked', async () => {
    const { app } = setUp()
    await pushLayout(app, layout, 'v1')
    for (const scope of ['platform', 'all'] as const) {
      const found = await discover(app, 'v1', { scope })
      expect(found.referrers.map(({ digest, subjects }) => [digest, subjects])).toEqual([
        [ofAmd64, [amd64]],
        [ofArm64, [arm64]],
      ])
      // An entry of the index, and a referrer by its subject: one referrer.
      for (const { via, subject } of found.referrers) {
        expect(via.map(({ strategy }) => strategy).sort()).toEqual(['buildkit', 'oci-subject'])
        expect([amd64, arm64]).toContain(subject.digest)
      }
      const only = await discover(app, 'v1', { scope, strategies: [buildkit()] })
      expect(digests(only.referrers)).toEqual([ofAmd64, ofArm64])
    }
    const { referrers } = await discover(app, 'v1', { strategies: [buildkit()] })
    expect(digests(referrers)).toEqual([ofAmd64, ofArm64])
  })

  test('have the artifacts that the index lists beside them, as proposals D and F have it', async () => {
    const { app } = setUp()
    const [image, other, d, f] = await Promise.all(
      ['image', 'other', 'd', 'f'].map((name) => pushImage(app, name, name)),
    )
    const about = (annotation: string, digest: Digest) => ({
      platform: { os: 'unknown' },
      annotations: { [`org.opencontainers.${annotation}`]: digest },
    })
    const index = await putIndex(app, [
      { ...image, platform: { os: 'linux', architecture: 'amd64' } },
      { ...other, platform: { os: 'linux', architecture: 'arm64' } },
      { ...d, ...about('reference', image!.digest) },
      { ...f, ...about('reference.digest', other!.digest) },
    ])
    for (const scope of ['index', 'platform', 'all'] as const) {
      const { referrers } = await discover(app, index, { scope })
      const found = new Map(referrers.map(({ digest, subjects }) => [digest, subjects]))
      expect(found).toEqual(
        new Map([
          [d!.digest, [image!.digest]],
          [f!.digest, [other!.digest]],
        ]),
      )
    }
  })

  test('have nothing of what is linked to the index itself', async () => {
    const { app } = setUp()
    await pushLayout(app, layout, 'v1')
    const own = await attach(app, 'v1', thing('of the index'))
    const { referrers } = await discover(app, 'v1', { scope: 'platform' })
    expect(digests(referrers)).toEqual([ofAmd64, ofArm64])
    const { referrers: every } = await discover(app, 'v1', { scope: 'all' })
    expect(digests(every)).toEqual(digests([own, { digest: ofAmd64 }, { digest: ofArm64 }]))
  })

  test('are entries of images, whatever else the index lists', async () => {
    const { app } = setUp()
    const push = (name: string) => pushImage(app, name, name)
    const names = ['linux', 'plain', 'unknown', 'architecture', 'docker', 'd', 'f'] as const
    const [linux, plain, unknown, architecture, docker, d, f] = await Promise.all(names.map(push))
    const blob = {
      ...plain!,
      mediaType: 'application/vnd.example.blob',
      digest: `sha256:${'0'.repeat(64)}`,
    }
    const index = await putIndex(app, [
      { ...linux, platform: { os: 'linux', architecture: 'amd64' } },
      { ...linux, platform: { os: 'linux', architecture: 'amd64', variant: 'v2' } },
      plain!,
      { ...unknown, platform: { os: 'unknown', architecture: 'unknown' } },
      { ...architecture, platform: { os: 'linux', architecture: 'unknown' } },
      { ...docker, annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } },
      { ...d, annotations: { 'org.opencontainers.reference': linux!.digest } },
      { ...f, annotations: { 'org.opencontainers.reference.digest': linux!.digest } },
      blob,
    ])
    const strategies = [ociSubject()]
    const { sources } = await discover(app, index, { scope: 'all', strategies })
    expect(sources.map(({ subject }) => subject)).toEqual([
      index.digest,
      linux!.digest,
      plain!.digest,
    ])
  })

  test('are not what a strategy of one’s own marks as a link', async () => {
    const { app } = setUp()
    const [image, link] = await Promise.all(
      ['image', 'link'].map((name) => pushImage(app, name, name)),
    )
    const index = await putIndex(app, [image!, { ...link!, annotations: { 'x.test/about': 'it' } }])
    const own: Strategy = {
      ...lists('own', []),
      marks: ({ annotations }) => annotations?.['x.test/about'] !== undefined,
    }
    const asked = async (strategy: Strategy) => {
      const { sources } = await discover(app, index, { scope: 'platform', strategy })
      return sources.map(({ subject }) => subject)
    }
    expect(await asked(silent)).toEqual([image!.digest, link!.digest, index.digest])
    expect(await asked(own)).toEqual([image!.digest, index.digest])
  })

  test('are those of nested indexes too, down to a limit that is told', async () => {
    const { app } = setUp()
    const amd64 = await pushImage(app, 'amd64', 'amd64')
    const arm64 = await pushImage(app, 'arm64', 'arm64')
    const inner = await putIndex(app, [arm64])
    const outer = await putIndex(app, [
      amd64,
      inner,
      { ...inner, platform: { os: 'linux', architecture: 'arm64' } },
    ])
    const deep = await attach(app, arm64, thing('deep'))
    const own = await attach(app, inner, thing('inner'))
    const look = async (scope: 'platform' | 'all') => {
      const { referrers, complete } = await discover(app, outer, { scope })
      return [digests(referrers), complete]
    }
    expect(await look('platform')).toEqual([[deep.digest], true])
    expect(await look('all')).toEqual([digests([deep, own]), true])

    let nested = inner
    for (let i = 0; i < 20; i++) nested = await putIndex(app, [nested])
    const found = await discover(app, nested, { scope: 'platform', strategies: [ociSubject()] })
    expect(found.complete).toBe(false)
    expect(found.referrers).toEqual([])
  })
})

test('an index of more platforms than any image has is not gone through to its end', async () => {
  const profile = { ...bareLists, settings: { manifests: { requireEntries: 'none' } } } as const
  const { app } = setUp({ profile })
  for (const [count, complete] of [
    [1000, true],
    [1001, false],
  ] as const) {
    const manifests = Array.from({ length: count }, (_, i) => ({
      mediaType: IMAGE_MANIFEST,
      digest: `sha256:${`${i}`.padStart(64, '0')}` as Digest,
      size: 1,
    }))
    const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests } as const
    const { descriptor } = await putManifest(app, undefined, index)
    const found = await discover(app, descriptor, { scope: 'all', strategies: [silent] })
    expect(found.complete).toBe(complete)
  }
})

describe('what is met more than once', () => {
  test('has all subjects that it was found for', async () => {
    const { app } = setUp()
    const amd64 = await pushImage(app, 'amd64', 'amd64')
    const arm64 = await pushImage(app, 'arm64', 'arm64')
    const { descriptor } = await putManifest(app, 'multi', {
      schemaVersion: 2,
      mediaType: IMAGE_INDEX,
      manifests: [amd64, arm64],
    })
    const strategy = digestTags({ subjects: [arm64.digest] })
    const { digest } = await attach(app, amd64, thing('of both'), { ...alone, strategy })
    const found = await discover(app, descriptor, { scope: 'all' })
    expect(found.referrers).toMatchObject([{ digest, subjects: [amd64.digest, arm64.digest] }])
    expect(found.flat).toMatchObject([{ digest, subjects: [amd64.digest, arm64.digest] }])
    const one = await discover(app, arm64)
    expect(one.referrers).toMatchObject([{ digest, subjects: [arm64.digest] }])
  })

  test('has its own referrers wherever it is, and is asked about once', async () => {
    const { app } = setUp()
    const subject = await pushImage(app)
    const left = await attach(app, subject, thing('left'))
    const right = await attach(app, subject, thing('right'))
    const strategy = digestTags({ subjects: [right.digest] })
    const shared = await attach(app, left.digest, thing('shared'), { ...alone, strategy })
    const leaf = await attach(app, shared.digest, thing('leaf'))
    const found = await discover(app, subject, { depth: 3 })
    const below = [{ digest: shared.digest, referrers: [{ digest: leaf.digest, referrers: [] }] }]
    expect(found.referrers).toMatchObject([{ referrers: below }, { referrers: below }])
    expect(digests(found.flat)).toEqual(digests([left, right, shared, leaf]))
    const asked = found.sources.filter(({ subject }) => subject === shared.digest)
    expect(asked.map(({ strategy }) => strategy).sort()).toEqual(
      [...new Set(asked.map(({ strategy }) => strategy))].sort(),
    )
  })

  test('ends where it points at itself in a circle', async () => {
    const { app } = setUp()
    const a = await pushImage(app, 'a', 'a')
    const b = await pushImage(app, 'b', 'b')
    const c = await pushImage(app, 'c', 'c')
    const refer = async (subject: Digest, referrer: object) =>
      putReferrersTag(app, subject, [
        { ...referrer, annotations: { 'org.opencontainers.reference.digest': subject } },
      ])
    await refer(a.digest, b)
    await refer(b.digest, c)
    await refer(c.digest, a)
    const strategies = [indexAnnotations()]
    const found = await discover(app, a, { depth: 100, strategies })
    expect(found.complete).toBe(true)
    expect(digests(found.flat)).toEqual(digests([a, b, c]))
    expect(found.sources).toHaveLength(3)
    expect(JSON.stringify(found).length).toBeLessThan(10_000)
  })
})

test('a chain may be longer than the stack is deep', async () => {
  const { app } = setUp()
  const { digest: first } = await pushImage(app)
  const nth = (n: number) => `sha256:${`${n}`.padStart(64, '0')}` as Digest
  const chain: Strategy = {
    ...ociSubject(),
    discover: (_, subject) =>
      listing(async function* () {
        const level = subject === first ? 0 : Number(subject.slice('sha256:'.length))
        if (level === length) return
        const via = [
          { strategy: 'oci-subject', source: 'referrers-api', kept: 'registry' as const },
        ]
        const digest = nth(level + 1)
        const referrer = { mediaType: IMAGE_MANIFEST, digest, size: 1, confirmed: true, via }
        yield [{ ...referrer, subject: { digest: subject } }]
      }),
  }
  const length = 5000
  const found = await discover(app, first, {
    depth: length + 1,
    maxReferrers: length + 1,
    strategies: [chain],
  })
  expect(found.flat.map(({ digest }) => digest)).toEqual(
    Array.from({ length }, (_, i) => nth(i + 1)),
  )
  let depth = 0
  for (let at = found.referrers; at.length > 0; at = at[0]!.referrers) depth++
  expect(depth).toBe(length)
})

describe('verify', () => {
  test('reads every referrer, and leaves out those that point elsewhere', async () => {
    const { app } = setUp({ referrersApi: false })
    const subject = await pushImage(app)
    const other = await pushImage(app, 'v2', 'other')
    const { digest } = await attach(app, subject, thing('x'), alone)
    const { mediaType, size } = await bareEntry(app, digest)
    const { artifactType } = thing('x')
    const entry = { mediaType, digest, size, artifactType }
    await putReferrersTag(app, other.digest, [entry])
    const strategies = [ociSubject()]
    const count = async (ask: object) => {
      const { referrers } = await discover(app, other, { strategies, ...ask })
      return referrers.map(({ confirmed }) => confirmed)
    }
    expect(await count({})).toEqual([false])
    expect(await count({ verify: true })).toEqual([])
    expect(await count({ verify: true, depth: 2 })).toEqual([])
    const { referrers } = await discover(app, subject, { strategies, verify: true })
    expect(referrers).toMatchObject([{ digest, confirmed: true }])
  })
})

describe('round trips with the defaults', () => {
  const bounds: Readonly<Record<string, [object, first: number, later: number]>> = {
    'the embedded registry': [{}, 2, 2],
    'one without the referrers API': [{ referrersApi: false }, 2, 2],
    'docker-registry 2.8, with dialects to be found out': [{ profile: 'distribution2' }, 2, 2],
    'zot, whose tags cannot be listed from the middle on': [{ profile: 'zot' }, 2, 2],
  }

  test.each(Object.entries(bounds))('to %s', async (_, [options, first, later]) => {
    // Strategies are loaded when they are needed: that is not to be measured.
    await discover(setUp(options).app, `sha256:${'0'.repeat(64)}`)
    const registry = embeddedRegistry(options)
    const { digest } = await pushLinks(
      repository('registry.test/team/app', { fetch: registry.fetch }),
    )
    const wire = recorded(registry.fetch, 25)
    const app = repository('registry.test/team/app', { fetch: wire.fetch })
    const look = async () => {
      wire.reset()
      const found: Discovery = await discover(app, digest)
      expect(found.referrers).toHaveLength(3)
      expect(found.complete).toBe(true)
      const reads = wire.lines().filter((line) => line.startsWith('GET /manifests/'))
      expect(new Set(reads).size).toBe(reads.length)
      return wire.depth()
    }
    expect([await look(), await look()]).toEqual([first, later])
  })
})

const pushLinks = async (app: Repository) => (await linkedThreeWays(app)).subject

/** What a list that has nothing but a descriptor has. */
async function bareEntry(app: Repository, digest: Digest) {
  const { descriptor } = await getManifest(app, digest)
  return descriptor
}

/** Writes the tag as others may have. */
async function putReferrersTag(app: Repository, subject: Digest, manifests: readonly object[]) {
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests } as never
  await putManifest(app, subject.replace(':', '-'), index)
}
