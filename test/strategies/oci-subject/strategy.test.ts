// What is peculiar to OCI 1.1 linking: detection of the API, and a tag that anybody can write.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  detach,
  type Fetch,
  hasReferrer,
  type ImageIndex,
  parseManifest,
  type Repository,
  type RepositoryOptions,
  referrers,
  referrersTag,
  repository,
} from '../../../src/index.ts'
import { deleteManifest, getManifest, pushBlob, putManifest } from '../../../src/registry/index.ts'
import { ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'

const noApi: EmbeddedRegistryOptions = { referrersApi: false, conditional: false }
const alone = { settle: 0 }
const note = (text: string) => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})

/** A repository with an image, whose answers a test can bend. */
async function setUp(
  options: EmbeddedRegistryOptions = noApi,
  bend?: (request: Request, answer: () => Promise<Response>) => Promise<Response>,
  more: RepositoryOptions = {},
) {
  const registry = embeddedRegistry(options)
  const warnings: string[] = []
  const fetch: Fetch = (request) =>
    bend ? bend(request, () => registry.fetch(request)) : registry.fetch(request)
  // A fetch of its own: what another process would see.
  const another = (extra: RepositoryOptions = {}) =>
    repository('registry.test/team/app', {
      fetch: (request) => fetch(request),
      retries: 0,
      onWarning: ({ message }) => warnings.push(message),
      ...more,
      ...extra,
    })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  return {
    app: another(),
    another: Object.assign(another, { fetch }),
    straight,
    warnings,
    subject: await pushImage(straight),
  }
}

async function readIndex(app: Repository, subject: Descriptor): Promise<ImageIndex> {
  const { bytes, descriptor } = await getManifest(app, referrersTag(subject.digest))
  return parseManifest(bytes, descriptor.mediaType) as ImageIndex
}

const encode = (index: object) =>
  new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      ...index,
    }),
  )

describe('describe()', () => {
  const subject = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: 'sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270',
    size: 1234,
  } as unknown as Descriptor
  const layer = {
    mediaType: 'application/example',
    digest: 'sha256:e258d248fda94c63753607f7c4494ee0fcbe92f1a76bfdac795c9d84101eb317',
    size: 16,
  } as unknown as Descriptor
  const text = (artifact: Parameters<ReturnType<typeof ociSubject>['describe']>[1]) =>
    JSON.stringify(ociSubject().describe(subject, artifact), null, 2)

  // Shapes of image-spec 1.1, manifest.md, "Guidelines for Artifact Usage", cases 1 to 3, with a subject.
  test('writes an artifact of annotations only with the empty config and the empty layer', () => {
    expect(
      text({
        artifactType: 'application/vnd.example+type',
        blobs: [],
        annotations: { 'org.example.data': 'x' },
      }),
    ).toMatchInlineSnapshot(`
        "{
          "schemaVersion": 2,
          "mediaType": "application/vnd.oci.image.manifest.v1+json",
          "artifactType": "application/vnd.example+type",
          "config": {
            "mediaType": "application/vnd.oci.empty.v1+json",
            "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
            "size": 2
          },
          "layers": [
            {
              "mediaType": "application/vnd.oci.empty.v1+json",
              "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
              "size": 2
            }
          ],
          "subject": {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": "sha256:5b0bcabd1ed22e9fb1310cf6c2dec7cdef19f0ad69efa1f392e94a4333501270",
            "size": 1234
          },
          "annotations": {
            "org.example.data": "x"
          }
        }"
      `)
  })

  test('writes an artifact of blobs with the empty config', () => {
    const manifest = ociSubject().describe(subject, {
      artifactType: 'application/vnd.example+type',
      blobs: [layer],
    })
    expect(manifest).toMatchObject({ config: { size: 2 }, layers: [layer], subject })
    expect(manifest).not.toHaveProperty('annotations')
  })

  test('writes an artifact with its own config', () => {
    const config = { ...layer, mediaType: 'application/vnd.example.config.v1+json' }
    const manifest = ociSubject().describe(subject, {
      artifactType: 'application/vnd.example+type',
      blobs: [layer],
      config,
    })
    expect(manifest).toMatchObject({ config, layers: [layer] })
    expect(ociSubject().blobs({ artifactType: 'a/b', config, blobs: [layer] })).toEqual([])
  })
})

describe('the referrers tag', () => {
  test('lists entries with type and all annotations, as the specification wants', async () => {
    const { app, subject } = await setUp()
    const one = await attach(app, 'v1', note('bücher'), alone)
    const index = await readIndex(app, subject)
    expect(index).toMatchObject({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
    })
    expect(index.manifests).toEqual([
      {
        mediaType: one.mediaType,
        digest: one.digest,
        size: one.size,
        artifactType: 'application/vnd.example.note',
        annotations: { text: 'bücher' },
      },
    ])
  })

  test('keeps what others wrote into the index: entries, unknown fields, annotations', async () => {
    const { app, straight, subject } = await setUp()
    const other = await attach(straight, 'v1', note('other'), alone)
    const index = await readIndex(app, subject)
    const written = { ...index, annotations: { made: 'by hand' }, 'x-unknown': [1] } as ImageIndex
    await putManifest(straight, referrersTag(subject.digest), written)
    const own = await attach(app, 'v1', note('own'), alone)
    const after = await readIndex(app, subject)
    expect(after).toMatchObject({ annotations: { made: 'by hand' }, 'x-unknown': [1] })
    expect(after.manifests.map(({ digest }) => digest)).toEqual([other.digest, own.digest])
  })

  test('is not touched while the registry has the API', async () => {
    const { app, subject } = await setUp({})
    await attach(app, 'v1', note('one'), alone)
    await expect(readIndex(app, subject)).rejects.toMatchObject({ status: 404 })
  })

  test.each([
    [
      'the image itself',
      async (app: Repository) => (await getManifest(app, 'v1')).bytes,
      'application/vnd.oci.image.manifest.v1+json',
    ],
    [
      'another image',
      async (app: Repository) => {
        await pushImage(app, 'other', 'other')
        return (await getManifest(app, 'other')).bytes
      },
      'application/vnd.oci.image.manifest.v1+json',
    ],
    [
      'an index of platforms',
      async (app: Repository) => {
        const entry = await pushImage(app, 'platform', 'platform')
        return encode({
          manifests: [{ ...entry, platform: { os: 'linux', architecture: 'amd64' } }],
        })
      },
      'application/vnd.oci.image.index.v1+json',
    ],
    [
      'an index that lists the subject',
      async (app: Repository) => {
        const { descriptor } = await getManifest(app, 'v1')
        return encode({ manifests: [descriptor] })
      },
      'application/vnd.oci.image.index.v1+json',
    ],
  ])(
    'that holds %s is left alone, with a warning, and lists no referrers',
    async (_, content, mediaType) => {
      const { app, straight, subject, warnings } = await setUp()
      const tag = referrersTag(subject.digest)
      const before = await putManifest(straight, tag, await content(straight), { mediaType })

      await expect(attach(app, 'v1', note('x'), alone)).rejects.toMatchObject({
        code: 'CONFLICT',
        tag,
        message: expect.stringContaining('left as it is'),
      })
      expect((await getManifest(straight, tag)).descriptor).toEqual(before.descriptor)
      expect(await getManifest(straight, 'v1')).toMatchObject({
        descriptor: { digest: subject.digest },
      })
      // What was listed before an image took the place of the index is not known.
      const listed = all(referrers(app, 'v1'))
      if (mediaType.includes('index') || before.descriptor.digest === subject.digest)
        expect(await listed).toEqual([])
      else await expect(listed).rejects.toMatchObject({ code: 'INVALID_MANIFEST' })
      expect(warnings).toContainEqual(expect.stringContaining(tag))
    },
  )

  test('that lists other things beside referrers is read where manifests say so, and left alone', async () => {
    const { app, straight, subject, warnings } = await setUp()
    const index = 'application/vnd.oci.image.index.v1+json'
    const referrer = await attach(straight, 'v1', note('x'), alone)
    const [entry] = (await readIndex(straight, subject)).manifests
    const platform = await pushImage(straight, 'platform', 'platform')
    const stranger = await pushImage(straight, 'stranger', 'stranger')
    const reference = { 'org.opencontainers.reference.digest': subject.digest }
    for (const strange of [
      { ...platform, platform: { os: 'linux', architecture: 'amd64' } },
      { ...platform, artifactType: 'application/spdx+json', annotations: reference },
      subject,
    ]) {
      const manifests = [strange, entry!, { ...stranger, artifactType: referrer.artifactType! }]
      const tag = referrersTag(subject.digest)
      const bytes = encode({ manifests })
      const before = await putManifest(straight, tag, bytes, { mediaType: index })
      warnings.length = 0
      for (const filter of [{}, { artifactType: referrer.artifactType! }]) {
        expect(await all(referrers(app, 'v1', filter))).toMatchObject([
          { digest: referrer.digest, annotations: { text: 'x' }, confirmed: true },
        ])
      }
      expect(warnings).toContainEqual(expect.stringContaining(tag))
      expect(warnings).toContainEqual(
        expect.stringMatching(`^${stranger.digest}.*does not point at it`),
      )
      expect(warnings).not.toContainEqual(expect.stringContaining(platform.digest))
      await expect(attach(app, 'v1', note('y'), alone)).rejects.toMatchObject({ code: 'CONFLICT' })
      expect((await getManifest(straight, tag)).descriptor).toEqual(before.descriptor)
    }
  })

  test('that lists other things beside referrers loses nothing: detaching from it is an error', async () => {
    const { app, straight, subject } = await setUp()
    const { digest } = await attach(straight, 'v1', note('x'), alone)
    const tag = referrersTag(subject.digest)
    const { manifests } = await readIndex(straight, subject)
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    await putManifest(straight, tag, encode({ manifests: [...manifests, subject] }), { mediaType })
    await expect(detach(app, 'v1', digest, alone)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining(tag),
    })
    expect((await readIndex(straight, subject)).manifests).toHaveLength(2)
    expect(await all(referrers(app, 'v1'))).toMatchObject([{ digest }])
  })

  test('that GitLab answers with the subject itself is neither listed from nor written to', async () => {
    const { app, straight, subject } = await setUp(noApi, async (request, answer) => {
      if (!request.url.includes('/manifests/sha256-')) return answer()
      const alias = request.url.replace(/sha256-(?=[0-9a-f]{64})/, 'sha256:')
      return embedded(alias, request, answer)
    })
    async function embedded(alias: string, request: Request, answer: () => Promise<Response>) {
      if (request.method !== 'GET') return answer()
      const stored = await getManifest(straight, alias.split('/').at(-1)!)
      return new Response(stored.bytes as Uint8Array<ArrayBuffer>, {
        headers: { 'content-type': stored.descriptor.mediaType },
      })
    }
    await expect(attach(app, 'v1', note('x'), alone)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await all(referrers(app, subject.digest))).toEqual([])
    expect((await getManifest(straight, 'v1')).descriptor.digest).toBe(subject.digest)
  })

  test('loses an entry whose manifest is gone when that blocks the next write', async () => {
    const { app, another, straight, subject } = await setUp()
    const gone = await attach(app, 'v1', note('gone'), alone)
    const kept = await attach(app, 'v1', note('kept'), alone)
    await deleteManifest(straight, gone.digest)
    const own = await attach(another(), 'v1', note('own'), alone)
    expect((await readIndex(app, subject)).manifests.map(({ digest }) => digest)).toEqual([
      kept.digest,
      own.digest,
    ])
  })

  test('is read again when a registry answers 500 while it is being rewritten', async () => {
    let failures = 2
    const { app } = await setUp(noApi, async (request, answer) => {
      const tagRead = request.method === 'GET' && request.url.includes('/manifests/sha256-')
      if (!tagRead || failures-- <= 0) return answer()
      return Response.json({ errors: [{ code: 'UNKNOWN' }] }, { status: 500 })
    })
    expect(await attach(app, 'v1', note('x'), alone)).toMatchObject({ confirmed: true })
  })

  test('that cannot be read back leaves the link unconfirmed, with a warning', async () => {
    let written = false
    const { app, straight, warnings } = await setUp(noApi, async (request, answer) => {
      const tag = request.url.includes('/manifests/sha256-')
      if (tag && request.method === 'GET' && written) return new Response('', { status: 503 })
      if (tag && request.method === 'PUT') written = true
      return answer()
    })
    const attached = await attach(app, 'v1', note('x'), alone)
    expect(attached.confirmed).toBe(false)
    expect(warnings).toContainEqual(expect.stringContaining('could not be read back'))
    expect(await all(referrers(straight, 'v1'))).toHaveLength(1)
  })

  test('too large for a manifest is an error, and stays as it was', async () => {
    const { app, straight, subject } = await setUp()
    const big = (i: number) => ({ ...note('x'), annotations: { text: `${i}`.repeat(1_500_000) } })
    await attach(app, 'v1', big(1), alone)
    await attach(app, 'v1', big(2), alone)
    await expect(attach(app, 'v1', big(3), alone)).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect((await readIndex(straight, subject)).manifests).toHaveLength(2)
  })
})

describe('detection of the API', () => {
  const answers = (body: BodyInit | null, init: ResponseInit) =>
    setUp(noApi, async (request, answer) =>
      request.url.includes('/referrers/') ? new Response(body, init) : answer(),
    )
  const html = { headers: { 'content-type': 'text/html' } }

  test.each([
    ['404 in plain text', '404 page not found', { status: 404 }, 'unsupported'],
    ['404 as HTML', '<html>', { status: 404, ...html }, 'unsupported'],
    [
      '404 MANIFEST_UNKNOWN',
      '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}',
      { status: 404 },
      'unsupported',
    ],
    ['404 NAME_UNKNOWN', '{"errors":[{"code":"NAME_UNKNOWN"}]}', { status: 404 }, 'unknown'],
    ['400', '{"errors":[{"code":"MANIFEST_INVALID"}]}', { status: 400 }, 'unknown'],
    ['405', null, { status: 405 }, 'unsupported'],
    ['406', null, { status: 406 }, 'unsupported'],
    ['501', null, { status: 501 }, 'unsupported'],
    ['200 with HTML', '<html>', { status: 200, ...html }, 'unknown'],
  ] as const)('reads the referrers tag after %s', async (_, body, init, remembered) => {
    const { app, straight } = await answers(body, init)
    const { digest } = await attach(straight, 'v1', note('x'), alone)
    const [found] = await all(referrers(app, 'v1'))
    expect(found).toMatchObject({ digest, via: [{ source: 'referrers-tag' }] })
    expect(app.capabilities.referrersApi).toBe(remembered)
  })

  test.each([401, 403, 408, 429, 500, 502, 503])(
    'never takes %i for "there are none"',
    async (status) => {
      const { app } = await answers('', { status })
      await expect(all(referrers(app, 'v1'))).rejects.toThrow()
      await expect(hasReferrer(app, 'v1')).rejects.toThrow()
      expect(app.capabilities.referrersApi).toBe('unknown')
    },
  )

  test('never takes a broken connection or a broken list for "there are none"', async () => {
    const { app } = await setUp({}, async (request, answer) => {
      if (request.url.includes('/referrers/')) throw new TypeError('fetch failed')
      return answer()
    })
    await expect(hasReferrer(app, 'v1')).rejects.toMatchObject({ code: 'CONNECTION' })
    const index = { 'content-type': 'application/vnd.oci.image.index.v1+json' }
    for (const body of ['{', '[]', '{"schemaVersion":2,"manifests":[{"digest":"x"}]}']) {
      const broken = await answers(body, { headers: index })
      await expect(hasReferrer(broken.app, 'v1')).rejects.toMatchObject({
        code: expect.stringMatching(/^INVALID_/),
      })
    }
  })

  test('takes a charset, a null list and a missing filter header as registries send them', async () => {
    const { app } = await answers('{"schemaVersion":2,"manifests":null}', {
      headers: { 'content-type': 'application/vnd.oci.image.index.v1+json; charset=utf-8' },
    })
    expect(await all(referrers(app, 'v1', { artifactType: 'a/b' }))).toEqual([])
    expect(app.capabilities.referrersApi).toBe('supported')
  })

  test('filters again what a registry did not filter', async () => {
    const { app } = await setUp({}, async (request, answer) => {
      if (!request.url.includes('/referrers/')) return answer()
      const plain = new Request(request.url.split('?')[0]!, request)
      return app2.fetch(plain)
    })
    const registry = embeddedRegistry()
    const app2 = registry
    const direct = repository('registry.test/team/app', { fetch: registry.fetch })
    const subject = await pushImage(direct)
    const kept = await attach(direct, 'v1', note('x'))
    await attach(direct, 'v1', { artifactType: 'application/other' })
    const found = await all(referrers(app, subject, { artifactType: kept.artifactType! }))
    expect(found.map(({ digest }) => digest)).toEqual([kept.digest])
  })

  test('remembers what it saw as JSON, and is spared the question when that is given back', async () => {
    const { app, another, subject } = await setUp()
    const blobs = [{ data: 'x', mediaType: 'text/plain' }]
    await attach(app, 'v1', { ...note('x'), blobs }, alone)
    await all(referrers(app, 'v1'))
    const remembered = JSON.parse(JSON.stringify(app.capabilities))
    expect(remembered).toMatchObject({
      referrersApi: 'unsupported',
      subjectHeader: 'unsupported',
      tagSeek: 'unknown',
      singlePost: 'supported',
    })
    const urls: string[] = []
    const later = another({ capabilities: remembered, onRequest: ({ url }) => urls.push(url) })
    expect(await all(referrers(later, subject.digest))).toHaveLength(1)
    expect(urls).toEqual([expect.stringContaining('/manifests/sha256-')])
  })

  test('writes the tag although the registry sends OCI-Subject, when it is known to have no API', async () => {
    // As ECR did before it had the API.
    const { app, subject } = await setUp(noApi, async (request, answer) => {
      const response = await answer()
      if (request.method !== 'PUT') return response
      const headers = new Headers(response.headers)
      headers.set('oci-subject', subject.digest)
      return new Response(response.body, { status: response.status, headers })
    })
    expect(await hasReferrer(app, 'v1')).toBe(false)
    const attached = await attach(app, 'v1', note('x'), alone)
    expect(attached.via).toEqual([
      { strategy: 'oci-subject', source: 'referrers-tag', kept: 'tag' },
    ])
    expect(await hasReferrer(app, 'v1')).toBe(true)
  })

  test('asks for the list where registries sent OCI-Subject before they had the API', async () => {
    const { another, straight, subject } = await setUp(noApi, async (request, answer) => {
      const response = await answer()
      if (request.method !== 'PUT') return response
      const headers = new Headers(response.headers)
      headers.set('oci-subject', subject.digest)
      return new Response(response.body, { status: response.status, headers })
    })
    const fetch: Fetch = (request) => {
      const { pathname, search } = new URL(request.url)
      return another.fetch(new Request(`https://registry.test${pathname}${search}`, request))
    }
    const hub = repository('docker.io/team/app', { fetch })
    const attached = await attach(hub, 'v1', note('x'), alone)
    expect(attached.via).toEqual([
      { strategy: 'oci-subject', source: 'referrers-tag', kept: 'tag' },
    ])
    expect(await all(referrers(straight, 'v1'))).toHaveLength(1)
  })

  test('believes the list, not the missing header, where the API is known', async () => {
    // As Quay: it has the API and sends no OCI-Subject.
    const { app, straight, subject } = await setUp({}, async (_, answer) => {
      const response = await answer()
      const headers = new Headers(response.headers)
      headers.delete('oci-subject')
      return new Response(response.body, { status: response.status, headers })
    })
    await hasReferrer(app, 'v1')
    const attached = await attach(app, 'v1', note('x'), alone)
    expect(attached).toMatchObject({ confirmed: true, via: [{ source: 'referrers-api' }] })
    await expect(readIndex(straight, subject)).rejects.toMatchObject({ status: 404 })
  })
})

describe('entries that say too little', () => {
  /** An index as other tools wrote it: cosign without annotations, GHCR with the config's type. */
  async function poorIndex(bad: Partial<Descriptor>) {
    const context = await setUp()
    const { straight, subject } = context
    const good = await attach(straight, 'v1', note('good'), alone)
    const other = await attach(straight, 'v1', note('other'), alone)
    const index = await readIndex(straight, subject)
    const manifests = index.manifests.map(({ mediaType, digest, size }) => ({
      mediaType,
      digest,
      size,
      ...bad,
    }))
    await putManifest(straight, referrersTag(subject.digest), { ...index, manifests } as ImageIndex)
    return { ...context, good, other, index }
  }

  test.each([
    ['no type and no annotations', {}],
    ['the empty config type', { artifactType: 'application/vnd.oci.empty.v1+json' }],
    ['an image config type', { artifactType: 'application/vnd.oci.image.config.v1+json' }],
  ])('are read from the manifest: %s', async (_, bad) => {
    const { app, good } = await poorIndex(bad)
    const found = await all(
      referrers(app, 'v1', { artifactType: good.artifactType!, annotations: { text: 'good' } }),
    )
    expect(found).toMatchObject([
      { digest: good.digest, artifactType: good.artifactType, confirmed: true },
    ])
    expect((await all(referrers(app, 'v1'))).map(({ artifactType }) => artifactType)).toEqual([
      good.artifactType,
      good.artifactType,
    ])
  })

  test('are left out when they point elsewhere or are gone, with a warning', async () => {
    const { app, straight, subject, good, other, index, warnings } = await poorIndex({})
    const stranger = await pushImage(straight, 'v2', 'stranger')
    const manifests = [...index.manifests, stranger].map(({ mediaType, digest, size }) => ({
      mediaType,
      digest,
      size,
    }))
    await putManifest(straight, referrersTag(subject.digest), { ...index, manifests } as ImageIndex)
    await deleteManifest(straight, other.digest)
    expect((await all(referrers(app, 'v1'))).map(({ digest }) => digest)).toEqual([good.digest])
    expect(warnings).toHaveLength(2)
    expect(warnings).toContainEqual(expect.stringContaining('gone'))
    expect(warnings).toContainEqual(expect.stringContaining('does not point at it'))
  })

  test('are checked one by one when asked to verify, also where they say enough', async () => {
    const { app, straight, subject } = await setUp()
    const good = await attach(straight, 'v1', note('good'), alone)
    const index = await readIndex(straight, subject)
    const stranger = await pushImage(straight, 'v2', 'stranger')
    const forged = { ...stranger, artifactType: good.artifactType! }
    await putManifest(straight, referrersTag(subject.digest), {
      ...index,
      manifests: [...index.manifests, forged],
    })
    expect(await all(referrers(app, 'v1'))).toMatchObject([
      { confirmed: false },
      { confirmed: false },
    ])
    expect(await all(referrers(app, 'v1', { verify: true }))).toMatchObject([
      { digest: good.digest, confirmed: true },
    ])
  })

  test('with keys like __proto__ are only ever keys', async () => {
    const { app, straight, subject } = await setUp()
    const good = await attach(straight, 'v1', note('good'), alone)
    const text = JSON.stringify(await readIndex(straight, subject)).replace(
      '"text":',
      '"__proto__":"evil","text":',
    )
    await putManifest(straight, referrersTag(subject.digest), new TextEncoder().encode(text), {
      mediaType: 'application/vnd.oci.image.index.v1+json',
    })
    const [found] = await all(referrers(app, 'v1'))
    expect(found!.digest).toBe(good.digest)
    expect(Object.keys(found!.annotations!)).toEqual(['__proto__', 'text'])
    expect(await hasReferrer(app, 'v1', { annotations: { text: 'good' } })).toBe(true)
    expect(({} as Record<string, unknown>).text).toBeUndefined()
  })
})

describe('detach', () => {
  test('takes the entry out of the index before the manifest is deleted', async () => {
    const order: string[] = []
    const { app, straight } = await setUp(noApi, async (request, answer) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        order.push(`${request.method} ${request.url.includes('sha256-') ? 'tag' : 'manifest'}`)
      }
      return answer()
    })
    const { digest } = await attach(straight, 'v1', note('x'), alone)
    await detach(app, 'v1', digest, alone)
    expect(order).toEqual(['PUT tag', 'DELETE manifest'])
  })

  test.each([
    [405, 'UNSUPPORTED'],
    [400, 'UNSUPPORTED'],
  ])('unlinks although the registry refuses deletes with %i', async (status, code) => {
    const { app, straight, warnings } = await setUp(noApi, async (request, answer) =>
      request.method === 'DELETE' ? Response.json({ errors: [{ code }] }, { status }) : answer(),
    )
    const { digest } = await attach(straight, 'v1', note('x'), alone)
    expect(await detach(app, 'v1', digest, alone)).toEqual({
      digest,
      deleted: false,
      action: 'entry-removed',
      reason: expect.stringContaining(`${status}`),
      confirmed: true,
    })
    expect(warnings).toContainEqual(expect.stringContaining('its manifest stays'))
    expect(await hasReferrer(app, 'v1')).toBe(false)
  })

  test('says so when the registry goes on listing what it refuses to delete', async () => {
    const { app, straight } = await setUp({ deletes: false })
    const { digest } = await attach(straight, 'v1', note('x'), alone)
    await expect(detach(app, 'v1', digest, alone)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      missing: ['delete'],
    })
  })

  test('takes out an entry whose manifest is gone already', async () => {
    const { app, straight, subject } = await setUp()
    const { digest } = await attach(straight, 'v1', note('x'), alone)
    await deleteManifest(straight, digest)
    expect(await detach(app, 'v1', digest, alone)).toEqual({
      digest,
      deleted: false,
      action: 'entry-removed',
      confirmed: true,
    })
    expect((await readIndex(straight, subject)).manifests).toEqual([])
  })

  test('leaves a blob that others may share', async () => {
    const { app, straight } = await setUp()
    const blob = { data: 'shared', mediaType: 'text/plain' }
    const { digest } = await attach(app, 'v1', { ...note('x'), blobs: [blob] }, alone)
    await detach(app, 'v1', digest, alone)
    const pushed = await pushBlob(straight, 'shared')
    expect(pushed.size).toBe(6)
  })
})

test('what a registry acknowledges in its answer to the write is kept by it', async () => {
  const { fetch } = embeddedRegistry()
  const app = repository('registry.test/team/app', { fetch })
  await pushImage(app)
  const attached = await attach(app, 'v1', { artifactType: 'application/vnd.example.note' })
  expect(app.capabilities.subjectHeader).toBe('supported')
  expect(attached.via).toEqual([
    { strategy: 'oci-subject', source: 'referrers-api', kept: 'registry' },
  ])
})
