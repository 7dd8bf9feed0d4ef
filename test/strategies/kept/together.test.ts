import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, detach, type Fetch, link, referrers, repository } from '../../../src/index.ts'
import { findManifest, pushBlob, putManifest } from '../../../src/registry/index.ts'
import { ociSubject, referenceField } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

const SPDX = 'application/spdx+json'
const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

/**
 * A registry that reads, adds and writes its list: of manifests that come at the same time only the last is in it,
 * though each is acknowledged.
 */
function losing(
  rounds = Number.POSITIVE_INFINITY,
  onPut: () => Response | undefined = () => undefined,
) {
  const inner = embeddedRegistry()
  const dropped = new Set<string>()
  let writing = 0
  let left = rounds
  const fetch: Fetch = async (request) => {
    const isWrite = request.method === 'PUT' && request.url.includes('/manifests/sha256:')
    if (isWrite) {
      writing += 1
      const answer = onPut()
      if (answer) {
        writing -= 1
        return answer
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const response = await inner.fetch(request)
    if (isWrite) {
      const digest = request.url.split('/').at(-1)!
      if (writing > 1 && left > 0) {
        left -= 1
        dropped.add(digest)
      } else dropped.delete(digest)
      writing -= 1
    }
    if (!request.url.includes('/referrers/')) return response
    const list = (await response.json()) as { manifests: { digest: string }[] }
    const manifests = list.manifests.filter(({ digest }) => !dropped.has(digest))
    return new Response(JSON.stringify({ ...list, manifests }), response)
  }
  const wire = recorded(fetch)
  const warnings: string[] = []
  const onWarning = ({ message }: { readonly message: string }) => warnings.push(message)
  const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0, onWarning })
  return { app, wire, warnings }
}

const artifact = (text: string) => ({
  artifactType: SPDX,
  blobs: [{ data: text, mediaType: SPDX }],
})

describe('writes that overlap', () => {
  test('lose nothing on a registry that acknowledges what it does not list', async () => {
    const { app, warnings } = losing()
    const image = await pushImage(app)
    await attach(app, image, artifact('first'))
    const texts = Array.from({ length: 12 }, (_, i) => `${i}`)
    const written = await Promise.all(texts.map((text) => attach(app, image, artifact(text))))
    expect(written.every(({ confirmed }) => confirmed)).toBe(true)
    expect(await all(referrers(app, 'v1'))).toHaveLength(13)
    expect(warnings.join()).toContain('that it does not list: written again')
  })

  test.each(['new', 'known'])('of one call lose nothing where the registry is %s', async (kind) => {
    const { app } = losing()
    const image = await pushImage(app)
    if (kind === 'known') await all(referrers(app, 'v1'))
    const blob = { ...(await pushBlob(app, 'x')), mediaType: SPDX }
    const artifacts = Array.from({ length: 9 }, (_, i) => ({
      artifactType: SPDX,
      blobs: [blob],
      annotations: { number: `${i}` },
    }))
    const linked = await link(app, image, artifacts)
    expect(linked.map(({ confirmed }) => confirmed)).toEqual(Array(9).fill(true))
    expect(linked.flatMap(({ via }) => via.map(({ source }) => source))).toEqual(
      Array(9).fill('referrers-api'),
    )
    expect(await all(referrers(app, 'v1'))).toHaveLength(9)
  })

  test('lose nothing where it was not known yet that the registry has a list', async () => {
    const { app, wire } = losing()
    const image = await pushImage(app)
    const fresh = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0 })
    const strategy = ociSubject()
    const blob = { ...(await pushBlob(app, 'x')), mediaType: SPDX }
    const manifests = await Promise.all(
      Array.from({ length: 6 }, async (_, i) => ({
        manifest: await strategy.describe(image, {
          artifactType: SPDX,
          blobs: [blob],
          annotations: { number: `${i}` },
        }),
      })),
    )
    await pushBlob(app, '{}')
    const written = await strategy.publish(fresh, image, manifests, {})
    expect(written.map(({ via }) => via[0]?.source)).toEqual(Array(6).fill('referrers-api'))
    expect(await all(referrers(app, 'v1'))).toHaveLength(6)
  })

  test('are not confirmed where the list goes on lacking one', async () => {
    const { app, wire } = losing()
    const image = await pushImage(app)
    await attach(app, image, artifact('first'))
    // Another process writes all the time.
    const noise = new AbortController()
    const other = (async () => {
      for (let i = 0; !noise.signal.aborted; i++) {
        const url = `http://registry.test/v2/team/app/manifests/sha256:${'0'.repeat(64)}`
        await wire.fetch(new Request(url, { method: 'PUT', body: `${i}` })).catch(() => {})
      }
    })()
    const written = await Promise.all(['a', 'b'].map((text) => attach(app, image, artifact(text))))
    noise.abort()
    await other
    const listed = new Set((await all(referrers(app, 'v1'))).map(({ digest }) => digest))
    for (const { digest, confirmed } of written) if (confirmed) expect(listed).toContain(digest)
  })

  test('alone read no list', async () => {
    const { app, wire } = losing()
    const image = await pushImage(app)
    await attach(app, image, artifact('first'))
    wire.reset()
    await attach(app, image, artifact('second'))
    await attach(app, image, artifact('third'))
    expect(wire.lines().filter((line) => line.includes('/referrers/'))).toEqual([])
  })

  test('do not keep others waiting when one fails', async () => {
    const stop = new AbortController()
    let arrived = 0
    const { app } = losing(Number.POSITIVE_INFINITY, () => {
      if (++arrived === 2) stop.abort(new Error('enough'))
      return undefined
    })
    const image = await pushImage(app)
    await attach(app, image, artifact('first'))
    arrived = 0
    const [written, failed] = await Promise.allSettled([
      attach(app, image, artifact('a')),
      attach(app, image, artifact('b'), { signal: stop.signal }),
    ])
    expect(failed.status).toBe('rejected')
    expect(written).toMatchObject({ status: 'fulfilled', value: { confirmed: true } })
  })

  test('of other registries and other logins are none of theirs', async () => {
    const one = losing()
    const two = losing()
    const images = await Promise.all([pushImage(one.app), pushImage(two.app)])
    await attach(one.app, images[0], artifact('first'))
    await attach(two.app, images[1], artifact('first'))
    two.wire.reset()
    const written = await Promise.all([
      attach(one.app, images[0], artifact('of one')),
      attach(two.app, images[1], artifact('of two')),
    ])
    expect(written.map(({ confirmed }) => confirmed)).toEqual([true, true])
    expect(two.wire.lines().filter((line) => line.startsWith('PUT /manifests'))).toHaveLength(1)
    expect(await all(referrers(two.app, 'v1'))).toHaveLength(2)
  })

  test('to another list are none of theirs', async () => {
    const wire = recorded(embeddedRegistry().fetch)
    const warnings: string[] = []
    const onWarning = ({ message }: { readonly message: string }) => warnings.push(message)
    const app = repository('registry.test/team/app', { fetch: wire.fetch, onWarning })
    const image = await pushImage(app)
    for (const strategy of [ociSubject(), referenceField()]) {
      await attach(app, image, artifact(`first by ${strategy.name}`), { strategy })
    }
    wire.reset()
    const written = await Promise.all(
      [ociSubject(), referenceField()].map((strategy) =>
        attach(app, image, artifact(`second by ${strategy.name}`), { strategy }),
      ),
    )
    expect(written.map(({ confirmed }) => confirmed)).toEqual([true, true])
    expect(wire.lines().filter((line) => /refer/.test(line))).toEqual([])
    expect(warnings).toEqual([])
  })

  test('that cannot be repaired cost nobody else, and are not confirmed', async () => {
    let puts = 0
    const { app } = losing(Number.POSITIVE_INFINITY, () => {
      if (++puts > 2) return new Response('{}', { status: 500 })
      return undefined
    })
    const image = await pushImage(app)
    await attach(app, image, artifact('first'))
    puts = 0
    const written = await Promise.all(['a', 'b'].map((text) => attach(app, image, artifact(text))))
    const listed = new Set((await all(referrers(app, 'v1'))).map(({ digest }) => digest))
    expect(written.map(({ digest, confirmed }) => confirmed === listed.has(digest))).toEqual([
      true,
      true,
    ])
    expect(written.some(({ confirmed }) => !confirmed)).toBe(true)
  })

  test.each([
    ['403', () => new Response('{}', { status: 403 })],
    ['429', () => new Response('{}', { status: 429 })],
    ['503', () => new Response('{}', { status: 503 })],
    ['a broken connection', () => Promise.reject(new TypeError('fetch failed'))],
  ] as const)(
    'that nobody acknowledged are in the tag or fail where the list answers %s',
    async (_, answer) => {
      for (const often of [1, 2, Number.POSITIVE_INFINITY]) {
        const { fetch } = embeddedRegistry({ referrersApi: false })
        let left = 0
        const bent: Fetch = async (request) =>
          request.url.includes('/referrers/') && left-- > 0 ? answer() : fetch(request)
        const open = (own: Fetch) =>
          repository('registry.test/team/app', { fetch: own, retries: 0, onWarning() {} })
        const image = await pushImage(open(fetch))
        left = often
        const app = open(bent)
        const written = await Promise.allSettled(
          ['a', 'b', 'c'].map((text) => attach(app, image, artifact(text), { settle: 0 })),
        )
        const listed = (await all(referrers(open(fetch), 'v1'))).map(({ digest }) => digest)
        for (const one of written) {
          if (one.status === 'fulfilled') expect(listed).toContain(one.value.digest)
        }
        // Whose second read is refused too fails; which one that is depends on who comes when.
        const failed = written.filter(({ status }) => status === 'rejected').length
        expect(failed).toBeGreaterThanOrEqual(often > 2 ? 1 : 0)
        expect(failed).toBeLessThanOrEqual(often > 2 ? 3 : often - 1)
      }
    },
  )

  test('send nothing more when all of them have given up', async () => {
    const stop = new AbortController()
    let puts = 0
    const { app, wire } = losing(Number.POSITIVE_INFINITY, () => {
      // The first repair.
      if (++puts === 5) stop.abort(new Error('enough'))
      return undefined
    })
    const image = await pushImage(app)
    await attach(app, image, artifact('first'))
    puts = 0
    const { signal } = stop
    const texts = ['a', 'b', 'c', 'd']
    const ended = await Promise.allSettled(
      texts.map((text) => attach(app, image, artifact(text), { signal })),
    )
    expect(ended.map(({ status }) => status)).toContain('rejected')
    wire.reset()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(wire.lines()).toEqual([])
  })

  test('end though others begin all the time', async () => {
    const { app } = losing()
    const image = await pushImage(app)
    await attach(app, image, artifact('first'))
    let more = true
    const stream: Promise<unknown>[] = []
    const feeding = (async () => {
      for (let i = 0; more; i++) {
        stream.push(attach(app, image, artifact(`stream ${i}`)))
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    const first = await attach(app, image, artifact('one of them'))
    // The stream goes on; this has not waited for its end.
    more = false
    const { length } = stream
    await feeding
    await Promise.all(stream)
    expect(length).toBeGreaterThan(0)
    // What could not be repaired in the rush is not confirmed.
    const listed = new Set((await all(referrers(app, 'v1'))).map(({ digest }) => digest))
    expect(listed.has(first.digest) || !first.confirmed).toBe(true)
  })
})

describe('deletes that overlap', () => {
  /** Loses a delete that comes while another one is answered; of ghosts only the entry stays. */
  function losingDeletes(
    lose: 'nothing' | 'all' | 'entries',
    rounds = Number.POSITIVE_INFINITY,
    onLost: (digest: string) => Promise<unknown> = async () => {},
  ) {
    const inner = embeddedRegistry()
    const ghosts = new Map<string, object>()
    let running = 0
    let left = rounds
    const fetch: Fetch = async (request) => {
      const digest = request.url.split('/').at(-1)!
      if (request.method === 'DELETE') {
        const isLost = running++ > 0 && left-- > 0
        await new Promise((resolve) => setTimeout(resolve, 10))
        running--
        if (isLost) await onLost(digest)
        if (isLost && lose === 'all') return new Response(null, { status: 202 })
        if (isLost && lose === 'entries') {
          ghosts.set(digest, { mediaType: IMAGE_MANIFEST, digest, size: 100, artifactType: SPDX })
        }
      }
      const response = await inner.fetch(request)
      if (!request.url.includes('/referrers/')) return response
      const list = (await response.json()) as { manifests: object[] }
      const manifests = [...list.manifests, ...ghosts.values()]
      return new Response(JSON.stringify({ ...list, manifests }), response)
    }
    const wire = recorded(fetch)
    const warnings: string[] = []
    const onWarning = ({ message }: { readonly message: string }) => warnings.push(message)
    const app = repository('registry.test/team/app', { fetch: wire.fetch, retries: 0, onWarning })
    return { app, wire, warnings }
  }

  async function detachAll(world: ReturnType<typeof losingDeletes>) {
    const image = await pushImage(world.app)
    const made = []
    for (const text of ['a', 'b', 'c', 'd', 'e'])
      made.push(await attach(world.app, image, artifact(text)))
    world.wire.reset()
    const gone = await Promise.all(made.map((one) => detach(world.app, image, one)))
    return {
      made,
      gone,
      deletes: world.wire.lines().filter((line) => line.startsWith('DELETE')).length,
    }
  }

  test('are done again where they came to nothing', async () => {
    const world = losingDeletes('all')
    const { gone, deletes } = await detachAll(world)
    expect(gone.map(({ deleted, confirmed }) => deleted && confirmed)).toEqual(Array(5).fill(true))
    expect(deletes).toBe(9)
    expect(await all(referrers(world.app, 'v1'))).toEqual([])
    expect(world.warnings.join()).toContain('and still has it')
  })

  test('are not confirmed where the list names what is gone', async () => {
    const world = losingDeletes('entries')
    const { gone, deletes } = await detachAll(world)
    expect(gone.map(({ confirmed }) => confirmed).toSorted()).toEqual([
      false,
      false,
      false,
      false,
      true,
    ])
    expect(deletes).toBe(5)
  })

  test('are not done again of what somebody has tagged since', async () => {
    let tagged: string | undefined
    const world = losingDeletes('all', Number.POSITIVE_INFINITY, async (digest) => {
      if (tagged) return
      tagged = digest
      const { bytes, descriptor } = (await findManifest(world.app, digest))!
      await putManifest(world.app, 'mine', bytes, { mediaType: descriptor.mediaType })
    })
    const { gone } = await detachAll(world)
    expect((await findManifest(world.app, 'mine'))?.descriptor.digest).toBe(tagged)
    expect(gone.filter(({ confirmed }) => !confirmed).map(({ digest }) => digest)).toEqual([tagged])
    expect(world.warnings.join()).toContain('it stays: the tag mine leads to it')
  })

  test('cost one list for all of them, and one alone costs none', async () => {
    const world = losingDeletes('nothing', 0)
    const lists = () => world.wire.lines().filter((line) => line.includes('/referrers/')).length
    const { made } = await detachAll(world)
    expect(lists()).toBe(made.length + 1)
    const alone = await attach(world.app, 'v1', artifact('alone'))
    const before = lists()
    await detach(world.app, 'v1', alone)
    expect(lists()).toBe(before + 1)
  })
})
