import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Digest,
  detach,
  type Fetch,
  referrers,
  referrersTag,
  repository,
} from '../../../src/index.ts'
import {
  findManifest,
  getManifest,
  listTags,
  pushBlob,
  putManifest,
} from '../../../src/registry/index.ts'
import { auto, digestTags } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'

const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
const choosing = { strategy: auto(), settle: 0 }

async function setUp(
  options: EmbeddedRegistryOptions,
  bend?: (request: Request, answer: () => Promise<Response>) => Promise<Response>,
) {
  const registry = embeddedRegistry(options)
  const fetch: Fetch = (request) =>
    bend ? bend(request, () => registry.fetch(request)) : registry.fetch(request)
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  return { app, subject: await pushImage(app) }
}

test('lets the registry keep the list where it has the API, and says so', async () => {
  const { app } = await setUp({})
  const { via, reason } = await attach(app, 'v1', note, choosing)
  expect(via).toEqual([{ strategy: 'oci-subject', source: 'referrers-api', kept: 'registry' }])
  expect(reason).toContain('referrers API')
})

test('uses the referrers tag where there is no API, since other tools read it', async () => {
  const { app } = await setUp({ referrersApi: false })
  const { via, reason } = await attach(app, 'v1', note, choosing)
  expect(via).toEqual([{ strategy: 'oci-subject', source: 'referrers-tag', kept: 'tag' }])
  expect(reason).toContain('referrers tag')
})

test('uses a tag for each link where the referrers tag holds something else', async () => {
  const { app, subject } = await setUp({ referrersApi: false })
  const { bytes, descriptor } = await getManifest(app, 'v1')
  await putManifest(app, referrersTag(subject.digest), bytes, { mediaType: descriptor.mediaType })
  const attached = await attach(app, 'v1', note, choosing)
  expect(attached.via).toMatchObject([{ strategy: 'digest-tags' }])
  expect(attached.reason).toContain('left as it is')
  // Written before that was known, and perhaps there before: it is not taken away.
  const left = /sha256:[0-9a-f]{64} with its subject stays/.exec(attached.reason!)![0].slice(0, 71)
  expect(await findManifest(app, left)).toBeDefined()
  expect(left).not.toBe(attached.digest)
  const found = await all(referrers(app, 'v1', { strategy: auto() }))
  expect(found.map(({ digest }) => digest)).toEqual([attached.digest])
  await detach(app, 'v1', attached.digest, choosing)
  expect(await all(referrers(app, 'v1', { strategy: auto() }))).toEqual([])
})

test.each([
  ['409 of any code', 409, []],
  ['400 that names it', 400, [{ code: 'DENIED', message: 'this tag is IMMUTABLE' }]],
  ['405 that names it', 405, [{ code: 'TAG_INVALID' }]],
])('uses a tag for each link where moving a tag is refused by %s', async (_, status, errors) => {
  const { app } = await setUp(
    { referrersApi: false, conditional: false },
    async (request, answer) =>
      request.method === 'PUT' && /\/manifests\/sha256-[0-9a-f]{64}$/.test(request.url)
        ? Response.json({ errors }, { status })
        : answer(),
  )
  const { digest, via } = await attach(app, 'v1', note, choosing)
  expect(via).toMatchObject([{ strategy: 'digest-tags' }])
  expect(await all(referrers(app, 'v1', { strategy: auto() }))).toMatchObject([{ digest }])
})

test.each([
  ['404 that says nothing', 404, ''],
  ['404 of a proxy', 404, '<html>'],
  ['403', 403, '{"errors":[{"code":"DENIED"}]}'],
  ['503', 503, ''],
])('chooses no other way because of %s', async (_, status, body) => {
  const { app, subject } = await setUp({}, async (request, answer) =>
    request.method === 'PUT' && request.url.includes('/manifests/sha256:')
      ? new Response(body, { status })
      : answer(),
  )
  await expect(attach(app, subject, note, choosing)).rejects.toMatchObject(
    status === 403 ? { code: 'AUTH_DENIED' } : { status },
  )
})

test('chooses no other way where the referrers tag cannot be written for a moment', async () => {
  const { app } = await setUp({ referrersApi: false }, async (request, answer) =>
    request.method === 'PUT' && /\/manifests\/sha256-[0-9a-f]{64}$/.test(request.url)
      ? new Response('', { status: 503 })
      : answer(),
  )
  await expect(attach(app, 'v1', note, choosing)).rejects.toMatchObject({ status: 503 })
  expect(await all(listTags(app))).toEqual(['v1'])
})

test('detach passes on what the first way fails for, and does not look for the other', async () => {
  const asked: string[] = []
  const { app } = await setUp({}, async (request, answer) => {
    asked.push(request.url)
    return request.method === 'DELETE' ? new Response('', { status: 503 }) : answer()
  })
  const { digest } = await attach(app, 'v1', note, choosing)
  await expect(detach(app, 'v1', digest, choosing)).rejects.toMatchObject({ status: 503 })
  // The first way reads all tags, to see what leads to the manifest; the other would read the manifest again.
  expect(asked.filter((url) => url.includes('/tags/list'))).toHaveLength(1)
  expect(asked.filter((url) => url.endsWith(digest)).slice(1)).toHaveLength(2)
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

describe('a registry where no tag may be moved, and a tag of the caller’s', () => {
  function immutable(hidden?: Response) {
    const written = new Map<string, string>()
    return setUp({ referrersApi: false, conditional: false }, async (request, answer) => {
      const tag = /\/manifests\/([^/:]+)$/.exec(new URL(request.url).pathname)?.[1]
      if (hidden && request.method !== 'PUT' && tag === 'two') return hidden.clone()
      if (request.method !== 'PUT' || !tag) return answer()
      const body = await request.clone().text()
      if ((written.get(tag) ?? body) !== body) {
        const errors = [{ code: 'TAG_INVALID', message: 'the tag is immutable' }]
        return Response.json({ errors }, { status: 400 })
      }
      written.set(tag, body)
      return answer()
    })
  }
  const other = { ...note, annotations: { text: 'y' } }

  test('keeps the tag at the manifest with the subject, links by another, and says so', async () => {
    const { app } = await immutable()
    await attach(app, 'v1', note, { ...choosing, tags: ['one'] })
    const attached = await attach(app, 'v1', other, { ...choosing, tags: ['two'] })
    expect(attached.via).toMatchObject([{ strategy: 'digest-tags' }])
    const { descriptor, bytes } = await getManifest(app, 'two')
    expect(new TextDecoder().decode(bytes)).toContain('"subject"')
    expect(attached.reason).toContain(`${descriptor.digest} with its subject stays, unlisted`)
    expect(attached.reason).toMatch(/leads to it for good: two$/)
    expect(await all(referrers(app, 'v1', { strategy: auto() }))).toHaveLength(2)
  })

  test('throws where the tag is not seen to lead there, when the link is there', async () => {
    const { app } = await immutable(new Response(null, { status: 404 }))
    await attach(app, 'v1', note, choosing)
    const failed = attach(app, 'v1', other, { ...choosing, tags: ['two'] })
    await expect(failed).rejects.toMatchObject({ url: expect.stringMatching(/\/two$/) })
    expect(await all(referrers(app, 'v1', { strategy: auto() }))).toHaveLength(2)
  })

  test('has what else the tag is refused for thrown, when the link is there', async () => {
    const { app } = await setUp({ referrersApi: false }, async (request, answer) => {
      const isManifest = request.method === 'PUT' && request.url.includes('/manifests/')
      const subject = isManifest && (await request.clone().text()).includes('"subject"')
      if (subject) return Response.json({ errors: [{ code: 'MANIFEST_INVALID' }] }, { status: 400 })
      const refused = isManifest && request.url.endsWith('/two')
      if (!refused) return answer()
      const errors = [{ code: 'TAG_INVALID', message: 'the tag is immutable' }]
      return Response.json({ errors }, { status: 400 })
    })
    await expect(attach(app, 'v1', note, { ...choosing, tags: ['two'] })).rejects.toMatchObject({
      errors: [{ code: 'TAG_INVALID' }],
    })
    expect(await all(referrers(app, 'v1', { strategy: auto() }))).toHaveLength(1)
  })
})

test('passes other failures on', async () => {
  const { app } = await setUp({}, async (request, answer) =>
    request.method === 'PUT' && request.url.includes('/manifests/sha256:')
      ? Response.json({ errors: [{ code: 'DENIED' }] }, { status: 507 })
      : answer(),
  )
  await expect(attach(app, 'v1', note, choosing)).rejects.toMatchObject({ status: 507 })
})

/** Refuses whatever has a subject. */
const refusingSubjects = (status: number, code?: string, detail?: unknown) =>
  setUp({ referrersApi: false }, async (request, answer) => {
    const isManifest = request.method === 'PUT' && request.url.includes('/manifests/')
    if (!isManifest || !(await request.clone().text()).includes('"subject"')) return answer()
    return code
      ? Response.json({ errors: [{ code, detail }] }, { status })
      : new Response('', { status })
  })

describe('a registry that takes no manifest with a subject', () => {
  test.each([
    [400, 'MANIFEST_INVALID'],
    [400, undefined],
    [404, 'MANIFEST_UNKNOWN'],
    [405, 'UNSUPPORTED'],
    [405, undefined],
    [415, 'MANIFEST_INVALID'],
  ])('gets a tag for each link, and the reason says so: %i %s', async (status, code) => {
    const { app } = await refusingSubjects(status, code)
    const config = { data: '{"a":1}', mediaType: 'application/vnd.example.config' }
    const blobs = [{ data: 'x', mediaType: 'text/plain', annotations: { name: 'x' } }]
    for (const more of [{}, { blobs }, { blobs, config }]) {
      const attached = await attach(app, 'v1', { ...note, ...more }, { ...choosing, tags: ['t'] })
      expect(attached).toMatchObject({ via: [{ strategy: 'digest-tags' }], ...note })
      expect(attached.reason).toContain(`${status}`)
      expect(attached.reason).not.toContain('stays')
      const { bytes, descriptor } = await getManifest(app, 't')
      expect(descriptor.digest).toBe(attached.digest)
      // The same as digestTags() makes of the artifact.
      const own = await attach(app, 'v1', { ...note, ...more }, { strategy: digestTags() })
      expect(own.digest).toBe(attached.digest)
      expect(new TextDecoder().decode(bytes)).not.toContain('"subject"')
    }
    expect(await all(referrers(app, 'v1', { strategy: auto() }))).toHaveLength(3)
  })

  test('gets the config with the type it was given, even where it is empty', async () => {
    const { app } = await refusingSubjects(405)
    const mediaType = 'application/vnd.example.config+json'
    const blobs = [{ data: 'x', mediaType: 'text/plain' }]
    const artifact = { ...note, config: { data: '{}', mediaType }, blobs }
    const { digest } = await attach(app, 'v1', artifact, choosing)
    const { bytes } = await getManifest(app, digest)
    expect(JSON.parse(new TextDecoder().decode(bytes))).toMatchObject({ config: { mediaType } })
    const own = await attach(app, 'v1', artifact, { strategy: digestTags() })
    expect(own.digest).toBe(digest)
  })

  test('is told from one that misses the subject', async () => {
    const { app, subject } = await refusingSubjects(404, 'MANIFEST_UNKNOWN')
    const missing = { ...subject, digest: `sha256:${'0'.repeat(64)}` as Digest }
    await expect(attach(app, missing, note, choosing)).rejects.toMatchObject({ status: 404 })
  })

  test('may look for it among the blobs, as ORAS’s release candidate did', async () => {
    const { app } = await setUp({ profile: 'orasRc3' })
    const attached = await attach(app, 'v1', note, choosing)
    expect(attached.via).toMatchObject([{ strategy: 'digest-tags' }])
    expect(attached.reason).toContain('MANIFEST_BLOB_UNKNOWN')
    const { digest, mediaType, size } = attached
    const found = await all(referrers(app, 'v1', { strategy: auto() }))
    expect(found).toMatchObject([{ digest, mediaType, size }])
  })

  test('is not one that misses another blob', async () => {
    const { app } = await refusingSubjects(400, 'MANIFEST_BLOB_UNKNOWN', { digest: 'sha256:1' })
    await expect(attach(app, 'v1', note, choosing)).rejects.toMatchObject({ status: 400 })
  })

  test.each([401, 403, 408, 409, 413, 429, 500, 501, 503])('is not meant by %i', async (status) => {
    const { app } = await refusingSubjects(status, 'DENIED')
    await expect(attach(app, 'v1', note, choosing)).rejects.toThrow()
    expect(await all(referrers(app, 'v1', { strategy: digestTags() }))).toEqual([])
  })

  test('is not one that takes no manifests at all: what OCI 1.1 was refused for is thrown', async () => {
    const { app, subject } = await setUp({ referrersApi: false }, async (request, answer) =>
      request.method === 'PUT' && /sha256[-:]/.test(request.url)
        ? new Response('', { status: 405 })
        : answer(),
    )
    await pushBlob(app, '{}')
    const failed = attach(app, subject, note, choosing)
    await expect(failed).rejects.toMatchObject({
      status: 405,
      url: expect.stringMatching(/manifests\/sha256:[0-9a-f]{64}$/),
    })
  })
})

test('does not take a tag of the caller’s that may not be moved for one of its own', async () => {
  const { app } = await setUp({}, async (request, answer) =>
    request.method === 'PUT' && request.url.endsWith('/manifests/v2')
      ? Response.json({ errors: [{ code: 'TAG_INVALID', message: 'immutable' }] }, { status: 400 })
      : answer(),
  )
  await expect(attach(app, 'v1', note, { ...choosing, tags: ['v2'] })).rejects.toMatchObject({
    status: 400,
  })
  expect(await all(referrers(app, 'v1', { strategy: auto() }))).toEqual([])
})

test('throws what OCI 1.1 was refused for, where the artifact has no short type for a tag', async () => {
  const { app } = await refusingSubjects(405)
  const artifactType = `application/${'x'.repeat(60)}`
  await expect(attach(app, 'v1', { artifactType }, choosing)).rejects.toMatchObject({ status: 405 })
})
