// What it costs to look for all kinds of links: the budget of an image with 20 referrers, on registries as they are in
// the field. Each line that this test lists is a request that somebody waits for.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { embeddedRegistry, type ProfileName } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  discover,
  link,
  type Repository,
  type RepositoryOptions,
  repository,
} from '../../../src/index.ts'
import { pushBlob, putManifest } from '../../../src/registry/index.ts'
import { artifactManifest, cosignTags, ociSubject } from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

const BUDGET = 12
const profiles: readonly (ProfileName | undefined)[] = [
  ...([undefined, 'olareg', 'zot', 'ggcr', 'distribution2', 'distribution3'] as const),
  ...(['quay', 'harbor', 'ghcr', 'ecr', 'dockerHub', 'acr'] as const),
]

async function setUp(profile: ProfileName | undefined, tags: number) {
  const registry = embeddedRegistry(profile === undefined ? {} : { profile })
  const before = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = await pushImage(before)
  for (let i = 0; i < tags; i++) await pushImage(before, `v1.${i}`)
  const blob = await pushBlob(before, 'x', { mediaType: 'text/plain' })
  const notes = Array.from({ length: 20 }, (_, i) => ({
    artifactType: 'text/plain',
    blobs: [blob],
    annotations: { i: `${i}` },
  }))
  await link(before, subject, notes, { settle: 0 })
  const wire = recorded(registry.fetch, 20)
  const fresh = () => repository('registry.test/team/app', { fetch: (one) => wire.fetch(one) })
  const look = async (app: Repository, what: string) => {
    wire.reset()
    const { flat, complete } = await discover(app, what)
    expect([flat.length, complete]).toEqual([20, true])
    return wire.lines()
  }
  return { subject, wire, fresh, look }
}

// A machine that stalls makes what runs at once look as if it waited.
describe.each(profiles)('an image with 20 referrers on %s', { retry: 3 }, (profile) => {
  test(`costs at most ${BUDGET} requests and 3 round trips the first time, by digest and by tag, and no request twice`, async () => {
    const { subject, wire, fresh, look } = await setUp(profile, 0)
    for (const what of [subject.digest, 'v1']) {
      const app = fresh()
      const lines = await look(app, what)
      expect(lines.toSorted()).toEqual([...new Set(lines)].toSorted())
      expect(lines.length, lines.join('\n')).toBeLessThanOrEqual(BUDGET)
      expect(wire.depth(), lines.join('\n')).toBeLessThanOrEqual(3)
      expect((await look(app, what)).length).toBeLessThanOrEqual(lines.length)
      expect(wire.depth()).toBeLessThanOrEqual(2)
    }
  })
})

test('with more tags than are on a page costs a request more, once', async () => {
  const { subject, fresh, look } = await setUp('olareg', 150)
  const app = fresh()
  expect((await look(app, subject.digest)).length).toBeLessThanOrEqual(BUDGET + 1)
  expect((await look(app, subject.digest)).length).toBeLessThanOrEqual(BUDGET)
})

describe('a list that two ways of linking read', () => {
  const strategies = [ociSubject(), artifactManifest()]

  test.each([503, 429, 500])('is sent for again where it failed with %d', async (status) => {
    const { fetch } = embeddedRegistry({ profile: 'olareg' })
    let lists = 0
    const app = repository('registry.test/team/app', {
      retries: 0,
      fetch: async (request) => {
        if (!request.url.includes('/referrers/sha256:') || ++lists > 1) return fetch(request)
        return new Response(null, { status })
      },
    })
    const { digest } = await pushImage(app)
    const { sources } = await discover(app, digest, { strategies })
    expect(sources.map((source) => [source.strategy, source.status])).toEqual([
      ['oci-subject', 'failed'],
      ['artifact-manifest', 'answered'],
    ])
    expect(lists).toBe(2)
  })

  test('counts for the one that sent for it, and has the same for both', async () => {
    const { fetch } = embeddedRegistry({ profile: 'orasMain' })
    const app = repository('registry.test/team/app', { fetch })
    const image = await pushImage(app)
    await link(app, image, [{ artifactType: 'text/plain', blobs: [] }], {
      strategy: artifactManifest(),
    })
    const { flat, sources } = await discover(app, image.digest, { strategies })
    expect(flat.map(({ via }) => via.map((one) => one.strategy))).toEqual([
      ['oci-subject', 'artifact-manifest'],
    ])
    const lists = sources.flatMap(({ requests }) => requests).map(({ path }) => path)
    expect(lists.filter((path) => /app\/referrers\/sha256:/.test(path))).toHaveLength(1)
  })

  test('over 4 MiB is an error of both', async () => {
    const { fetch } = embeddedRegistry({ profile: 'olareg' })
    const app = repository('registry.test/team/app', {
      fetch: (request) =>
        request.url.includes('/referrers/sha256:')
          ? Promise.resolve(
              new Response(`{"schemaVersion":2,"manifests":[]${' '.repeat(4 * 1024 * 1024)}}`, {
                headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
              }),
            )
          : fetch(request),
    })
    const { digest } = await pushImage(app)
    const { sources, complete } = await discover(app, digest, { strategies })
    expect(sources.map(({ error }) => error)).toMatchObject([
      { code: 'TOO_LARGE' },
      { code: 'TOO_LARGE' },
    ])
    expect(complete).toBe(false)
  })
})

describe('referrers of referrers', () => {
  async function setUpLevels(bend: (request: Request) => Response | undefined = () => undefined) {
    const registry = embeddedRegistry({ profile: 'distribution2' })
    const before = repository('registry.test/team/app', { fetch: registry.fetch })
    const subject = await pushImage(before)
    const made: string[] = []
    for (let i = 0; i < 8; i++) {
      const one = await attach(
        before,
        subject,
        { artifactType: 'text/plain', annotations: { i: `${i}` } },
        { settle: 0 },
      )
      made.push(one.digest)
      if (i >= 3) continue
      made.push(
        (await attach(before, one, { artifactType: 'text/signature' }, { settle: 0 })).digest,
      )
    }
    const wire = recorded(async (request) => bend(request) ?? registry.fetch(request))
    return {
      app: repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 }),
      made,
      wire,
    }
  }

  test('cost one list of the tags, and no look at a tag that is not there', async () => {
    const { app, made, wire } = await setUpLevels()
    const { flat, complete } = await discover(app, 'v1', { depth: 2 })
    expect(flat.map(({ digest }) => digest).toSorted()).toEqual(made.toSorted())
    expect(complete).toBe(true)
    expect(wire.lines().length, wire.lines().join('\n')).toBeLessThanOrEqual(25)
  })

  test.each([
    ['is empty', () => Response.json({ name: 'team/app', tags: [] })],
    ['lacks the referrers tags', () => Response.json({ name: 'team/app', tags: ['v1'] })],
    [
      'is a page of several',
      () =>
        Response.json(
          { name: 'team/app', tags: ['v1'] },
          { headers: { link: '</v2/team/app/tags/list?last=v1>; rel="next"' } },
        ),
    ],
    ['fails', () => new Response('busy', { status: 503 })],
    [
      'is long',
      () =>
        Response.json({
          name: 'team/app',
          tags: Array.from({ length: 1001 }, (_, i) => (i === 0 ? 'v1' : `v1.${i}`)),
        }),
    ],
  ])('are found where the list of tags %s', async (_, answer) => {
    const { app, made } = await setUpLevels(({ url }) =>
      url.endsWith('/tags/list') ? answer() : undefined,
    )
    const found = await discover(app, 'v1', { depth: 2, strategies: [ociSubject()] })
    expect(found.flat.map(({ digest }) => digest).toSorted()).toEqual(made.toSorted())
    expect(found.complete).toBe(true)
  })
})

describe('at the second level', () => {
  /** An image with a referrer, which has one of its own; what `discover()` of both levels reads by digest. */
  async function readBy(profile: ProfileName, list: (referrer: Descriptor) => object) {
    const { fetch } = embeddedRegistry({ profile })
    const before = repository('registry.test/team/app', { fetch })
    const { digest } = await pushImage(before)
    const note = { artifactType: 'text/plain' }
    const referrer = await attach(before, digest, note, { settle: 0 })
    await attach(before, referrer, note, { settle: 0 })
    const gets: string[] = []
    const app = repository('registry.test/team/app', {
      async fetch(request) {
        const { pathname } = new URL(request.url)
        gets.push(pathname)
        const response = await fetch(request)
        const isList = [`/manifests/${digest.replace(':', '-')}`, `/referrers/${digest}`]
        if (!isList.some((end) => pathname.endsWith(end)) || !response.ok) return response
        const index = await response.json()
        const manifests = index.manifests.map((one: Descriptor) => ({ ...one, ...list(one) }))
        const bytes = new TextEncoder().encode(JSON.stringify({ ...index, manifests }))
        const headers = { 'content-type': index.mediaType }
        return new Response(bytes, { headers })
      },
    })
    const { flat, complete } = await discover(app, digest, { depth: 2 })
    expect([flat.length, complete]).toEqual([2, true])
    return gets.filter((path) => path.endsWith(`/manifests/${referrer.digest}`)).length
  }

  const images = [
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.oci.artifact.manifest.v1+json',
  ]

  test.each(images)(
    'what the registry lists as an %s is not read for what it lists',
    async (mediaType) => {
      expect(await readBy('olareg', () => ({ mediaType }))).toBe(0)
    },
  )

  test.each(['application/vnd.oci.image.index.v1+json', 'application/vnd.example.list'])(
    'what may be an index is read, once: %s',
    async (mediaType) => {
      expect(await readBy('olareg', () => ({ mediaType }))).toBe(1)
    },
  )

  test.each(images)('what a client lists as an %s is read, once', async (mediaType) => {
    expect(await readBy('distribution2', () => ({ mediaType }))).toBe(1)
  })

  test('an index that a client lists as an image is gone through all the same', async () => {
    const { fetch } = embeddedRegistry({ profile: 'distribution2' })
    const app = repository('registry.test/team/app', { fetch })
    const subject = await pushImage(app)
    const inner = await pushImage(app, 'inner', 'inner')
    const attestation = await pushImage(app, 'attestation', 'attestation')
    const about = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': inner.digest,
    }
    const index = 'application/vnd.oci.image.index.v1+json'
    const { descriptor } = await putManifest(app, 'bundle', {
      schemaVersion: 2,
      mediaType: index,
      artifactType: 'application/vnd.example.bundle',
      subject,
      manifests: [inner, { ...attestation, annotations: about }],
    })
    const entry = { ...descriptor, mediaType: images[0]! }
    await putManifest(app, subject.digest.replace(':', '-'), {
      schemaVersion: 2,
      mediaType: index,
      manifests: [{ ...entry, artifactType: 'application/vnd.example.bundle' }],
    })
    const { flat } = await discover(app, subject.digest, { depth: 2 })
    expect(flat.map(({ digest }) => digest)).toEqual([descriptor.digest, attestation.digest])
  })
})

describe('in a page', () => {
  afterEach(() => void vi.unstubAllGlobals())

  /** An image with referrers at two levels, and one at a cosign tag; requests of a page, and which were 404. */
  async function setUpPage(bend: (request: Request) => Response | undefined = () => undefined) {
    const { fetch } = embeddedRegistry({ profile: 'distribution2' })
    const before = repository('registry.test/team/app', { fetch })
    const image = await pushImage(before)
    const note = { artifactType: 'text/plain' }
    const first = await attach(before, image, note, { settle: 0 })
    const second = await attach(before, first, note, { settle: 0 })
    const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json'
    const annotations = { 'dev.cosignproject.cosign/signature': 'c2ln' }
    const blobs = [{ data: '{}', mediaType, annotations }]
    const signing = { artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json', blobs }
    const strategy = cosignTags()
    const signature = await attach(before, image, signing, { strategy, settle: 0 })
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11)' })
    const missing: string[] = []
    const page = (options: RepositoryOptions = {}) =>
      repository('registry.test/team/app', {
        ...options,
        fetch: async (request) => {
          const response = bend(request) ?? (await fetch(request))
          const { pathname } = new URL(request.url)
          if (response.status === 404) missing.push(pathname.replace('/v2/team/app/', ''))
          return response
        },
      })
    const made = [first, second, signature].map(({ digest }) => digest).toSorted()
    return { image, made, missing, page }
  }

  test.each([1, 2])('no tag is requested that is not there, with depth %i', async (depth) => {
    const { image, made, missing, page } = await setUpPage()
    for (const subject of ['v1', image.digest]) {
      const { flat, complete } = await discover(page(), subject, { depth })
      expect(flat.length).toBe(depth === 1 ? 2 : made.length)
      expect(complete).toBe(true)
    }
    expect(missing.filter((path) => path.startsWith('manifests/sha256-'))).toEqual([])
  })

  test.each([
    ['is empty', []],
    ['lacks the subject', ['v2']],
    ['lacks the referrers tag', ['v1']],
  ])('all is found where the list of tags %s', async (_, tags) => {
    const { made, page } = await setUpPage(({ url }) =>
      url.includes('/tags/list') ? Response.json({ name: 'team/app', tags }) : undefined,
    )
    const { flat } = await discover(page(), 'v1', { depth: 2 })
    expect(flat.map(({ digest }) => digest).toSorted()).toEqual(made)
  })

  test('one request at a time is enough', async () => {
    const { made, page } = await setUpPage()
    const { flat } = await discover(page({ concurrency: 1, timeout: 2000 }), 'v1', { depth: 2 })
    expect(flat.map(({ digest }) => digest).toSorted()).toEqual(made)
  })
})
