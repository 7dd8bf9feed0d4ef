// Every call that reads ends with its signal, whichever request is under way: a registry that goes silent at that
// request answers no more, so that a call which ignores its signal never ends.
import { describe, expect, test } from 'vitest'
import {
  artifacts,
  attach,
  convert,
  type Fetch,
  platforms,
  type Repository,
  readArtifact,
  repository,
  statements,
  verifyConversion,
} from '../../../src/index.ts'
import { putManifest } from '../../../src/registry/index.ts'
import { cosignTags, digestTags, referenceField } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { bundleOf, INDEX, pushMulti, SLSA, sbom, setUp, statementOf } from './_attached.ts'

type Call = (app: Repository, signal: AbortSignal) => Promise<unknown>

async function world() {
  const { app, wire } = await setUp()
  const { index, platforms: images } = await pushMulti(app)
  await putManifest(app, 'outer', { schemaVersion: 2, mediaType: INDEX, manifests: [index] })
  for (const image of images) {
    await attach(app, image, bundleOf(statementOf(image)))
    await attach(app, image, sbom(), { strategy: cosignTags(), settle: 0 })
    await attach(app, image, sbom('"digest"'), { strategy: digestTags(), settle: 0 })
  }
  return { app, wire }
}

/** A signal, and a registry that goes silent at the nth request, at which the signal is aborted. */
function silentAt(inner: Fetch, nth: number) {
  const stop = new AbortController()
  const reason = new Error('enough')
  const sent = { count: 0, after: 0 }
  const fetch: Fetch = async (request) => {
    if (stop.signal.aborted) sent.after++
    if (++sent.count < nth) return inner(request)
    setTimeout(() => stop.abort(reason))
    return new Promise((_, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason))
    })
  }
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  return { app, signal: stop.signal, reason, sent }
}

const platform = 'linux/arm64'
const calls: readonly [string, Call][] = [
  ['readArtifact', (app, signal) => readArtifact(app, 'multi', { platform, signal })],
  [
    'readArtifact by the content',
    (app, signal) => readArtifact(app, 'multi', { platform, predicateType: SLSA, signal }),
  ],
  [
    'readArtifact in other ways',
    (app, signal) =>
      readArtifact(app, 'multi', { platform, artifactType: 'application/spdx+json', signal }),
  ],
  [
    'a blob of readArtifact',
    async (app, signal) => (await readArtifact(app, 'multi', { platform, signal })).bytes(),
  ],
  ['artifacts', (app, signal) => all(artifacts(app, 'multi', { platform, signal }))],
  ['statements', (app, signal) => all(statements(app, 'multi', { platform, signal }))],
  [
    'statements of a type',
    (app, signal) => all(statements(app, 'multi', { platform, predicateType: SLSA, signal })),
  ],
  ['platforms', (app, signal) => platforms(app, 'outer', { signal })],
  ['convert', (app, signal) => convert(app, 'multi', { to: referenceField(), settle: 0, signal })],
  [
    'convert that takes away',
    (app, signal) =>
      convert(app, 'multi', {
        from: digestTags(),
        to: referenceField(),
        keep: false,
        settle: 0,
        signal,
      }),
  ],
]

/** Aborts at each request of a call in turn. */
async function abortEverywhere(inner: () => Promise<Fetch>, call: Call): Promise<number> {
  for (let nth = 1; ; nth++) {
    const { app, signal, reason, sent } = silentAt(await inner(), nth)
    const ended = await Promise.race([
      call(app, signal).then(
        () => 'done',
        (error: unknown) => error,
      ),
      new Promise((resolve) => setTimeout(() => resolve(`still going at request ${nth}`), 15_000)),
    ])
    if (sent.count < nth) return nth - 1
    expect(ended, `aborted at request ${nth}`).toBe(reason)
    const { count } = sent
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(sent.count, `requests after the abort at ${nth}`).toBe(count)
    expect(sent.after).toBe(0)
  }
}

describe('a call ends with its signal, at every request that it makes:', () => {
  test.each(calls)(
    '%s',
    async (name, call) => {
      const writes = name.startsWith('convert')
      const { wire } = await world()
      const inner = async () => (writes ? (await world()).wire.fetch : wire.fetch)
      expect(await abortEverywhere(inner, call)).toBeGreaterThan(0)
    },
    60_000,
  )

  test('verifyConversion', async () => {
    const { app, wire } = await world()
    const certificate = await convert(app, 'multi', { to: referenceField(), settle: 0 })
    const call: Call = (app, signal) => verifyConversion(app, certificate, { signal })
    expect(await abortEverywhere(async () => wire.fetch, call)).toBeGreaterThan(5)
  }, 60_000)

  test.each(calls)('%s makes no request where it was aborted before', async (_, call) => {
    const { wire, app } = await world()
    wire.reset()
    const reason = new Error('enough')
    await expect(call(app, AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(wire.lines()).toEqual([])
  })
})
