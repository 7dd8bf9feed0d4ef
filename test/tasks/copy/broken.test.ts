// A copy that ends early, at each of its requests: run again, it ends as one that nothing disturbed.
import { beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type CopyReport,
  copy,
  discover,
  type Fetch,
  repository,
} from '../../../src/index.ts'
import {
  headManifest,
  listTags,
  putManifest,
  type Repository,
} from '../../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  ociSubject,
} from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'

/** `RUNS=2` has each request fail in each way; else every third one. */
const step = process.env.RUNS ? 1 : 3

const artifactType = 'application/spdx+json'
const options = { referrers: true, settle: 0, depth: 2 } as const

/** An index with an image, and something attached in every way that one registry can hold. */
async function fill(app: Repository): Promise<void> {
  const images = []
  for (const architecture of ['amd64']) {
    const image = await pushImage(app, architecture, architecture)
    images.push({ ...image, platform: { os: 'linux', architecture } })
  }
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  await putManifest(app, 'v1', { schemaVersion: 2, mediaType, manifests: images })
  for (const strategy of [ociSubject(), digestTags(), cosignTags()]) {
    const blobs = [{ data: `of ${strategy.name}`, mediaType: artifactType }]
    const one = await attach(app, 'v1', { artifactType, blobs }, { strategy, settle: 0 })
    if (strategy.name === 'oci-subject') {
      const below = [{ data: 'a signature', mediaType: 'text/plain' }]
      await attach(app, one.digest, { artifactType: 'text/plain', blobs: below }, { settle: 0 })
    }
  }
  const blobs = [{ data: 'of a platform', mediaType: artifactType }]
  const strategy = indexAnnotations()
  await attach(app, images[0]!.digest, { artifactType, blobs }, { strategy, settle: 0 })
}

/** What is there: what each tag leads to, and what is attached to what. Clients may list in any order. */
async function contentOf(app: Repository): Promise<readonly string[]> {
  const lines: string[] = []
  for (const tag of await all(listTags(app))) {
    const found = await headManifest(app, tag)
    // A list that clients write together has one entry more or less ahead of another.
    lines.push(/^sha256-[0-9a-f]{64}$/.test(tag) ? tag : `${tag} ${found?.digest}`)
  }
  const { flat, complete } = await discover(app, 'v1', { scope: 'all', depth: 2 })
  expect(complete).toBe(true)
  for (const { digest, subjects, via } of flat) {
    const names = [...new Set(via.map((way) => way.strategy))].sort()
    lines.push(`${digest} of ${[...subjects].sort()} by ${names}`)
  }
  return lines.sort()
}

describe.each<[string, EmbeddedRegistryOptions]>([
  ['a registry with the referrers API', {}],
  ['a registry without it', { referrersApi: false, singlePost: false }],
])('to %s', (_, kind) => {
  const source = embeddedRegistry(kind)
  const from = (fetch = source.fetch) => repository('here.test/app', { fetch, retries: 0 })
  let undisturbed: readonly string[]
  let count = 0

  beforeAll(async () => {
    await fill(from())
    const { fetch } = embeddedRegistry(kind)
    const counting = (inner: typeof fetch) => (request: Request) => {
      count++
      return inner(request)
    }
    const to = repository('there.test/app', { fetch: counting(fetch), retries: 0 })
    expect((await copy(from(counting(source.fetch)), 'v1', to, options)).complete).toBe(true)
    undisturbed = await contentOf(to)
    expect(undisturbed.length).toBeGreaterThan(8)
  })

  /** Copies while the nth request meets its fault, then undisturbed. */
  async function copyTwice(
    nth: number,
    fault: () => Promise<Response> | undefined,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const target = embeddedRegistry(kind)
    let seen = 0
    const faulty = (inner: Fetch): Fetch => {
      return async (request) => (++seen === nth && (await fault())) || inner(request)
    }
    const to = repository('there.test/app', { fetch: faulty(target.fetch), retries: 0 })
    const first = await copy(from(faulty(source.fetch)), 'v1', to, { ...options, signal }).catch(
      (error: unknown) => error,
    )
    const again = () => repository('there.test/app', { fetch: target.fetch, retries: 0 })
    // What says that it is complete has to be.
    const whole = first instanceof Error ? false : (first as CopyReport).complete
    if (whole) expect(await contentOf(again()), `request ${nth}`).toEqual(undisturbed)
    if (first instanceof Error && !signal) expect(first).toMatchObject({ code: 'COPY_FAILED' })
    const second = await copy(from(), 'v1', again(), options)
    expect(second.losses).toEqual([])
    expect(second.complete).toBe(true)
    if (!whole) expect(await contentOf(again()), `request ${nth}`).toEqual(undisturbed)
    return first
  }

  test('ends as one undisturbed after an abort at any request', async () => {
    for (let nth = 1; nth <= count; nth++) {
      const stop = new AbortController()
      const reason = new Error(`at ${nth}`)
      const abort = () => void stop.abort(reason)
      const first = await copyTwice(nth, abort as () => undefined, stop.signal)
      // Of parallel requests a few may be spared.
      if (stop.signal.aborted) expect(first).toBe(reason)
    }
  }, 180_000)

  test('ends as one undisturbed after a connection that breaks at any request', async () => {
    for (let nth = 1; nth <= count; nth += step) {
      await copyTwice(nth, () => Promise.reject(new TypeError('reset')))
    }
  }, 180_000)

  test('ends as one undisturbed after an error of the registry at any request', async () => {
    for (let nth = 2; nth <= count; nth += step) {
      await copyTwice(nth, async () => new Response(null, { status: 507 }))
    }
  }, 180_000)
})
