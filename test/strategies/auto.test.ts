import { expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, detach, type Fetch, referrers, referrersTag, repository } from '../../src/index.ts'
import { getManifest, putManifest } from '../../src/registry/index.ts'
import { auto } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'

const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
const choosing = { strategy: auto(), settle: 0 }

async function setUp(
  options: EmbeddedRegistryOptions,
  bend?: (request: Request, answer: () => Promise<Response>) => Promise<Response>,
) {
  const registry = embeddedRegistry(options)
  const fetch: Fetch = (request) =>
    bend ? bend(request, () => registry.fetch(request)) : registry.fetch(request)
  const app = repository('registry.test/team/app', { fetch })
  return { app, subject: await pushImage(app) }
}

test('lets the registry keep the list where it has the API, and says so', async () => {
  const { app } = await setUp({})
  const { via, reason } = await attach(app, 'v1', note, choosing)
  expect(via).toEqual([{ strategy: 'oci-subject', source: 'referrers-api' }])
  expect(reason).toContain('referrers API')
})

test('uses the referrers tag where there is no API, since other tools read it', async () => {
  const { app } = await setUp({ referrersApi: false })
  const { via, reason } = await attach(app, 'v1', note, choosing)
  expect(via).toEqual([{ strategy: 'oci-subject', source: 'referrers-tag' }])
  expect(reason).toContain('referrers tag')
})

test('uses a tag for each link where the referrers tag holds something else', async () => {
  const { app, subject } = await setUp({ referrersApi: false })
  const { bytes, descriptor } = await getManifest(app, 'v1')
  await putManifest(app, referrersTag(subject.digest), bytes, { mediaType: descriptor.mediaType })
  const attached = await attach(app, 'v1', note, choosing)
  expect(attached.via).toMatchObject([{ strategy: 'digest-tags' }])
  expect(attached.reason).toContain('left as it is')
  const found = await all(referrers(app, 'v1', { strategy: auto() }))
  expect(found.map(({ digest }) => digest)).toEqual([attached.digest])
  await detach(app, 'v1', attached.digest, choosing)
  expect(await all(referrers(app, 'v1', { strategy: auto() }))).toEqual([])
})

test('uses a tag for each link where no tag may be moved', async () => {
  let written = false
  const { app } = await setUp(
    { referrersApi: false, conditional: false },
    async (request, answer) => {
      const moves =
        request.method === 'PUT' && /\/manifests\/sha256-[0-9a-f]{64}$/.test(request.url)
      if (moves && written) {
        const errors = [{ code: 'TAG_INVALID', message: 'the tag is immutable' }]
        return Response.json({ errors }, { status: 400 })
      }
      written ||= moves
      return answer()
    },
  )
  const first = await attach(app, 'v1', note, choosing)
  const second = await attach(app, 'v1', { ...note, annotations: { text: 'y' } }, choosing)
  expect(first.via).toMatchObject([{ source: 'referrers-tag' }])
  expect(second.via).toMatchObject([{ strategy: 'digest-tags' }])
  expect(second.reason).toContain('immutable')
  expect(await all(referrers(app, 'v1', { strategy: auto() }))).toHaveLength(2)
})

test('passes other failures on', async () => {
  const { app } = await setUp({}, async (request, answer) =>
    request.method === 'PUT' && request.url.includes('/manifests/sha256:')
      ? Response.json({ errors: [{ code: 'DENIED' }] }, { status: 507 })
      : answer(),
  )
  await expect(attach(app, 'v1', note, choosing)).rejects.toMatchObject({ status: 507 })
})
