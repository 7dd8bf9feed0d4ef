// Real registries with ordinary CORS headers: on what they answer, and none on a path that they do not know.
import { describe, expect, inject, test } from 'vitest'
import { discover, type Fetch, hasReferrer, referrers, repository } from '../../src/index.ts'
import { all } from '../_image.ts'

const live = inject('live')

/** A repository whose requests are counted; each has a fetch of its own, as if it were in another page. */
function open(host: string) {
  const sent: string[] = []
  const broken: string[] = []
  const fetch: Fetch = async (request) => {
    const line = `${request.method} ${new URL(request.url).pathname}`
    sent.push(line)
    try {
      return await globalThis.fetch(request)
    } catch (error) {
      broken.push(line)
      throw error
    }
  }
  return { app: repository(`${host}/team/app`, { fetch }), sent, broken, fetch }
}

describe.each(Object.entries(live))('%s', (_, { host, image, referrers: attached, bare }) => {
  test('lists in 2 requests the first time, and in 1 after', async () => {
    const { app, sent } = open(host)
    expect(await all(referrers(app, image))).toHaveLength(8)
    expect(sent).toHaveLength(2)
    expect(await all(referrers(app, image))).toHaveLength(8)
    expect(sent).toHaveLength(3)
  })

  test('looks up a tag in one request, once it has seen that no digest is shown', async () => {
    const { app, sent } = open(host)
    await all(referrers(app, 'v1'))
    const before = sent.length
    expect(await all(referrers(app, 'v1'))).toHaveLength(8)
    expect(sent.length - before).toBe(2)
  })

  test('discovers 11 referrers at two levels in 23 requests, and all of them', async () => {
    const { app, sent, broken, fetch } = open(host)
    const found = await discover(app, 'v1', { depth: 2 })
    expect(found.flat.map(({ digest }) => digest).toSorted()).toEqual(attached.toSorted())
    expect(found.sources.filter(({ status }) => status === 'failed')).toEqual([])
    expect(found.complete).toBe(true)
    const hidden = found.sources.filter((source) => source.hidden).map(({ strategy }) => strategy)
    expect([...new Set(hidden)].toSorted()).toEqual([
      'artifact-manifest',
      'node-manifest',
      'oci-subject',
      'reference-field',
    ])
    // 23 as a rule; 24 were seen on a busy machine.
    expect(sent.length, sent.join('\n')).toBeLessThanOrEqual(24)
    // Each path once, and the one that shows what a broken one means.
    expect(new Set(broken.map((line) => line.replace(/sha256.*/, ''))).size).toBe(broken.length)
    const before = { sent: sent.length, broken: broken.length }
    // What was learnt is kept for the page, also by another repository of it.
    const again = await discover(repository(`${host}/team/app`, { fetch }), 'v1', { depth: 2 })
    expect(again.complete).toBe(true)
    expect(broken.length).toBe(before.broken)
    expect(sent.length - before.sent).toBeLessThanOrEqual(15)
  })

  test('keeps in "capabilities" what it learnt', async () => {
    const { app } = open(host)
    await discover(app, 'v1')
    const kept = JSON.parse(JSON.stringify(app.capabilities))
    expect(kept).toMatchObject({ referrersApi: 'unsupported', nodesApi: 'unsupported' })
    const { fetch, sent, broken } = open(host)
    const later = repository(`${host}/team/app`, { fetch, capabilities: kept })
    expect(await all(referrers(later, image))).toHaveLength(8)
    expect(sent).toHaveLength(1)
    expect(broken).toEqual([])
  })

  test('says no, since all that it hides is not there', async () => {
    const { app } = open(host)
    expect(await hasReferrer(app, bare)).toBe(false)
    expect(await hasReferrer(app, image, { artifactType: 'text/other' })).toBe(false)
    expect(await discover(app, bare)).toMatchObject({ flat: [], complete: true })
  })
})
