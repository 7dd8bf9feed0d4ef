// A copy that ends early, at each of its requests: run again, it ends as one that nothing disturbed.
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
  embeddedRegistry,
} from '../../../src/embedded/index.ts'
import { type CopyReport, copy, discover, type Fetch, repository } from '../../../src/index.ts'
import { fillChain, fillIndex } from './_attached.ts'
import { stateOf } from './_state.ts'

/** `RUNS=2` has each request fail in each way; else each in one of the three. */
const step = process.env.RUNS ? 1 : 3

const settle = 0

/** What is attached to what there, by which ways, as a client finds it. */
async function foundIn({ fetch }: EmbeddedRegistry): Promise<readonly string[]> {
  const app = repository('there.test/app', { fetch, retries: 0 })
  const { flat, complete } = await discover(app, 'v1', { scope: 'all', depth: 2 })
  expect(complete).toBe(true)
  return flat.map(({ digest, subjects, via }) => {
    const names = [...new Set(via.map((way) => way.strategy))].sort()
    return `${digest} of ${[...subjects].sort()} by ${names}`
  })
}

const withApi: EmbeddedRegistryOptions = {}
const without: EmbeddedRegistryOptions = { referrersApi: false, singlePost: false }

describe.each([
  { what: 'an index', to: 'with the referrers API', kind: withApi, fill: fillIndex, links: 4 },
  { what: 'an index', to: 'without it', kind: without, fill: fillIndex, links: 4 },
  { what: 'a chain', to: 'with the referrers API', kind: withApi, fill: fillChain, links: 2 },
  { what: 'a chain', to: 'without it', kind: without, fill: fillChain, links: 2 },
])('$what to a registry $to', ({ kind, fill, links }) => {
  const depth = fill === fillChain ? 2 : 1
  const options = { referrers: true, settle, depth }
  const source = embeddedRegistry(kind)
  const from = (fetch = source.fetch) => repository('here.test/app', { fetch, retries: 0 })
  /** One that knows its registry, for what is not disturbed. */
  const calm = from()
  let undisturbed: readonly string[]
  let count = 0

  beforeAll(async () => {
    await fill(calm)
    const target = embeddedRegistry(kind)
    const counting = (inner: Fetch): Fetch => {
      return (request) => {
        count++
        return inner(request)
      }
    }
    const to = repository('there.test/app', { fetch: counting(target.fetch), retries: 0 })
    expect((await copy(from(counting(source.fetch)), 'v1', to, options)).complete).toBe(true)
    undisturbed = await stateOf(target, 'app')
    const found = await foundIn(target)
    expect(found).toHaveLength(links)
    expect(found).toEqual(expect.arrayContaining([...(await foundIn(source))]))
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
    // What says that it is complete has to be.
    const whole = first instanceof Error ? false : (first as CopyReport).complete
    if (whole) expect(await stateOf(target, 'app'), `request ${nth}`).toEqual(undisturbed)
    if (first instanceof Error) {
      if (!signal) expect(first).toMatchObject({ code: 'COPY_FAILED' })
      // The tag comes last: nothing that looks whole is not.
      const left = await stateOf(target, 'app')
      if (left.some((line) => line.startsWith('tag v1 '))) expect(left).toEqual(undisturbed)
    }
    const again = repository('there.test/app', { fetch: target.fetch, retries: 0 })
    const second = await copy(calm, 'v1', again, options)
    expect(second.losses).toEqual([])
    expect(second.complete).toBe(true)
    expect(await stateOf(target, 'app'), `request ${nth}`).toEqual(undisturbed)
    return first
  }

  test('ends as one undisturbed after an abort at any request', async () => {
    for (let nth = 1; nth <= count; nth += step) {
      const stop = new AbortController()
      const reason = new Error(`at ${nth}`)
      const abort = () => void stop.abort(reason)
      const first = await copyTwice(nth, abort as () => undefined, stop.signal)
      // Of parallel requests a few may be spared.
      if (stop.signal.aborted) expect(first).toBe(reason)
    }
  }, 180_000)

  test('ends as one undisturbed after a connection that breaks at any request', async () => {
    for (let nth = Math.min(2, step); nth <= count; nth += step) {
      const first = await copyTwice(nth, () => Promise.reject(new TypeError('fetch failed')))
      if (first instanceof Error) expect(first.cause).toMatchObject({ code: 'CONNECTION' })
    }
  }, 180_000)

  test('ends as one undisturbed after an error of the registry at any request', async () => {
    for (let nth = Math.min(3, step); nth <= count; nth += step) {
      const first = await copyTwice(nth, async () => new Response(null, { status: 507 }))
      if (first instanceof Error) expect(first.cause).toMatchObject({ status: 507 })
    }
  }, 180_000)
})
