import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  type Descriptor,
  digestOf,
  type Manifest,
  parseDigest,
  repository,
} from '../../src/index.ts'
import { deleteManifest, putManifest, tagTargets, whatReaches } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'
import { recorded } from '../_wire.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

type Bend = (request: Request, answer: () => Promise<Response>) => Response | Promise<Response>

async function setUp(bend?: Bend) {
  const registry = embeddedRegistry()
  const wire = recorded(async (request) =>
    bend ? bend(request, () => registry.fetch(request)) : registry.fetch(request),
  )
  const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const image = await pushImage(straight, 'image', 'image')
  await deleteTag('image')
  const put = async (manifest: object, tag?: string) =>
    (await putManifest(straight, tag, manifest as Manifest)).descriptor
  const pushIndex = (manifests: readonly Descriptor[], tag?: string, more: object = {}) =>
    put({ schemaVersion: 2, mediaType: INDEX, manifests, ...more }, tag)
  return { app, straight, wire, image, put, pushIndex }

  async function deleteTag(tag: string) {
    expect(await deleteManifest(straight, tag)).toBe(true)
  }
}

describe('what leads to a manifest', () => {
  test('is nothing where no tag does', async () => {
    const { app, straight, image } = await setUp()
    expect(await whatReaches(app, image.digest)).toBeUndefined()
    await pushImage(straight, 'v1', 'other')
    expect(await whatReaches(app, image.digest)).toBeUndefined()
  })

  test('is a tag, an index at a tag, and what that lists in turn', async () => {
    const { app, straight, image, pushIndex } = await setUp()
    const index = await pushIndex([image])
    const outer = await pushIndex([index])
    expect(await whatReaches(app, image.digest)).toBeUndefined()
    await pushIndex([index], 'outer')
    expect(await whatReaches(app, image.digest)).toBe(
      `the tag outer leads to ${outer.digest}, which lists ${index.digest}, which lists it`,
    )
    await pushIndex([image], 'v1')
    expect(await whatReaches(app, image.digest)).toBe(
      `the tag v1 leads to ${index.digest}, which lists it`,
    )
    await pushImage(straight, 'direct', 'image')
    expect(await whatReaches(app, image.digest)).toBe('the tag direct leads to it')
  })

  test('is a node that lists it among its objects, and an index of Docker’s', async () => {
    const { app, straight, image, put, pushIndex } = await setUp()
    await put(
      { schemaVersion: 3, mediaType: 'application/vnd.oci.node.v1+json', objects: [image] },
      'node',
    )
    expect(await whatReaches(app, image.digest)).toMatch(/^the tag node leads/)
    await deleteManifest(straight, 'node')
    const mediaType = 'application/vnd.docker.distribution.manifest.list.v2+json'
    await pushIndex([image], 'list', { mediaType })
    expect(await whatReaches(app, image.digest)).toMatch(/^the tag list leads/)
  })

  test('is no index that is only attached to it', async () => {
    const { app, image, pushIndex } = await setUp()
    await pushIndex([], 'signature', { subject: image, reference: image })
    expect(await whatReaches(app, image.digest)).toBeUndefined()
  })

  test('is an index that others can read although something in it is wrong', async () => {
    const image = parseDigest(`sha256:${'1'.repeat(64)}`)
    const manifests = [{ size: 'many' }, { digest: image }, null]
    const bytes = new TextEncoder().encode(JSON.stringify({ manifests, subject: 7 }))
    const digest = await digestOf(bytes)
    const { app, straight } = await setUp((request, answer) => {
      if (!/\/manifests\/(v1|sha256)/.test(request.url)) return answer()
      const headers = {
        'content-type': INDEX,
        'docker-content-digest': digest,
        'content-length': `${bytes.byteLength}`,
      }
      return new Response(request.method === 'HEAD' ? null : bytes, { headers })
    })
    await pushImage(straight, 'v1', 'other')
    expect(await whatReaches(app, image)).toBe(`the tag v1 leads to ${digest}, which lists it`)
    const other = parseDigest(`sha256:${'2'.repeat(64)}`)
    expect(await whatReaches(app, other)).toBeUndefined()
  })

  test('may be an index that is not what its digest says', async () => {
    const { app, image, pushIndex } = await setUp(async (request, answer) => {
      const swapped = request.method === 'GET' && request.url.includes('/manifests/')
      return swapped
        ? Response.json({ manifests: [] }, { headers: { 'content-type': INDEX } })
        : answer()
    })
    const index = await pushIndex([image], 'v1')
    expect(await whatReaches(app, image.digest)).toContain(`what ${index.digest} lists`)
  })

  test('is a root, or what a root lists; a root that a tag leads to is not read for its type', async () => {
    const { app, straight, wire, image, pushIndex } = await setUp()
    const index = await pushIndex([image])
    const known = await whatReaches(app, image.digest, { roots: [{ digest: index.digest }] })
    expect(known).toBe(`${index.digest} lists it`)
    expect(await whatReaches(app, image.digest, { roots: [image] })).toBe(
      `${image.digest} is needed itself`,
    )
    const other = await pushImage(straight, 'v1', 'other')
    wire.reset()
    await whatReaches(app, image.digest, { roots: [{ digest: other.digest }] })
    expect(wire.lines()).toEqual(['GET /tags/list', 'HEAD /manifests/v1'])
  })

  test('is no tag that is taken away as well', async () => {
    const { app, straight, image } = await setUp()
    await pushImage(straight, 'v1', 'image')
    expect(await whatReaches(app, image.digest, { except: ['v1'] })).toBeUndefined()
  })

  test('is no tag that is gone, or leads to what is gone', async () => {
    const errors = [{ code: 'MANIFEST_UNKNOWN' }]
    const { app, straight, image } = await setUp((request, answer) =>
      request.url.endsWith('/gone') ? Response.json({ errors }, { status: 404 }) : answer(),
    )
    await pushImage(straight, 'gone', 'image')
    expect(await whatReaches(app, image.digest)).toBeUndefined()
  })

  test('is a tag that a registry hides from HEAD', async () => {
    const { app, straight, image } = await setUp((request, answer) =>
      request.method === 'HEAD' ? new Response(null, { status: 404 }) : answer(),
    )
    await pushImage(straight, 'v1', 'image')
    expect(await whatReaches(app, image.digest)).toBe('the tag v1 leads to it')
  })
})

describe('what it costs', () => {
  test('all types are asked for by name, so that no registry answers with another manifest', async () => {
    const accepts = new Set<string | null>()
    const { app, image, pushIndex } = await setUp((request, answer) => {
      if (request.url.includes('/manifests/')) accepts.add(request.headers.get('accept'))
      return answer()
    })
    await pushIndex([image], 'v1')
    await whatReaches(app, image.digest)
    expect([...accepts]).toEqual([expect.stringContaining('manifest.list.v2+json')])
  })

  test('it ends with the first that leads there', async () => {
    const { app, straight, wire, image } = await setUp()
    for (let i = 0; i < 60; i++) await pushImage(straight, `v${i}`, 'image')
    wire.reset()
    expect(await whatReaches(app, image.digest)).toBeDefined()
    expect(wire.lines().length).toBeLessThan(30)
  })

  test('several questions look up each tag and index once', async () => {
    const { app, straight, wire, image, pushIndex } = await setUp()
    const other = await pushImage(straight, 'other', 'other')
    await pushIndex([image], 'v1')
    wire.reset()
    const tags = tagTargets(app)
    expect(await whatReaches(app, image.digest, { tags })).toContain('lists it')
    expect(await whatReaches(app, other.digest, { tags })).toContain('the tag other')
    expect(wire.lines().sort()).toEqual([
      expect.stringMatching('^GET /manifests/sha256'),
      'GET /tags/list',
      'HEAD /manifests/other',
      'HEAD /manifests/v1',
    ])
  })

  test('of more tags than are allowed none is looked up, and of more indexes none is read', async () => {
    const { app, wire, image, pushIndex } = await setUp()
    for (let i = 0; i < 9; i++) await pushIndex([], `v${i}`, { annotations: { i: `${i}` } })
    wire.reset()
    expect(await whatReaches(app, image.digest, { maxTags: 8 })).toContain('more than 8 tags')
    expect(wire.lines()).toEqual(['GET /tags/list'])
    for (let i = 0; i < 9; i++) await pushIndex([], 'same', { annotations: { i: `${i}` } })
    const nested = await Promise.all(
      [...Array(9).keys()].map((i) => pushIndex([], undefined, { annotations: { n: `${i}` } })),
    )
    await pushIndex(nested, 'same')
    expect(await whatReaches(app, image.digest, { maxTags: 15 })).toContain('more than 15 indexes')
    expect(await whatReaches(app, image.digest, { maxTags: 20 })).toBeUndefined()
  })

  test('indexes that list each other in a circle, or one many times, are read once', async () => {
    const { app, wire, image, pushIndex } = await setUp()
    const inner = await pushIndex([])
    await pushIndex(Array(500).fill(inner), 'v1')
    wire.reset()
    expect(await whatReaches(app, image.digest)).toBeUndefined()
    expect(wire.lines()).toHaveLength(4)
  })
})

describe('what cannot be seen', () => {
  test.each([403, 404, 405, 500])('counts as leading there: tags answered %i', async (status) => {
    const { app, image } = await setUp((request, answer) =>
      request.url.includes('/tags/list') ? new Response('{}', { status }) : answer(),
    )
    expect(await whatReaches(app, image.digest)).toContain('its tags cannot be listed')
  })

  test.each<[string, () => Response]>([
    ['a proxy’s 404', () => new Response('<h1>Not Found</h1>', { status: 404 })],
    ['404 without a body', () => new Response(null, { status: 404 })],
    ['DENIED', () => Response.json({ errors: [{ code: 'DENIED' }] }, { status: 404 })],
    ['NAME_UNKNOWN', () => Response.json({ errors: [{ code: 'NAME_UNKNOWN' }] }, { status: 404 })],
  ])(
    'counts as leading there: what is at a tag, and what that lists, answered by %s',
    async (_, refuse) => {
      let hidden = 'v1'
      const { app, image, pushIndex } = await setUp((request, answer) =>
        request.url.endsWith(hidden) ? refuse() : answer(),
      )
      const inner = await pushIndex([image])
      const { digest } = await pushIndex([inner], 'v1')
      for (hidden of ['v1', digest, inner.digest])
        expect(await whatReaches(app, image.digest), hidden).toContain('cannot be read')
    },
  )

  test('counts as leading there: what a tag leads to, and is said to be gone', async () => {
    const errors = [{ code: 'MANIFEST_UNKNOWN' }]
    let hidden = 'nothing'
    const { app, image, pushIndex } = await setUp((request, answer) =>
      request.url.endsWith(hidden) ? Response.json({ errors }, { status: 404 }) : answer(),
    )
    const inner = await pushIndex([image])
    const { digest } = await pushIndex([inner], 'v1')
    hidden = digest
    expect(await whatReaches(app, image.digest)).toContain('it is said to be gone')
    // What an index lists may be gone.
    hidden = inner.digest
    expect(await whatReaches(app, image.digest)).toBeUndefined()
  })

  test.each([429, 503])('is an error where it may be seen the next time: %i', async (status) => {
    const { app, image } = await setUp((request, answer) =>
      request.url.includes('/tags/list') ? new Response('{}', { status }) : answer(),
    )
    await expect(whatReaches(app, image.digest)).rejects.toMatchObject({ status })
  })

  test('is a later page of tags that is missing', async () => {
    const { app, image } = await setUp((request, answer) => {
      if (!request.url.includes('/tags/list')) return answer()
      const errors = [{ code: 'NAME_UNKNOWN' }]
      if (request.url.includes('last=')) return Response.json({ errors }, { status: 404 })
      const link = '</v2/team/app/tags/list?last=v1>; rel="next"'
      return Response.json({ tags: ['v1'] }, { headers: { link } })
    })
    expect(await whatReaches(app, image.digest)).toContain('its tags cannot be listed')
  })

  test('is thrown as the caller’s own reason when it is given up', async () => {
    const { app, image } = await setUp()
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(whatReaches(app, image.digest, { signal })).rejects.toThrow('enough')
  })
})

test.each([{ maxTags: 0 }, { maxTags: '9' }, { maxTag: 9 }])('refuses %o', async (options) => {
  const { app, wire } = await setUp()
  wire.reset()
  expect(() => tagTargets(app, options as never)).toThrow(
    expect.objectContaining({ code: 'INVALID_INPUT' }),
  )
  const digest = parseDigest(`sha256:${'0'.repeat(64)}`)
  await expect(whatReaches(app, digest, options as never)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
  await expect(whatReaches(app, 'v1' as never)).rejects.toMatchObject({ path: 'digest' })
  expect(wire.lines()).toEqual([])
})
