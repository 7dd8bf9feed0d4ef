// How reading goes where very much is attached: by lists that are made up as they are asked for.
import { describe, expect, test } from 'vitest'
import {
  artifacts,
  attach,
  type Descriptor,
  type Repository,
  readArtifact,
  statements,
} from '../../../src/index.ts'
import { ociSubject } from '../../../src/strategies/index.ts'
import {
  bundleOf,
  faulty,
  listOf,
  madeUp,
  SLSA,
  SPDX,
  sbom,
  setUp,
  statementOf,
  type World,
} from './_attached.ts'

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const CREATED = 'org.opencontainers.image.created'

/** A registry that lists `count` more, with or without annotations. */
async function crowd(
  count: number,
  annotations: (i: number) => Record<string, string> | undefined,
) {
  const world = await setUp()
  const statement = bundleOf(statementOf(world.image))
  const made = { ...statement, created: new Date('2026-01-01') }
  const newest = await attach(world.app, 'v1', made)
  const { mediaType, digest, size, artifactType, annotations: own } = newest
  const last = {
    mediaType,
    digest,
    size,
    artifactType,
    ...(annotations(0) && { annotations: own }),
  }
  const entries = Array.from({ length: count }, (_, i) => madeUp(i, annotations(i)))
  entries.push(last as Descriptor)
  return { world, list: (request: Request) => listOf(entries, request) }
}

const day = (i: number) => new Date(Date.UTC(2000, 0, 1) + i * 60_000).toISOString()
const isList = (line: string) => line.includes('/referrers/sha256:')

/** What most was under way at once, of requests that `matches`. */
function watched(world: World, list: (request: Request) => Response) {
  let now = 0
  const seen = { most: 0, count: 0 }
  const app = faulty(world, async (line, request) => {
    if (isList(line)) return list(request)
    const digest = /^GET .*\/manifests\/(sha256:0000.*)$/.exec(line)?.[1]
    if (!digest) return undefined
    seen.count++
    seen.most = Math.max(seen.most, ++now)
    await new Promise((resolve) => setTimeout(resolve, 1))
    now--
    return new Response('{}', { status: 404 })
  })
  return { app, seen }
}

describe('readArtifact', () => {
  test('finds the newest of 20 000 with dates in linear time', async () => {
    const { world, list } = await crowd(20_000, (i) => ({ [CREATED]: day(i) }))
    const app = faulty(world, (line, request) => (isList(line) ? list(request) : undefined))
    // Idle 2 s; with each compared with each other more than a minute.
    const start = performance.now()
    const found = await readArtifact(app, 'v1', { artifactType: [SPDX, BUNDLE] })
    expect(performance.now() - start).toBeLessThan(30_000)
    expect(found.artifactType).toBe(BUNDLE)
  }, 60_000)

  test('reads a few manifests at once where a list has no dates', async () => {
    const { world, list } = await crowd(300, () => undefined)
    const { app, seen } = watched(world, list)
    const found = await readArtifact(app, 'v1', { strategy: ociSubject() })
    expect(found.artifactType).toBe(BUNDLE)
    expect(seen.count).toBe(300)
    expect(seen.most).toBeLessThanOrEqual(6)
  })

  test('says that there is too much where a list without dates is longer than one call reads', async () => {
    const { world, list } = await crowd(12_000, () => undefined)
    const app = faulty(world, (line, request) => {
      if (isList(line)) return list(request)
      return line.includes('/manifests/sha256:0000') ? new Response('', { status: 404 }) : undefined
    })
    await expect(readArtifact(app, 'v1')).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('manifests read by one call'),
    })
  }, 60_000)

  test('keeps the order of newest(): undated ones last, even after 1969', async () => {
    const world = await setUp()
    await attach(world.app, 'v1', sbom('"undated"'))
    await attach(world.app, 'v1', sbom('"old"', new Date('1969-01-01')))
    expect(await (await readArtifact(world.app, 'v1')).json()).toBe('old')
  })
})

const lists: readonly [string, (app: Repository, options: object) => AsyncIterable<unknown>][] = [
  ['artifacts', (app, options) => artifacts(app, 'v1', options)],
  ['statements', (app, options) => statements(app, 'v1', options)],
]

describe.each(lists)('%s', (name, list) => {
  test('ends with an error, in bounded time, where 100 000 are attached', async () => {
    const { world, list: entries } = await crowd(100_000, () => ({
      'in-toto.io/predicate-type': 'other',
    }))
    const app = faulty(world, (line, request) => (isList(line) ? entries(request) : undefined))
    const start = performance.now()
    const reading = async () => {
      for await (const _ of list(app, { predicateType: SLSA })) {
        // Nothing to do.
      }
    }
    await expect(reading()).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining('referrers of one call'),
    })
    expect(performance.now() - start).toBeLessThan(30_000)
  }, 60_000)

  test('reads a few manifests at once', async () => {
    const { world, list: entries } = await crowd(200, () => undefined)
    const { app, seen } = watched(world, entries)
    for await (const _ of list(app, { strategy: ociSubject() })) {
      // Nothing to do.
    }
    expect(seen.count).toBe(200)
    expect(seen.most).toBeLessThanOrEqual(6)
  })

  test('reads a few blobs at once, also where one artifact has many', async () => {
    const world = await setUp()
    const mediaType = 'application/vnd.in-toto+json'
    const blobs = Array.from({ length: 40 }, (_, i) => ({
      data: JSON.stringify(statementOf(world.image, SLSA, i)),
      mediaType,
    }))
    await attach(world.app, 'v1', { artifactType: mediaType, blobs })
    let now = 0
    let most = 0
    const app = faulty(world, async (line) => {
      if (!/^GET .*\/blobs\//.test(line)) return undefined
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 1))
      now--
      return undefined
    })
    const options = { strategy: ociSubject(), predicateType: SLSA }
    let count = 0
    for await (const _ of list(app, options)) count++
    expect(count).toBe(name === 'artifacts' ? 1 : 40)
    expect(most).toBeLessThanOrEqual(6)
  })
})
