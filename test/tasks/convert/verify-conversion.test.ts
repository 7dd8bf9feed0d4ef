import { describe, expect, test } from 'vitest'
import { attach, convert, type Fetch, repository, verifyConversion } from '../../../src/index.ts'
import { deleteBlob } from '../../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../../src/strategies/index.ts'
import { pushImage } from '../../_image.ts'
import { fresh, sbom, setUp } from '../read/_attached.ts'

describe('verifyConversion', () => {
  async function converted() {
    const world = await setUp()
    await attach(world.app, 'v1', sbom(), { strategy: digestTags(), settle: 0 })
    return { ...world, certificate: await convert(world.app, 'v1', { to: ociSubject() }) }
  }

  test('says that a tag leads elsewhere', async () => {
    const { app, certificate } = await converted()
    await pushImage(app, 'v1', 'another')
    expect((await verifyConversion(app, certificate)).problems).toEqual([
      expect.stringMatching(/^The tag v1 leads to sha256:/),
    ])
  })

  test('says that content is gone', async () => {
    const { app, certificate } = await converted()
    const { digest } = certificate.converted[0]!.payloads[0]!
    await deleteBlob(app, digest)
    expect((await verifyConversion(app, certificate)).problems).toEqual([
      expect.stringMatching(new RegExp(`^The blob ${digest} of sha256:.* is not there$`)),
    ])
  })

  test('says that a dry run linked nothing', async () => {
    const { app } = await converted()
    const certificate = await convert(app, 'v1', {
      from: ociSubject(),
      to: cosignTags(),
      dryRun: true,
    })
    expect((await verifyConversion(app, certificate)).valid).toBe(false)
  })

  test.each([
    ['certificate', 7],
    ['certificate.version', { version: 2 }],
    ['certificate.image.digest', { image: { digest: 'x' } }],
    ['certificate.repository', { repository: 'registry.test/other' }],
  ])('refuses a wrong %s before any request', async (path, change) => {
    const { app, certificate, wire } = await converted()
    wire.reset()
    const value = typeof change === 'object' ? { ...certificate, ...change } : change
    await expect(verifyConversion(app, value as never)).rejects.toMatchObject({ path })
    expect(wire.lines()).toEqual([])
  })

  test.each([
    ['a dry run', { dryRun: true }, 'The certificate is of a dry run'],
    ['a tag that was not seen again', { imageUnchanged: false }, 'was not seen to lead'],
    ['what is not complete', { complete: false }, 'the conversion is not complete'],
  ])('does not call valid a certificate of %s', async (_, change, problem) => {
    const { app, certificate } = await converted()
    expect(await verifyConversion(app, { ...certificate, ...change })).toEqual({
      valid: false,
      problems: [expect.stringContaining(problem)],
    })
  })

  test.each(['dryRun', 'imageUnchanged', 'complete'])('refuses one without %s', async (field) => {
    const { app, certificate } = await converted()
    const { [field as 'complete']: _, ...rest } = certificate
    await expect(verifyConversion(app, rest as never)).rejects.toMatchObject({
      path: `certificate.${field}`,
    })
  })

  test('lists a subject once, however much is linked to it', async () => {
    const world = await setUp()
    for (const data of ['"one"', '"two"', '"three"', '"four"']) {
      await attach(world.app, 'v1', sbom(data), { strategy: digestTags(), settle: 0 })
    }
    const certificate = await convert(world.app, 'v1', { to: ociSubject() })
    expect(certificate.converted).toHaveLength(4)
    const app = fresh(world)
    world.wire.reset()
    expect(await verifyConversion(app, certificate)).toEqual({ valid: true, problems: [] })
    expect(world.wire.lines().filter((line) => line.includes('/referrers/'))).toHaveLength(1)
  })

  test('fails where a subject cannot be listed', async () => {
    const { app, certificate, wire } = await converted()
    const fetch: Fetch = async (request) =>
      request.url.includes('/referrers/') ? new Response('', { status: 503 }) : wire.fetch(request)
    const broken = repository(`${app.registry}/${app.name}`, { fetch, retries: 0 })
    await expect(verifyConversion(broken, certificate)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  })
})
