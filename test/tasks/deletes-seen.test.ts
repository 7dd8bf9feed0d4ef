// Registries that say that something was deleted, and still have it: what was done is looked at.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, type Descriptor, type Fetch, prune, remove, repository } from '../../src/index.ts'
import { deleteManifest, findManifest, listTags, putManifest } from '../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject, referenceField } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'

const note = { artifactType: 'application/vnd.example.note' }
const INDEX = 'application/vnd.oci.image.index.v1+json'
const accepted = () => new Response(null, { status: 202 })

type Bend = (request: Request, straight: Fetch) => Promise<Response | undefined>

function setUp(options: EmbeddedRegistryOptions, bend: Bend = async () => undefined) {
  const registry = embeddedRegistry(options)
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const app = repository('registry.test/team/app', {
    retries: 0,
    fetch: async (request) => (await bend(request, registry.fetch)) ?? registry.fetch(request),
  })
  const tags = () => all(listTags(straight)).catch(() => [])
  const isThere = async ({ digest }: { digest: string }) =>
    (await findManifest(straight, digest)) !== undefined
  const push = async (tag: string, strategies = [ociSubject(), digestTags()]) => {
    const image = await pushImage(straight, tag, tag)
    const made = []
    for (const strategy of strategies) {
      const annotations = { tag, by: strategy.name }
      made.push(await attach(straight, image, { ...note, annotations }, { strategy, settle: 0 }))
    }
    return { image, made }
  }
  return { app, straight, tags, isThere, push }
}

test('a registry that leaves the tags of what is deleted loses them too', async () => {
  const { app, tags, push } = setUp({ profile: 'ggcr' })
  await push('v1', [ociSubject(), digestTags(), cosignTags({ suffix: 'sig' })])
  await push('v2', [])
  const { items, complete } = await remove(app, 'v1', { referrers: true })
  expect(complete).toBe(true)
  expect(items.every(({ status }) => status === 'done')).toBe(true)
  expect(await tags()).toEqual(['v2'])
})

test('it says so where it cannot lose them', async () => {
  const { app, tags, push } = setUp({ profile: 'ggcr' }, async ({ method, url }) =>
    method === 'DELETE' && url.endsWith('/v1') ? Response.json({}, { status: 405 }) : undefined,
  )
  await push('v1', [])
  const { items, complete } = await remove(app, 'v1')
  expect(complete).toBe(false)
  expect(items).toMatchObject([{ status: 'failed', error: expect.stringContaining('v1') }])
  expect(await tags()).toEqual(['v1'])
})

describe.concurrent.each<EmbeddedRegistryOptions>([
  { profile: 'olareg' },
  { profile: 'distribution2' },
])('on %j', (options) => {
  test('remove() does not say that it has deleted what is still there', async () => {
    // Of all, of manifests with a tag, or of the first.
    for (const count of [99, 1]) {
      let answered = 0
      const { app, tags, isThere, push } = setUp(options, async ({ method }) =>
        method === 'DELETE' && answered++ < count ? accepted() : undefined,
      )
      const { image, made } = await push('v1', count === 1 ? [] : undefined)
      const { items, complete } = await remove(app, 'v1', { referrers: true })
      expect(complete).toBe(false)
      expect(items.map(({ status }) => status)).toEqual(items.map(() => 'failed'))
      for (const one of [image, ...made]) expect(await isThere(one)).toBe(true)
      expect(await tags()).toContain('v1')
    }
  })

  test('nor does prune()', async () => {
    const { app, straight, isThere, push } = setUp(options, async ({ method }) =>
      method === 'DELETE' ? accepted() : undefined,
    )
    const { image, made } = await push('old', [digestTags()])
    await push('v1')
    await deleteManifest(straight, image.digest)
    const { items, complete } = await prune(app, { settle: 0 })
    expect(complete).toBe(false)
    expect(items).toMatchObject([{ status: 'failed', error: expect.stringContaining('still') }])
    for (const one of made) expect(await isThere(one)).toBe(true)
  })

  test('nor does prune() where only one of its deletes came to nothing', async () => {
    for (const at of [0, 1, 2]) {
      let answered = 0
      const { app, straight, push } = setUp(options, async ({ method }) =>
        method === 'DELETE' && answered++ === at ? accepted() : undefined,
      )
      const ways = [digestTags(), cosignTags({ suffix: 'sig' }), cosignTags({ suffix: 'att' })]
      const { image } = await push('old', ways)
      await push('v1')
      await deleteManifest(straight, image.digest)
      const { items, complete } = await prune(app, { settle: 0 })
      expect(complete, `${at}`).toBe(false)
      expect(items.map(({ status }) => status).toSorted()).toEqual(['done', 'done', 'failed'])
    }
  })

  test('what somebody pushes again just then stays, with its tag', async () => {
    let deleted = false
    const { app, straight, tags, isThere, push } = setUp(options, async (request, fetch) => {
      if (request.method !== 'DELETE' || deleted) return undefined
      deleted = true
      const response = await fetch(request)
      await pushImage(straight, 'v1', 'v1')
      return response
    })
    const { image } = await push('v1', [])
    const { complete } = await remove(app, 'v1')
    expect(complete).toBe(false)
    expect(await isThere(image)).toBe(true)
    expect(await tags()).toEqual(['v1'])
  })

  test('a delete that takes a moment is waited for', async () => {
    let left = 0
    const { app, straight, push } = setUp(options, async ({ method }) => {
      if (method === 'DELETE') left = 2
      if (method !== 'GET' || left-- <= 0) return undefined
      return new Response(bytes as Uint8Array<ArrayBuffer>, {
        headers: { 'content-type': descriptor.mediaType },
      })
    })
    await push('v1', [])
    const { bytes, descriptor } = (await findManifest(straight, 'v1'))!
    const { complete } = await remove(app, 'v1')
    expect(left).toBeLessThan(1)
    expect(complete).toBe(true)
  })

  test('what cannot be looked at is not said to be done, but for what is hidden', async () => {
    for (const status of [500, 403, 401]) {
      let deleted = false
      const { app, push } = setUp(options, async ({ method }) => {
        if (deleted) return Response.json({ errors: [{ code: 'DENIED' }] }, { status })
        deleted = method === 'DELETE'
        return undefined
      })
      await push('v1', [])
      const { items, complete } = await remove(app, 'v1')
      expect(complete, `${status}`).toBe(status !== 500)
      if (status === 500) {
        const error = expect.stringContaining('could not be seen')
        expect(items).toMatchObject([{ status: 'failed', error }])
      }
    }
  })
})

test('entries are not said to be taken out of a list that one read did not find', async () => {
  const { app, straight, push } = setUp({ referrersApi: false }, async ({ method, url }) => {
    const isTag = method === 'GET' && /sha256-[0-9a-f]{64}$/.test(url)
    return isTag && ++reads === 2 ? new Response('<html>', { status: 404 }) : undefined
  })
  let reads = 0
  const { made } = await push('v1', [ociSubject()])
  await deleteManifest(straight, made[0]!.digest)
  const { items, complete } = await prune(app, { settle: 0, strategies: [digestTags()] })
  expect(items).toMatchObject([{ action: 'remove-entries', status: 'failed' }])
  expect(complete).toBe(false)
})

test('a refused item is not the one that is looked at', async () => {
  const { app, straight, tags, push } = setUp({ profile: 'ggcr' }, async ({ method, url }) =>
    method === 'DELETE' && url.includes('.sig') ? Response.json({}, { status: 405 }) : undefined,
  )
  const { image } = await push('v1', [digestTags()])
  const other = await push('v2', [])
  // Its signature's tag leads to what v2 leads to, and cannot be deleted.
  const { bytes } = (await findManifest(straight, 'v2'))!
  const tag = `${image.digest.replace(':', '-')}.sig`
  await putManifest(straight, tag, bytes, { mediaType: other.image.mediaType })
  const { items, complete } = await remove(app, 'v1', { referrers: true })
  expect(items.map(({ status }) => status).toSorted()).toEqual(['done', 'done', 'refused'])
  expect(complete).toBe(false)
  expect((await tags()).toSorted()).toEqual([tag, 'v2'].toSorted())
})

test('a tag that was moved before it was to be deleted is left, and the plan is stale', async () => {
  let moved = false
  const { app, straight, tags, push } = setUp({}, async ({ method, url }) => {
    if (method === 'HEAD' && url.endsWith('/manifests/v1') && !moved) {
      moved = true
      await pushImage(straight, 'v1', 'new')
    }
    return undefined
  })
  const { image } = await push('v1', [])
  const { bytes } = (await findManifest(straight, 'v1'))!
  await putManifest(straight, 'v2', bytes, { mediaType: image.mediaType })
  const { items, complete } = await remove(app, 'v1')
  expect(items).toMatchObject([{ action: 'delete-tag', status: 'stale' }])
  expect(complete).toBe(false)
  expect(await tags()).toEqual(['v1', 'v2'])
})

test('a plan that was carried out is gone when it is carried out again, and one of another image stale', async () => {
  const { app, straight, isThere, push } = setUp({ referrersApi: false })
  const { made } = await push('v1')
  const plan = await remove(app, 'v1', { referrers: true, dryRun: true })
  await pushImage(straight, 'v1', 'other')
  const other = await remove(app, 'v1', { referrers: true, plan })
  expect(other.complete).toBe(false)
  expect(other.items.map(({ status }) => status)).toEqual(plan.items.map(() => 'stale'))
  for (const one of made) expect(await isThere(one)).toBe(true)

  const { digest } = plan.image
  await remove(app, digest, { referrers: true })
  await deleteManifest(straight, 'v1')
  const again = await remove(app, digest, { referrers: true, plan })
  expect(again.items.map(({ status }) => status)).toEqual(plan.items.map(() => 'gone'))
  expect(again.complete).toBe(true)
})

describe('deletes that come at the same time, of which some come to nothing', () => {
  const types = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `application/vnd.example.${name}`)

  /** Loses a delete that comes while another is answered, as olareg 0.2 does. */
  function setUpLossy(tries = Number.POSITIVE_INFINITY) {
    let running = 0
    let lost = 0
    const sent: string[] = []
    const world = setUp({ profile: 'olareg' }, async (request, fetch) => {
      sent.push(request.method)
      if (request.method !== 'DELETE') return undefined
      const isLost = running++ > 0 && lost < tries
      await new Promise((resolve) => setTimeout(resolve, 5))
      const response = isLost ? accepted() : await fetch(request)
      if (isLost) lost++
      running--
      return response
    })
    const attachAll = async (subject: Descriptor) => {
      const made = []
      for (const artifactType of types) {
        made.push(await attach(world.straight, subject, { artifactType }, { settle: 0 }))
      }
      return made
    }
    return { ...world, attachAll, sent, lost: () => lost }
  }

  test('are done again by remove(), one after the other', async () => {
    const { app, isThere, push, attachAll, sent, lost } = setUpLossy()
    const { image } = await push('v1', [])
    const made = await attachAll(image)
    const { items, complete } = await remove(app, 'v1', { referrers: true })
    expect(lost()).toBeGreaterThan(3)
    expect(items.map(({ status }) => status)).toEqual(items.map(() => 'done'))
    expect(complete).toBe(true)
    for (const one of [image, ...made]) expect(await isThere(one)).toBe(false)
    expect(sent.filter((method) => method === 'DELETE')).toHaveLength(7 + lost())
  })

  test('are done again by prune()', async () => {
    const { app, straight, isThere, push, attachAll, lost } = setUpLossy()
    const { image, made } = await push('old', [digestTags()])
    const attached = await attachAll(made[0]!)
    await push('v1')
    await deleteManifest(straight, image.digest)
    const { items, complete } = await prune(app, { settle: 0 })
    expect(lost()).toBeGreaterThan(3)
    expect(items).toHaveLength(7)
    expect(complete).toBe(true)
    for (const one of [...made, ...attached]) expect(await isThere(one)).toBe(false)
  })

  test('are done again for the platforms of an index, which no list has', async () => {
    const { app, straight, isThere, lost } = setUpLossy()
    const platforms = []
    for (const tag of ['a', 'b', 'c']) platforms.push(await pushImage(straight, tag, tag))
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: platforms } as const
    const { descriptor } = await putManifest(straight, 'v1', index)
    for (const tag of ['a', 'b', 'c']) await deleteManifest(straight, tag)
    await attach(straight, descriptor, note, { settle: 0 })
    const { complete } = await remove(app, 'v1', { referrers: true })
    expect(lost()).toBeGreaterThan(0)
    expect(complete).toBe(true)
    for (const one of platforms) expect(await isThere(one)).toBe(false)
  })

  test('are not tried over and over where the registry deletes nothing', async () => {
    let deletes = 0
    const { app, push, straight } = setUp({ profile: 'olareg' }, async ({ method }) => {
      if (method !== 'DELETE') return undefined
      deletes++
      return accepted()
    })
    const { image } = await push('v1', [])
    for (const artifactType of types) await attach(straight, image, { artifactType }, { settle: 0 })
    // What the tag keeps is not sent again at all.
    for (const [subject, again] of [['v1', 0] as const, [image, 1] as const]) {
      if (again) await deleteManifest(straight, 'v1')
      deletes = 0
      const { items, complete } = await remove(app, subject, { referrers: true })
      expect(complete).toBe(false)
      expect(items.map(({ status }) => status)).toEqual(Array(7).fill('failed'))
      expect(deletes).toBe(7 + again)
    }
  })

  test('are found out where the list fails after them, and where another list has them', async () => {
    for (const answer of [500, 404, 200, 'references'] as const) {
      let deletes = 0
      const bend: Bend = async ({ method, url }) => {
        if (method === 'DELETE' && deletes++ === 0) return accepted()
        if (deletes === 0 || answer === 'references' || !url.includes('/referrers/')) return
        return new Response('<html>', { status: answer })
      }
      const profile = answer === 'references' ? {} : ({ profile: 'olareg' } as const)
      const { app, straight, isThere, push } = setUp(profile, bend)
      const strategies = [...(answer === 'references' ? [referenceField()] : []), ociSubject()]
      const { image, made } = await push('v1', strategies)
      made.push(await attach(straight, image, note, { settle: 0 }))
      const { complete } = await remove(app, 'v1', { referrers: true, strategies })
      expect(complete).toBe(true)
      for (const { digest } of made) expect(await isThere({ digest }), `${answer}`).toBe(false)
    }
  })

  test('are found out of the image alone', async () => {
    for (const profile of ['olareg', 'zot'] as const) {
      let image: Descriptor | undefined
      const { app, isThere, push, straight } = setUp({ profile }, async ({ method, url }) =>
        method === 'DELETE' && url.includes(image!.digest) ? accepted() : undefined,
      )
      image = (await push('v1', [ociSubject()])).image
      await attach(straight, image, note, { settle: 0 })
      const { items, complete } = await remove(app, 'v1', { referrers: true })
      expect(await isThere(image)).toBe(true)
      expect(items.map(({ status }) => status)).toEqual(['done', 'done', 'failed'])
      expect(complete).toBe(false)
    }
  })

  test('cost nothing of somebody who pushes the same manifests again just then, under another tag', async () => {
    let deletes = 0
    let last: string | undefined
    let again = async () => {}
    const { app, straight, isThere } = setUp({ profile: 'olareg' }, async (request, fetch) => {
      if (request.method === 'DELETE') {
        deletes++
        if (!request.url.includes(last!)) return undefined
        const response = await fetch(request)
        await again()
        return response
      }
      const isList = deletes > 0 && request.url.includes('/referrers/')
      return isList ? new Response('<html>', { status: 500 }) : undefined
    })
    const put = (tag: string, manifests: readonly Descriptor[]) =>
      putManifest(straight, tag, { schemaVersion: 2, mediaType: INDEX, manifests })
    const platforms = [await pushImage(straight, 'a', 'a'), await pushImage(straight, 'b', 'b')]
    await put('v1', platforms)
    for (const tag of ['a', 'b']) await deleteManifest(straight, tag)
    const attached = await attach(straight, platforms[1]!, note, { settle: 0 })
    last = platforms[1]!.digest
    const stored = (await findManifest(straight, last))!
    again = async () => {
      const { mediaType } = stored.descriptor
      await putManifest(straight, undefined, stored.bytes, { mediaType })
      await attach(straight, platforms[1]!, note, { settle: 0 })
      await put('v2', [platforms[1]!])
    }
    const { items, complete } = await remove(app, 'v1', { referrers: true })
    for (const one of [platforms[1]!, attached]) expect(await isThere(one)).toBe(true)
    expect(await isThere(platforms[0]!)).toBe(false)
    expect(items.filter(({ error }) => error?.includes('the tag v2'))).toHaveLength(2)
    expect(complete).toBe(false)
  })
})
