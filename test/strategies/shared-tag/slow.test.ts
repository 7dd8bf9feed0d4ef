// A tag that several write, where answers are slow: nobody builds on an old read, and nobody looks back
// before all writes that others may have under way have come.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Fetch,
  type Repository,
  type RepositoryOptions,
  referrers,
  referrersTag,
  repository,
} from '../../../src/index.ts'
import { putManifest } from '../../../src/registry/index.ts'
import { cosignTags } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { type Clock, fakedTime } from '../_clock.ts'
import { readTag, signed, writeTag } from '../cosign-tags/_cosign.ts'

/** What clients agree on: the time from a read to its write, and the wait before looking back. */
const WINDOW = 300
const SETTLE = 400

let clock: Clock
beforeEach(() => {
  clock = fakedTime()
})
afterEach(() => void vi.useRealTimers())

const note = (text: string) => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})

/** A registry without the API, one client whose answers are late, and one with a tool of its own. */
async function setUp(
  late: (line: string, count: number) => number,
  more: RepositoryOptions = {},
  conditional = false,
) {
  const registry = embeddedRegistry({ referrersApi: false, conditional })
  const other = repository('registry.test/team/app', {
    fetch: clock.late(registry.fetch, () => 0),
  })
  const subject = await clock.run(pushImage(other))
  const tag = referrersTag(subject.digest)
  const lines: string[] = []
  const counts = new Map<string, number>()
  const fetch: Fetch = clock.late(registry.fetch, ({ method, url }) => {
    const line = `${method} ${url.endsWith(tag) ? 'tag' : /\/(manifests|blobs)/.exec(url)?.[1]}`
    lines.push(line)
    counts.set(line, (counts.get(line) ?? 0) + 1)
    return late(line, counts.get(line)!)
  })
  const app = repository('registry.test/team/app', { fetch, ...more })
  return { app, other, subject, tag, lines, tagLines: () => lines.filter((l) => /tag$/.test(l)) }
}

/** A referrer that no tag lists yet, and writing a list of it alone, as tools do that read long ago. */
async function otherTool(repo: Repository, subject: Descriptor) {
  const { artifactType } = note('')
  const { descriptor } = await putManifest(repo, undefined, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    artifactType,
    manifests: [],
    subject,
  })
  const entry = { ...descriptor, artifactType }
  const write = () =>
    putManifest(repo, referrersTag(subject.digest), {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [entry],
    })
  return { digest: entry.digest, write }
}

const listed = async (repo: Repository, subject: Descriptor) =>
  (await clock.run(all(referrers(repo, subject)))).map(({ digest }) => digest).sort()

describe('a read that is older than the window when its write would go out', () => {
  test('is done again: what another wrote meanwhile stays', async () => {
    const late = WINDOW + 10
    const { app, other, subject, tagLines } = await setUp((line, count) => {
      if (line !== 'GET tag' || count > 1) return 0
      setTimeout(theirs.write, late / 2)
      return late
    })
    const theirs = await clock.run(otherTool(other, subject))
    const { digest, confirmed } = await clock.run(attach(app, subject, note('ours')))
    expect(confirmed).toBe(true)
    expect(await listed(other, subject)).toEqual([digest, theirs.digest].sort())
    expect(tagLines()).toEqual(['GET tag', 'GET tag', 'PUT tag', 'GET tag'])
  })

  test('is not used, also when it was started ahead', async () => {
    const late = WINDOW + 10
    const capabilities = { referrersApi: 'unsupported' } as const
    const { app, other, subject, lines } = await setUp(
      (line, count) => {
        // Once the tag was read, beside the blob.
        if (line !== 'POST blobs' || count > 1) return 0
        setTimeout(theirs.write, late / 2)
        return late
      },
      { capabilities },
    )
    const theirs = await clock.run(otherTool(other, subject))
    const { digest } = await clock.run(attach(app, subject, note('ours')))
    expect(await listed(other, subject)).toEqual([digest, theirs.digest].sort())
    expect(lines.indexOf('GET tag')).toBeLessThan(lines.indexOf('PUT manifests'))
  })

  test('is used in the end where every answer is that slow', async () => {
    const { app, other, subject, tagLines } = await setUp(() => WINDOW + 10)
    const { digest, confirmed } = await clock.run(attach(app, subject, note('ours')))
    expect(confirmed).toBe(true)
    expect(await listed(other, subject)).toEqual([digest])
    expect(tagLines().filter((line) => line === 'PUT tag')).toHaveLength(1)
    expect(tagLines().indexOf('PUT tag')).toBeGreaterThan(2)
  })
})

describe('a read within the window', () => {
  test('is built on, so that a write goes out in time', async () => {
    const { app, other, subject, tagLines } = await setUp((line) =>
      line === 'GET tag' ? WINDOW - 10 : 0,
    )
    await clock.run(attach(app, subject, note('ours')))
    expect(tagLines()).toEqual(['GET tag', 'PUT tag', 'GET tag'])
    expect(await listed(other, subject)).toHaveLength(1)
  })
})

describe('what another wrote over it is found by looking back', () => {
  // Both as slow as each other: the other one's write may come as late after its read as ours did.
  test.each([
    ['at once', 0, SETTLE - 10],
    ['in less than the wait', SETTLE - 10, SETTLE - 10 + SETTLE - 10],
    ['in more than the wait', 600, 600 + 2 * 600 - 10],
  ])('where a write is answered %s', async (_, late, theirsAt) => {
    const { app, other, subject, tagLines } = await setUp((line, count) => {
      if (line !== 'PUT tag' || count > 1) return 0
      setTimeout(theirs.write, theirsAt)
      return late
    })
    const theirs = await clock.run(otherTool(other, subject))
    const { digest, confirmed } = await clock.run(attach(app, subject, note('ours')))
    await clock.run(new Promise((resolve) => setTimeout(resolve, 5000)))
    expect(confirmed).toBe(true)
    expect(await listed(other, subject)).toEqual([digest, theirs.digest].sort())
    expect(tagLines().filter((line) => line === 'PUT tag')).toHaveLength(2)
  })

  // No layer that was overwritten is brought back later: so writers wait four times as long.
  test('where it cannot be told later what was lost', async () => {
    const late = 200
    const { app, other, subject } = await setUp((line, count) => {
      if (line !== 'PUT manifests' || count > 1) return 0
      setTimeout(() => writeTag(other, subject, 'sig', { layers: [] }), 4 * late + late - 10)
      return late
    })
    const strategy = cosignTags()
    const { confirmed } = await clock.run(attach(app, subject, signed('ours'), { strategy }))
    await clock.run(new Promise((resolve) => setTimeout(resolve, 5000)))
    expect(confirmed).toBe(true)
    expect((await clock.run(readTag(other, subject, 'sig')))?.layers).toHaveLength(1)
  })

  test('twice where others were seen to write, and it cannot be told later what was lost', async () => {
    const { app, other, subject, lines } = await setUp((line, count) => {
      const overwritten = line === 'PUT manifests' && [100, SETTLE + 300][count - 1]
      if (overwritten)
        setTimeout(() => writeTag(other, subject, 'sig', { layers: [] }), overwritten)
      return 0
    })
    const strategy = cosignTags()
    await clock.run(attach(app, subject, signed('ours'), { strategy }))
    await clock.run(new Promise((resolve) => setTimeout(resolve, 5000)))
    expect((await clock.run(readTag(other, subject, 'sig')))?.layers).toHaveLength(1)
    expect(lines.filter((line) => line === 'PUT manifests')).toHaveLength(3)
  })

  test('not where somebody is known to be alone', async () => {
    const { app, subject } = await setUp(() => 0)
    const before = clock.now()
    await clock.run(attach(app, subject, note('ours'), { settle: 0 }))
    expect(clock.now() - before).toBe(0)
  })
})

describe('several in one process', () => {
  test('wait as long as the one who waits longest', async () => {
    const { app, other, subject } = await setUp((line, count) => {
      if (line === 'PUT tag' && count === 1) setTimeout(theirs.write, SETTLE - 10)
      // Until all of them are there.
      return line === 'GET tag' ? 100 : 0
    })
    const theirs = await clock.run(otherTool(other, subject))
    const attached = await clock.run(
      Promise.all([
        attach(app, subject, note('of one who is alone'), { settle: 0 }),
        attach(app, subject, note('of one who is not')),
      ]),
    )
    await clock.run(new Promise((resolve) => setTimeout(resolve, 5000)))
    const digests = [theirs, ...attached].map(({ digest }) => digest)
    expect(await listed(other, subject)).toEqual(digests.sort())
  })

  test('write without one who gave up before', async () => {
    const { app, other, subject, tagLines } = await setUp((line) => (line === 'GET tag' ? 100 : 0))
    const stop = new AbortController()
    const { signal } = stop
    setTimeout(() => stop.abort(new Error('enough')), 50)
    const settled = await clock.run(
      Promise.allSettled([
        attach(app, subject, note('kept')),
        attach(app, subject, note('given up'), { signal }),
      ]),
    )
    expect(settled).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: signal.reason },
    ])
    expect(await clock.run(all(referrers(other, subject)))).toMatchObject([note('kept')])
    expect(tagLines().filter((line) => line === 'PUT tag')).toHaveLength(1)
  })

  test('stop writing only when all have given up', async () => {
    const { app, other, subject, tagLines } = await setUp((line) => (line === 'GET tag' ? 100 : 0))
    const stop = new AbortController()
    const { signal } = stop
    setTimeout(() => stop.abort(new Error('enough')), 50)
    const attached = ['a', 'b'].map((text) => attach(app, subject, note(text), { signal }))
    const settled = await clock.run(Promise.allSettled(attached))
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true)
    await clock.run(new Promise((resolve) => setTimeout(resolve, 5000)))
    expect(tagLines()).not.toContain('PUT tag')
    expect(await listed(other, subject)).toEqual([])
  })
})

describe('a registry that honours conditions', () => {
  const conditional = true
  test.each([
    ['an index is there', true],
    ['nothing is there', false],
  ])('loses nothing, also for one who does not look back, where %s', async (_, there) => {
    const { app, other, subject, tagLines } = await setUp(
      (line, count) => {
        if (line === 'GET tag' && count === 1) setTimeout(theirs.write, 50)
        return line === 'GET tag' ? 100 : 0
      },
      {},
      conditional,
    )
    const theirs = await clock.run(otherTool(other, subject))
    const before = there
      ? [await clock.run(attach(other, subject, note('before'), { settle: 0 }))]
      : []
    const ours = await clock.run(attach(app, subject, note('ours'), { settle: 0 }))
    const digests = [...before, theirs, ours].map(({ digest }) => digest)
    expect(await listed(other, subject)).toEqual(digests.sort())
    expect(tagLines().filter((line) => line === 'PUT tag')).toHaveLength(2)
  })
})
