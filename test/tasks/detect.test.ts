import { describe, expect, test } from 'vitest'
import { embeddedRegistry, type ProfileName, profiles } from '../../src/embedded/index.ts'
import {
  attach,
  type DetectedStrategy,
  detect,
  type Fetch,
  RegistryError,
  repository,
} from '../../src/index.ts'
import { cosignTags, ociSubject } from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'

const of = (strategies: readonly DetectedStrategy[], name: string) =>
  strategies.find(({ strategy }) => strategy === name)!

test('tells what a registry with the referrers API can be read by and written with, as JSON', async () => {
  const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
  const subject = await pushImage(app)
  const found = await detect(app)
  expect(JSON.parse(JSON.stringify(found))).toEqual(found)
  expect(found).toMatchObject({
    registry: 'registry.test',
    repository: 'team/app',
    subject: subject.digest,
    capabilities: { referrersApi: 'supported' },
  })
  expect(of(found.strategies, 'digest-tags')).toMatchObject({ read: 'supported' })
  expect(of(found.strategies, 'oci-subject')).toMatchObject({ read: 'supported' })
  expect(of(found.strategies, 'oci-subject').requests).toEqual([
    { method: 'GET', path: `/v2/team/app/referrers/${subject.digest}`, status: 200 },
  ])
})

test('tells that the referrers tag stands in where there is no API', async () => {
  const { fetch } = embeddedRegistry({ referrersApi: false })
  const app = repository('registry.test/team/app', { fetch })
  await pushImage(app)
  const { capabilities, strategies } = await detect(app)
  expect(capabilities.referrersApi).toBe('unsupported')
  const asked = strategies.flatMap((each) => each.requests)
  expect(of(strategies, 'oci-subject')).toMatchObject({
    read: 'supported',
    requests: [{ status: 404 }],
  })
  // Several strategies look at that tag; it is read once.
  const reads = asked.filter(({ path }) => /\/manifests\/sha256-[0-9a-f]{64}$/.test(path))
  expect(reads).toHaveLength(1)
})

test.each([undefined, ...(Object.keys(profiles) as ProfileName[])])(
  'writes nothing, and works in a repository that is not there: %s',
  async (profile) => {
    const wire = recorded(embeddedRegistry({ profile }).fetch)
    const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 })
    const { subject, strategies } = await detect(app)
    expect(subject).toBe(`sha256:${'0'.repeat(64)}`)
    // A login page says nothing of the list, and neither does the tag.
    const read = profile === 'gar' ? 'unknown' : 'supported'
    expect(of(strategies, 'oci-subject')).toMatchObject({ read, write: 'unknown' })
    expect(wire.lines().every((line) => /^(GET|HEAD) /.test(line))).toBe(true)
  },
)

test('asks with the first tag that was chosen, and not with one that links', async () => {
  const wire = recorded(embeddedRegistry({ referrersApi: false }).fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch })
  const { digest } = await pushImage(app, 'v1')
  const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json'
  const annotations = { 'dev.cosignproject.cosign/signature': 'MEYCIQ==' }
  const signature = { artifactType: mediaType, blobs: [{ data: '{}', mediaType, annotations }] }
  await attach(app, 'v1', signature, { settle: 0, strategy: cosignTags() })
  wire.reset()
  const found = await detect(repository('registry.test/team/app', { fetch: wire.fetch }))
  expect(found.subject).toBe(digest)
  expect(wire.lines().slice(0, 2)).toEqual(['GET /tags/list?n', 'HEAD /manifests/v1'])
})

test('asks with what is linked to where the first tags all link', async () => {
  const registry = embeddedRegistry({ referrersApi: false })
  const wire = recorded(async (request) =>
    request.url.includes('/tags/list')
      ? Response.json({ name: 'team/app', tags: [`sha512-${hex}.sig`, `sha256-${hex}.sig`] })
      : registry.fetch(request),
  )
  const hex = 'ab'.repeat(32)
  const { subject } = await detect(repository('registry.test/team/app', { fetch: wire.fetch }))
  expect(subject).toBe(`sha256:${hex}`)
})

test.each([401, 500])('does not take %i for an empty repository', async (status) => {
  const registry = embeddedRegistry()
  const fetch: Fetch = async (request) =>
    request.url.includes('/tags/list') ? new Response('', { status }) : registry.fetch(request)
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  await expect(detect(app)).rejects.toThrow()
})

describe('whether links can be written', () => {
  const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }

  test('is not known before anything was pushed, also on a registry that refuses all', async () => {
    const registry = embeddedRegistry()
    const fetch: Fetch = async (request) =>
      request.method === 'GET' || request.method === 'HEAD'
        ? registry.fetch(request)
        : new Response('', { status: 405 })
    const app = repository('registry.test/team/app', { fetch })
    const { strategies } = await detect(app)
    for (const { read, write, because } of strategies) {
      expect(write).not.toBe('supported')
      if (write === 'unknown') expect(because).toBe('only a write would tell')
      expect(read).toBe('supported')
    }
    expect(of(strategies, 'buildkit')).toMatchObject({
      write: 'unsupported',
      because: 'others write it',
    })
  })

  test('is known once a manifest with a subject was taken, also in another process', async () => {
    const { fetch } = embeddedRegistry()
    const app = repository('registry.test/team/app', { fetch })
    await pushImage(app)
    await attach(app, 'v1', note)
    const capabilities = JSON.parse(JSON.stringify(app.capabilities))
    for (const each of [app, repository('registry.test/team/app', { fetch, capabilities })]) {
      const { strategies } = await detect(each)
      for (const name of ['oci-subject', 'digest-tags', 'index-annotations']) {
        expect(of(strategies, name)).toMatchObject({
          write: 'supported',
          because: 'a manifest was pushed (subjectHeader)',
        })
      }
      // That the list is there does not say that what it lists is taken.
      expect(of(strategies, 'artifact-manifest')).toMatchObject({ write: 'unknown' })
    }
  })

  test('is not told by a blob: some registries take no image with a subject', async () => {
    const { fetch } = embeddedRegistry({ profile: 'orasRc3' })
    const app = repository('registry.test/team/app', { fetch })
    await pushImage(app)
    await expect(attach(app, 'v1', note)).rejects.toMatchObject({ status: 400 })
    const { strategies } = await detect(app)
    expect(of(strategies, 'oci-subject')).toMatchObject({ write: 'unknown' })
  })

  test('is no where a way of linking was refused, or its links could not be found', async () => {
    const { fetch } = embeddedRegistry({ profile: 'ggcr' })
    const app = repository('registry.test/team/app', { fetch })
    await pushImage(app)
    const { strategies } = await detect(app)
    expect(of(strategies, 'artifact-manifest')).toMatchObject({
      read: 'unsupported',
      write: 'unsupported',
      because: 'its links are not listed',
    })
    const known = repository('registry.test/team/app', {
      fetch,
      capabilities: { artifactManifests: 'unsupported' },
    })
    const again = await detect(known)
    expect(of(again.strategies, 'artifact-manifest')).toMatchObject({
      write: 'unsupported',
      because: 'the registry lacks artifactManifests',
    })
  })
})

test('a source that could not be asked is unknown, never unsupported', async () => {
  const registry = embeddedRegistry()
  const fetch: Fetch = async (request) =>
    request.url.includes('/referrers/')
      ? new Response('', { status: 503 })
      : registry.fetch(request)
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  await pushImage(app)
  const found = await detect(app)
  expect(of(found.strategies, 'oci-subject')).toMatchObject({
    read: 'unknown',
    error: expect.any(RegistryError),
  })
  // As JSON too.
  const { strategies } = JSON.parse(JSON.stringify(found))
  expect(of(strategies, 'oci-subject').error).toMatchObject({ code: 'UNAVAILABLE', status: 503 })
})

test('tells strategies of one name apart, by their options and in the order in which they are given', async () => {
  const registry = embeddedRegistry()
  const fetch: Fetch = async (request) =>
    request.url.endsWith('.att') ? new Response('', { status: 500 }) : registry.fetch(request)
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  await pushImage(app)
  const given = [cosignTags({ suffix: 'sig' }), cosignTags({ suffix: 'att' }), ociSubject()]
  const { strategies } = await detect(app, { strategies: given })
  expect(strategies.map(({ strategy, options, read }) => [strategy, options, read])).toEqual([
    ['cosign-tags', { suffix: 'sig' }, 'supported'],
    ['cosign-tags', { suffix: 'att' }, 'unknown'],
    ['oci-subject', undefined, 'supported'],
  ])
  expect(strategies[1]!.requests).toMatchObject([{ path: expect.stringMatching(/\.att$/) }])
  const { strategies: one } = await detect(app, { strategy: cosignTags({ suffix: 'sig' }) })
  expect(one).toHaveLength(1)
})
