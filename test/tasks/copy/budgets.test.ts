// The request budgets of a copy within one registry: part of the contract. A request more fails here.
import { describe, expect, test } from 'vitest'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../../src/embedded/index.ts'
import { attach, copy, diff, repository, sibling } from '../../../src/index.ts'
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

describe('an image with 20 referrers, within one registry', { retry: 3 }, () => {
  test('takes at most 77 requests and 12 round trips', async () => {
    const { app, to, wire } = await setUp(20)
    const report = await copy(app, 'v1', to, { referrers: true })
    expect(report.complete).toBe(true)
    expect(report.referrers).toHaveLength(20)
    expect(wire.lines().length).toBeLessThanOrEqual(77)
    expect(wire.depth()).toBeLessThanOrEqual(12)
    expect(report.requests).toBe(wire.lines().length)
  })

  test('takes at most 82 and 14 without the referrers API, and writes the referrers tag once', async () => {
    const { app, to, wire } = await setUp(20, { referrersApi: false, singlePost: false })
    const report = await copy(app, 'v1', to, { referrers: true })
    expect(report.complete).toBe(true)
    expect(report.referrers).toHaveLength(20)
    expect(wire.lines().length).toBeLessThanOrEqual(82)
    expect(wire.depth()).toBeLessThanOrEqual(14)
    expect(wire.lines().filter((line) => /^PUT .*manifests\/sha256-/.test(line))).toHaveLength(1)
  })

  test('again takes two looks at what is attached', async () => {
    const { app, to, wire } = await setUp(20)
    await copy(app, 'v1', to, { referrers: true })
    wire.reset()
    await copy(app, 'v1', to, { referrers: true })
    expect(wire.lines().length).toBeLessThanOrEqual(24)
    wire.reset()
    const { onlyHere, complete } = await diff(app, 'v1', to, 'v1')
    expect({ onlyHere, complete }).toEqual({ onlyHere: [], complete: true })
    expect(wire.lines().length).toBeLessThanOrEqual(24)
    expect(wire.depth()).toBeLessThanOrEqual(5)
  })
})
