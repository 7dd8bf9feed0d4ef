import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  digestOf,
  hasReferrer,
  link,
  parseManifest,
  referrers,
  repository,
} from '../../src/index.ts'
import type { ImageManifest } from '../../src/model/manifest.ts'
import {
  deleteBlob,
  getBlobBytes,
  getManifest,
  hasBlob,
  headManifest,
} from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'

const artifactType = 'application/vnd.example.thing'

async function setUp() {
  const registry = embeddedRegistry()
  const requests: string[] = []
  const app = repository('registry.test/team/app', {
    fetch: (request) => {
      requests.push(`${request.method} ${request.url}`)
      return registry.fetch(request)
    },
  })
  const subject = await pushImage(app)
  requests.length = 0
  return { app, subject, requests, registry }
}

async function manifestOf(app: Parameters<typeof attach>[0], digest: string) {
  const { bytes, descriptor } = await getManifest(app, digest)
  return parseManifest(bytes, descriptor.mediaType) as ImageManifest
}

describe('content', () => {
  test('takes text, bytes, an ArrayBuffer, a Blob, a File and a stream', async () => {
    const { app, subject } = await setUp()
    const bytes = new TextEncoder().encode('bytes – ü')
    const data = [
      'text – ü',
      bytes,
      bytes.slice().buffer,
      new Blob(['blob']),
      new File(['file'], 'name.txt'),
      new Blob(['stream']).stream(),
    ]
    const { digest } = await attach(app, subject, {
      artifactType,
      blobs: data.map((item) => ({ data: item, mediaType: 'text/plain' })),
    })
    const { layers } = await manifestOf(app, digest)
    const texts = await Promise.all(
      layers.map(async (layer) => new TextDecoder().decode(await getBlobBytes(app, layer))),
    )
    expect(texts).toEqual(['text – ü', 'bytes – ü', 'bytes – ü', 'blob', 'file', 'stream'])
    expect(layers[0]!.size).toBe(11)
  })

  test('keeps the order of blobs and their annotations', async () => {
    const { app, subject } = await setUp()
    const titles = ['z', 'a', 'm', 'b', 'y']
    const { digest } = await attach(app, subject, {
      artifactType,
      blobs: titles.map((title) => ({
        data: title,
        mediaType: 'text/plain',
        annotations: { 'org.opencontainers.image.title': title },
      })),
    })
    const { layers } = await manifestOf(app, digest)
    expect(layers.map(({ annotations }) => annotations!['org.opencontainers.image.title'])).toEqual(
      titles,
    )
  })

  test('counts bytes, not characters, of non-ASCII annotations', async () => {
    const { app, subject } = await setUp()
    const attached = await attach(app, subject, { artifactType, annotations: { ключ: '値 📦' } })
    const { bytes } = await getManifest(app, attached.digest)
    expect(attached.size).toBe(bytes.byteLength)
    const [listed] = await all(referrers(app, subject))
    expect(listed!.size).toBe(bytes.byteLength)
    expect({ ...listed!.annotations }).toEqual({ ключ: '値 📦' })
  })

  test('dates an artifact only when asked to, and the same input gives the same digest', async () => {
    const { app, subject } = await setUp()
    const one = await attach(app, subject, { artifactType, annotations: { b: '2', a: '1' } })
    const two = await attach(app, subject, { artifactType, annotations: { a: '1', b: '2' } })
    expect(two.digest).toBe(one.digest)
    const created = new Date('2026-01-02T03:04:05Z')
    const dated = await attach(app, subject, { artifactType, created })
    expect({ ...dated.annotations }).toEqual({
      'org.opencontainers.image.created': '2026-01-02T03:04:05.000Z',
    })
  })

  test('puts the referrer at tags of its own when asked to', async () => {
    const { app, subject } = await setUp()
    const { digest } = await attach(app, subject, { artifactType }, { tags: ['sbom', 'sbom-1'] })
    expect(await headManifest(app, 'sbom')).toMatchObject({ digest })
    expect(await headManifest(app, 'sbom-1')).toMatchObject({ digest })
    expect(await all(referrers(app, subject))).toHaveLength(1)
  })

  test('sends {} again when it was removed since it was seen', async () => {
    const { app, subject } = await setUp()
    const { digest } = await attach(app, subject, { artifactType, annotations: { a: '1' } })
    const { config } = await manifestOf(app, digest)
    await deleteBlob(app, config.digest)
    await attach(app, subject, { artifactType, annotations: { a: '2' } })
    expect(await hasBlob(app, config.digest)).toBe(true)
  })

  test('tries again where a registry loses sight of a blob for a moment', async () => {
    const { registry, subject } = await setUp()
    let refusals = 3
    const app = repository('registry.test/team/app', {
      fetch: async (request) => {
        const manifest = request.method === 'PUT' && request.url.includes('/manifests/')
        if (!manifest || refusals-- <= 0) return registry.fetch(request)
        return Response.json({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] }, { status: 400 })
      },
    })
    await attach(app, subject, { artifactType, annotations: { a: '1' } })
    expect(await all(referrers(app, subject))).toHaveLength(1)
  })

  test('gives up where the registry never knows the blob', async () => {
    const { registry, subject } = await setUp()
    const app = repository('registry.test/team/app', {
      fetch: async (request) =>
        request.method === 'PUT' && request.url.includes('/manifests/')
          ? Response.json({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] }, { status: 400 })
          : registry.fetch(request),
    })
    const call = attach(app, subject, { artifactType, annotations: { a: '1' } })
    await expect(call).rejects.toMatchObject({ status: 400 })
  })
})

describe('bad input', () => {
  const good = { artifactType }
  test.each([
    ['a subject that is no tag', 'no tag', good, 'INVALID_TAG', 'subject'],
    ['a subject of another repository', 'no/tag', good, 'INVALID_REFERENCE', 'subject'],
    ['a tag of 129 characters', 'a'.repeat(129), good, 'INVALID_TAG', 'subject'],
    ['an upper-case digest', `sha256:${'A'.repeat(64)}`, good, 'INVALID_DIGEST', 'subject'],
    ['a short digest', 'sha256:12', good, 'INVALID_DIGEST', 'subject'],
    [
      'a descriptor without size',
      { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}` },
      good,
      'INVALID_MANIFEST',
      'subject.size',
    ],
    ['no artifact type', 'v1', {}, 'INVALID_INPUT', 'artifact.artifactType'],
    [
      'an artifact type with parameters',
      'v1',
      { artifactType: 'a/b; c=d' },
      'INVALID_INPUT',
      'artifact.artifactType',
    ],
    [
      'a blob type that is none',
      'v1',
      { ...good, blobs: [{ data: '', mediaType: 'text' }] },
      'INVALID_INPUT',
      'artifact.blobs[0].mediaType',
    ],
    [
      'an annotation that is no text',
      'v1',
      { ...good, annotations: { a: 1 } },
      'INVALID_INPUT',
      'artifact.annotations["a"]',
    ],
    [
      'a blob annotation that is no text',
      'v1',
      { ...good, blobs: [{ data: '', mediaType: 'a/b', annotations: { a: null } }] },
      'INVALID_INPUT',
      'artifact.blobs[0].annotations["a"]',
    ],
    [
      'a blob digest that is none',
      'v1',
      { ...good, blobs: [{ data: '', mediaType: 'a/b', digest: 'x' }] },
      'INVALID_DIGEST',
      'artifact.blobs[0].digest',
    ],
    [
      'a misspelt field of a blob',
      'v1',
      { ...good, blobs: [{ dat: 'x', mediaType: 'a/b' }] },
      'INVALID_INPUT',
      'artifact.blobs[0].dat',
    ],
    [
      'a misspelt field of a config',
      'v1',
      { ...good, config: { content: 'x' } },
      'INVALID_INPUT',
      'artifact.config.content',
    ],
    [
      'a config type that is none',
      'v1',
      { ...good, config: { data: '', mediaType: '' } },
      'INVALID_INPUT',
      'artifact.config.mediaType',
    ],
    [
      'a date that is none',
      'v1',
      { ...good, created: new Date('x') },
      'INVALID_INPUT',
      'artifact.created',
    ],
  ])('%s names the field, before any request', async (_, subject, artifact, code, path) => {
    const { app, requests } = await setUp()
    const call = attach(app, subject as string, artifact as never)
    await expect(call).rejects.toMatchObject({ name: 'InvalidInputError', code, path })
    expect(requests).toEqual([])
  })

  test('options out of range name the field', async () => {
    const { app, requests } = await setUp()
    const tags = ['ok', '-bad']
    await expect(attach(app, 'v1', good, { tags })).rejects.toMatchObject({ path: 'tags[1]' })
    await expect(attach(app, 'v1', good, { settle: -1 })).rejects.toMatchObject({ path: 'settle' })
    expect(requests).toEqual([])
  })

  test('a wrong kind of argument is a TypeError', async () => {
    const { app } = await setUp()
    await expect(attach(app, 7 as never, good)).rejects.toThrow(TypeError)
    await expect(attach(app, 'v1', null as never)).rejects.toThrow(TypeError)
    const blobs = [{ data: 7 as never, mediaType: 'a/b' }]
    await expect(attach(app, 'v1', { ...good, blobs })).rejects.toThrow(TypeError)
    expect(() => referrers(app, undefined as never)).toThrow(TypeError)
  })

  test('a blob without data says what data is', async () => {
    const { app, requests } = await setUp()
    for (const blob of [{ mediaType: 'a/b' }, { mediaType: 'a/b', size: 3 }]) {
      const call = attach(app, 'v1', { ...good, blobs: [blob as never] })
      await expect(call).rejects.toThrow(/^"artifact.blobs\[0\].data" must be text, bytes/)
    }
    expect(requests).toEqual([])
  })

  test.each([undefined, null, 'r.test/app', {}, { registry: 'r.test', name: 'app' }])(
    'what is no repository says how to make one: %j',
    async (repo) => {
      const wrong = repo as never
      const message = /^"repo" is no repository: make one with repository\(\)/
      await expect(attach(wrong, 'v1', good)).rejects.toThrow(message)
      await expect(link(wrong, 'v1', [{ ...good, blobs: [] }])).rejects.toThrow(message)
      await expect(hasReferrer(wrong, 'v1')).rejects.toThrow(message)
      await expect(async () => referrers(wrong, 'v1')).rejects.toThrow(message)
    },
  )
})

describe('failures', () => {
  const thing = (blob: object) => ({
    artifactType,
    blobs: [{ data: 'content', mediaType: 'text/plain', ...blob }],
  })

  test.each([
    ['another digest', { digest: `sha256:${'0'.repeat(64)}` }, 'DIGEST_MISMATCH'],
    ['a larger size', { size: 8 }, 'SIZE_MISMATCH'],
    ['a smaller size', { size: 6 }, 'SIZE_MISMATCH'],
  ])('data with %s than announced is not linked, and not kept', async (_, blob, code) => {
    const { app, subject } = await setUp()
    await expect(attach(app, subject, thing(blob))).rejects.toMatchObject({ code })
    const stream = { data: new Blob(['content']).stream(), ...blob }
    await expect(attach(app, subject, thing(stream))).rejects.toMatchObject({ code })
    expect(await all(referrers(app, subject))).toEqual([])
    expect(await hasBlob(app, await digestOf(new TextEncoder().encode('content')))).toBe(false)
  })

  test('a subject that is missing says what to do, and stops what has begun', async () => {
    const { app } = await setUp()
    const digest = `sha256:${'0'.repeat(64)}`
    await expect(attach(app, digest, thing({}))).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('descriptor'),
    })
    await expect(attach(app, 'v9', thing({}))).rejects.toMatchObject({
      method: 'GET',
      status: 404,
      errors: [expect.objectContaining({ code: 'MANIFEST_UNKNOWN' })],
      message: expect.stringContaining('There is no tag v9 in team/app'),
    })
  })

  test('an abort in the middle passes its own reason through and links nothing', async () => {
    const { registry, subject } = await setUp()
    const reason = new Error('enough')
    const stop = new AbortController()
    const app = repository('registry.test/team/app', {
      fetch: async (request) => {
        if (request.method === 'POST') stop.abort(reason)
        request.signal.throwIfAborted()
        return registry.fetch(request)
      },
    })
    await expect(attach(app, subject, thing({}), { signal: stop.signal })).rejects.toBe(reason)
    const later = repository('registry.test/team/app', { fetch: registry.fetch })
    expect(await all(referrers(later, subject))).toEqual([])
  })

  test('a refused upload stops the others and is told as it came', async () => {
    const { registry, subject } = await setUp()
    const app = repository('registry.test/team/app', {
      retries: 0,
      fetch: async (request) =>
        request.method === 'POST'
          ? Response.json({ errors: [{ code: 'DENIED', message: 'quota' }] }, { status: 507 })
          : registry.fetch(request),
    })
    await expect(attach(app, subject, thing({}))).rejects.toMatchObject({
      name: 'RegistryError',
      status: 507,
      errors: [{ code: 'DENIED', message: 'quota' }],
    })
  })
})

describe('a mistake in what is given', () => {
  const type = 'application/spdx+json'
  const blob = { data: 'x', mediaType: type }
  test.each([
    ['setle', { artifactType: type }, { setle: 0 }, 'did you mean "settle"?'],
    ['settle', { artifactType: type }, { settle: '0' }, '0 or more milliseconds'],
    ['strategy', { artifactType: type }, { strategy: 'oci-subject' }, 'a strategy, such as'],
    ['strategy', { artifactType: type }, { strategy: () => {} }, 'a strategy, such as'],
    ['signal', { artifactType: type }, { signal: {} }, 'an AbortSignal'],
    ['tags', { artifactType: type }, { tags: 'v1-sbom' }, 'a list'],
    ['artifact.artefactType', { artefactType: type }, {}, 'did you mean "artifactType"?'],
    ['artifact.blobs', { artifactType: type, blobs: blob }, {}, 'a list'],
    [
      'artifact.blobs[0].mediatype',
      { artifactType: type, blobs: [{ ...blob, mediatype: 'a/b' }] },
      {},
      'did you mean "mediaType"?',
    ],
    [
      'artifact.blobs[0].size',
      { artifactType: type, blobs: [{ ...blob, size: -1 }] },
      {},
      'a whole number',
    ],
    [
      'artifact.config.date',
      { artifactType: type, config: { ...blob, date: 'x' } },
      {},
      'did you mean "data"?',
    ],
  ])('names %s before any request', async (path, artifact, options, message) => {
    let requests = 0
    const app = repository('registry.test/team/app', {
      fetch: async () => {
        requests++
        return new Response()
      },
    })
    const failed = attach(app, 'v1', artifact as never, options as never)
    await expect(failed).rejects.toMatchObject({ path, message: expect.stringContaining(message) })
    expect(requests).toBe(0)
  })
})
