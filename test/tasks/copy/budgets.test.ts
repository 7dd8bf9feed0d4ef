// The request budgets of a copy within one registry: part of the contract. A request more fails here.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, copy, diff, repository, sibling } from '../../../src/index.ts'
import { isPage } from '../../../src/platform/page.ts'
import { pushImage } from '../../_image.ts'
import { recorded } from '../../_wire.ts'

/** An image with some referrers of one blob each, seen by a process that knows nothing of it. */
async function setUp(count: number, options: EmbeddedRegistryOptions = {}) {
  const registry = embeddedRegistry(options)
  const before = repository('registry.test/team/app', { fetch: registry.fetch })
  await pushImage(before)
  const artifactType = 'application/vnd.example.signature'
  for (let i = 0; i < count; i++) {
    const data = `${i}`.padStart(10_240, 'x')
    const blobs = [{ data, mediaType: 'application/octet-stream' }]
    await attach(before, 'v1', { artifactType, blobs }, { settle: 0 })
  }
  const wire = recorded(registry.fetch, 20)
  const app = repository('registry.test/team/app', { fetch: (request) => wire.fetch(request) })
  return { app, to: sibling(app, 'mirror/app'), wire }
}

/** Requests that were sent more than once, with how often: a repetition that nobody meant shows here. */
function repeated(lines: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 1))
}

/** All blobs, each by its digest, which is cut from the line. */
const mounts = { 'POST /v2/mirror/app/blobs/uploads/?mount&from': 23 }
const withoutApi = { referrersApi: false, singlePost: false }
/** A page lists the tags first, and requests none that is not there: fewer requests, two round trips more. */
const BUDGET = isPage()
  ? { copy: 75, withoutApi: 78, again: 18, diff: 7 }
  : { copy: 77, withoutApi: 80, again: 22, diff: 5 }

describe('an image with 20 referrers, within one registry', () => {
  test(`takes ${BUDGET.copy} requests, none of them twice`, async () => {
    const { app, to, wire } = await setUp(20)
    const report = await copy(app, 'v1', to, { referrers: true })
    expect(report.complete).toBe(true)
    expect(report.referrers).toHaveLength(20)
    expect(repeated(wire.lines())).toEqual(mounts)
    expect(wire.lines()).toHaveLength(BUDGET.copy)
    expect(report.requests).toBe(BUDGET.copy)
  })

  test(`takes ${BUDGET.withoutApi} without the referrers API, and writes the referrers tag once`, async () => {
    const { app, to, wire } = await setUp(20, withoutApi)
    const report = await copy(app, 'v1', to, { referrers: true })
    expect(report.complete).toBe(true)
    expect(report.referrers).toHaveLength(20)
    // The tag is read before it is written, and after.
    const tag = 'GET /v2/mirror/app/manifests/sha256-765d2d8f'
    expect(repeated(wire.lines())).toEqual({ ...mounts, [tag]: 2 })
    expect(wire.lines()).toHaveLength(BUDGET.withoutApi)
    expect(wire.lines().filter((line) => /^PUT .*manifests\/sha256-/.test(line))).toHaveLength(1)
  })

  test('again takes two looks at what is attached, and so does diff()', async () => {
    const { app, to, wire } = await setUp(20)
    await copy(app, 'v1', to, { referrers: true })
    wire.reset()
    await copy(app, 'v1', to, { referrers: true })
    // Whether it is there, and what lists it.
    const image = 'GET /v2/mirror/app/manifests/sha256:765d2d8f'
    expect(repeated(wire.lines())).toEqual({ [image]: 2 })
    expect(wire.lines()).toHaveLength(BUDGET.again)
    wire.reset()
    const { onlyHere, complete } = await diff(app, 'v1', to, 'v1')
    expect({ onlyHere, complete }).toEqual({ onlyHere: [], complete: true })
    expect(repeated(wire.lines())).toEqual({})
    expect(wire.lines()).toHaveLength(BUDGET.again)
  })
})

// Of a machine that is busy a round trip may look like two: only these may be tried again.
describe('in round trips', { retry: 3 }, () => {
  test.each([
    [12, {}],
    [14, withoutApi],
  ])('it takes at most %d with %o', async (most, options) => {
    const { app, to, wire } = await setUp(20, options)
    await copy(app, 'v1', to, { referrers: true })
    expect(wire.depth()).toBeLessThanOrEqual(most)
  })

  test(`diff() takes at most ${BUDGET.diff}`, async () => {
    const { app, to, wire } = await setUp(20)
    await copy(app, 'v1', to, { referrers: true })
    wire.reset()
    await diff(app, 'v1', to, 'v1')
    expect(wire.depth()).toBeLessThanOrEqual(BUDGET.diff)
  })
})
