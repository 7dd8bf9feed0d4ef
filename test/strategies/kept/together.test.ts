import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, type Fetch, link, referrers, repository } from '../../../src/index.ts'
import { pushBlob } from '../../../src/registry/index.ts'
import { ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

const SPDX = 'application/spdx+json'

/**
 * A registry that reads, adds and writes its list: of manifests that come at the same time only the last is in it,
 * though each is acknowledged.
 */
function losing(rounds = Number.POSITIVE_INFINITY) {
  const inner = embeddedRegistry()
  const dropped = new Set<string>()
  let writing = 0
  let left = rounds
  const fetch: Fetch = async (request) => {
    const isWrite = request.method === 'PUT' && request.url.includes('/manifests/sha256:')
    if (isWrite) {
      writing += 1
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

  test('of one call lose nothing', async () => {
    const { app } = losing()
    const image = await pushImage(app)
    const blob = { ...(await pushBlob(app, 'x')), mediaType: SPDX }
    const artifacts = Array.from({ length: 8 }, (_, i) => ({
      artifactType: SPDX,
      blobs: [blob],
      annotations: { number: `${i}` },
    }))
    await link(app, image, artifacts)
    expect(await all(referrers(app, 'v1'))).toHaveLength(8)
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
    const { app } = losing()
    const image = await pushImage(app)
    await attach(app, image, artifact('first'))
    const signal = AbortSignal.timeout(5)
    const [failed, written] = await Promise.allSettled([
      attach(app, image, artifact('a'), { signal }),
      attach(app, image, artifact('b')),
    ])
    expect(failed.status).toBe('rejected')
    expect(written).toMatchObject({ status: 'fulfilled', value: { confirmed: true } })
  })
})
