import { expect, test } from 'vitest'
import { embeddedRegistry } from '../src/embedded/index.ts'
import { detect, type Fetch, repository } from '../src/index.ts'
import { pushImage } from './_image.ts'
import { recorded } from './_wire.ts'

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
    strategies: {
      'oci-subject': { read: 'supported', write: 'supported' },
      'digest-tags': { read: 'supported', write: 'supported' },
    },
  })
  expect(found.strategies['oci-subject']!.asked).toEqual([
    { method: 'GET', path: `/v2/team/app/referrers/${subject.digest}`, status: 200 },
  ])
})

test('tells that the referrers tag stands in where there is no API', async () => {
  const { fetch } = embeddedRegistry({ referrersApi: false })
  const app = repository('registry.test/team/app', { fetch })
  await pushImage(app)
  const { capabilities, strategies } = await detect(app)
  expect(capabilities.referrersApi).toBe('unsupported')
  const asked = Object.values(strategies).flatMap((each) => each.asked)
  expect(strategies['oci-subject']).toMatchObject({ read: 'supported', asked: [{ status: 404 }] })
  // Several strategies look at that tag; it is read once.
  const reads = asked.filter(({ path }) => /\/manifests\/sha256-[0-9a-f]{64}$/.test(path))
  expect(reads).toHaveLength(1)
})

test('writes nothing, and works in an empty repository', async () => {
  const wire = recorded(embeddedRegistry().fetch)
  const app = repository('registry.test/team/app', { fetch: wire.fetch })
  const { subject } = await detect(app).catch(() => ({ subject: '' }))
  expect(wire.lines().every((line) => /^(GET|HEAD) /.test(line))).toBe(true)
  expect(subject).toMatch(/^$|^sha256:0{64}$/)
})

test('a source that could not be asked is unknown, never unsupported', async () => {
  const registry = embeddedRegistry()
  const fetch: Fetch = async (request) =>
    request.url.includes('/referrers/')
      ? new Response('', { status: 503 })
      : registry.fetch(request)
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  await pushImage(app)
  const { strategies } = await detect(app)
  expect(strategies['oci-subject']).toMatchObject({
    read: 'unknown',
    error: expect.stringContaining('503'),
  })
})
