import { describe, expect, test } from 'vitest'
import { attach, convert, type Fetch, referrers, repository } from '../../../src/index.ts'
import { pushBlob, putManifest } from '../../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  ociSubject,
  referenceField,
} from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { fresh, pushMulti, SPDX, sbom, setUp } from '../read/_attached.ts'

describe.each([true, false])('says all that was done, where it keeps the old: %s', (keep) => {
  const first = keep ? 'PUT' : 'DELETE'
  /** A registry that answers 500 to what fits, once the first link was written or taken away. */
  async function breaking(fits: (line: string) => boolean, digests: (digest: string) => void) {
    const world = await setUp()
    const { platforms } = await pushMulti(world.app)
    for (const [i, platform] of platforms.entries()) {
      digests(platform.digest)
      await attach(world.app, platform, sbom(`"${i}"`), { strategy: cosignTags(), settle: 0 })
    }
    let begun = false
    const fetch: Fetch = async (request) => {
      const line = `${request.method} ${new URL(request.url).pathname}`
      if (begun && fits(line)) return new Response('', { status: 500 })
      const response = await world.wire.fetch(request)
      begun ||= request.method === first && line.includes('/manifests/')
      return response
    }
    return { world, app: repository('registry.test/team/app', { fetch, retries: 0 }) }
  }
  const options = { from: cosignTags(), to: referenceField(), keep, settle: 0 }

  test('when the tag cannot be read afterwards', async () => {
    const { app } = await breaking(
      (line) => line.endsWith('/manifests/multi'),
      () => {},
    )
    const certificate = await convert(app, 'multi', options)
    expect(certificate).toMatchObject({ complete: false, imageUnchanged: false })
    expect(certificate.converted.map((one) => one.to.map(({ status }) => status))).toEqual([
      ['written'],
      ['written'],
    ])
    expect(certificate.converted.map(({ old }) => old?.status)).toEqual(
      keep ? [undefined, undefined] : ['removed', 'removed'],
    )
  })

  test('when a later subject cannot be read', async () => {
    const subjects: string[] = []
    const { app, world } = await breaking(
      (line) => line === `GET /v2/team/app/manifests/${subjects[1]}`,
      (digest) => subjects.push(digest),
    )
    const certificate = await convert(app, 'multi', options)
    expect(certificate).toMatchObject({ complete: false, imageUnchanged: true })
    expect(certificate.converted).toMatchObject([
      { subject: subjects[0], to: [{ status: 'written' }] },
      { subject: subjects[1], to: [{ status: 'failed', reason: expect.stringMatching('500') }] },
    ])
    const again = await convert(fresh(world), 'multi', options)
    expect(again.complete).toBe(true)
  })
})

test('says what was written also where it cannot be read again', async () => {
  const world = await setUp()
  for (const data of ['"one"', '"two"']) {
    await attach(world.app, 'v1', sbom(data), { strategy: digestTags(), settle: 0 })
  }
  const written = new Set<string>()
  const fetch: Fetch = async (request) => {
    const { pathname } = new URL(request.url)
    if (request.method === 'GET' && written.has(pathname)) {
      return new Response('', { status: 500 })
    }
    if (request.method === 'PUT' && pathname.includes('/manifests/') && written.size === 0) {
      written.add(pathname)
    }
    return world.wire.fetch(request)
  }
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  const { complete, converted } = await convert(app, 'v1', {
    from: digestTags(),
    to: ociSubject(),
    keep: false,
    settle: 0,
  })
  expect(complete).toBe(false)
  expect(converted.map(({ to }) => to.length)).toEqual([1, 1])
  const unread = converted.find(({ to }) => !to[0]?.payloadsEqual)
  expect(unread).toMatchObject({
    to: [{ status: 'written', digest: expect.any(String), reason: expect.stringMatching('500') }],
    old: { status: 'kept' },
  })
  expect(converted.find((one) => one !== unread)?.old).toMatchObject({ status: 'removed' })
})

test('says of each link where all together is more than one call reads, and keeps the old ones', async () => {
  const { app, image } = await setUp()
  const { mediaType } = image
  const config = await pushBlob(app, '{}', { mediaType: SPDX })
  for (let i = 0; i < 34; i++) {
    const artifact = { schemaVersion: 2, mediaType, config, layers: [], subject: image }
    const text = JSON.stringify({ ...artifact, annotations: { number: `${i}` } })
    const bytes = new TextEncoder().encode(text.padEnd(4_000_000))
    await putManifest(app, undefined, bytes, { mediaType })
  }
  const options = { from: ociSubject(), to: digestTags(), keep: false, settle: 0 }
  const { complete, converted } = await convert(app, 'v1', options)
  expect(complete).toBe(false)
  expect(converted).toHaveLength(34)
  for (const { to, old } of converted) {
    expect(to).toMatchObject([{ status: 'failed', reason: expect.stringMatching('one call') }])
    expect(old).toMatchObject({ status: 'kept' })
  }
  expect(await all(referrers(app, 'v1'))).toHaveLength(34)
}, 60_000)
