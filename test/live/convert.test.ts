// What is linked by cosign's tags and by digest tags, linked by OCI 1.1 on real registries, for other clients to see.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attach, convert, type Fetch, repository, verifyConversion } from '../../src/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { distribution, dockerRegistry, olareg, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const SPDX = 'application/spdx+json'

describe.concurrent.each([olareg, dockerRegistry, distribution])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
  })

  test('oras lists what was converted, and the image is as it was', async () => {
    const digest = await clients.pushImage('convert/app', 'v1')
    const app = repository(`${running.host}/convert/app`)
    for (const strategy of [cosignTags(), digestTags()]) {
      const blobs = [{ data: `{"by":"${strategy.name}"}`, mediaType: SPDX }]
      await attach(app, 'v1', { artifactType: SPDX, blobs }, { strategy })
    }
    const reference = `${running.host}/convert/app:v1`
    expect(await clients.orasDiscover(reference)).toEqual([])
    const certificate = await convert(app, 'v1', { to: ociSubject(), keep: false })
    expect(certificate).toMatchObject({ complete: true, image: { digest } })
    expect(certificate.converted).toHaveLength(2)
    const listed = await clients.orasDiscover(reference)
    expect(listed.map((one) => one.digest).sort()).toEqual(
      certificate.converted.map(({ to }) => to[0]!.digest).sort(),
    )
    expect(listed.map(({ artifactType }) => artifactType)).toEqual([SPDX, SPDX])
    expect((await clients.crane('digest', reference)).trim()).toBe(digest)
    expect(await verifyConversion(app, certificate)).toEqual({ valid: true, problems: [] })
  })

  test('a dry run writes nothing, and says what would be lost, as the conversion does', async () => {
    const digest = await clients.pushImage('convert/dry', 'v1')
    const lines: string[] = []
    const watched: Fetch = async (request) => {
      lines.push(`${request.method} ${new URL(request.url).pathname}`)
      return fetch(request)
    }
    const app = repository(`${running.host}/convert/dry`, { fetch: watched })
    const blobs = ['one', 'two'].map((data) => ({ data: `"${data}"`, mediaType: SPDX }))
    const annotations = { 'org.example.by': 'ci' }
    await attach(app, 'v1', { artifactType: 'text/x', annotations, blobs })
    const reference = `${running.host}/convert/dry`
    const state = async () => ({
      tags: (await clients.crane('ls', reference)).trim().split('\n').sort(),
      referrers: await clients.orasDiscover(`${reference}:v1`),
      image: (await clients.crane('digest', `${reference}:v1`)).trim(),
    })
    const before = await state()
    expect(before).toMatchObject({ referrers: [{ artifactType: 'text/x' }], image: digest })

    const options = { from: ociSubject(), to: cosignTags({ suffix: 'sbom' }) }
    lines.length = 0
    const plan = await convert(app, 'v1', { ...options, keep: false, dryRun: true })
    expect(lines.filter((line) => !/^(GET|HEAD) /.test(line))).toEqual([])
    expect(await state()).toEqual(before)
    const [planned] = plan.converted.flatMap(({ to }) => to)
    expect(planned).toMatchObject({ status: 'planned', payloadsEqual: true, confirmed: false })
    expect(planned?.losses.map(({ field }) => field)).toEqual([
      'artifactType',
      'annotations',
      'blobs',
    ])
    expect((await verifyConversion(app, plan)).valid).toBe(false)

    const certificate = await convert(app, 'v1', { ...options, keep: false })
    expect(certificate.complete).toBe(true)
    const [written] = certificate.converted.flatMap(({ to }) => to)
    expect(written).toMatchObject({
      status: 'written',
      digest: planned?.digest,
      // And what only the tag shows: that it has two SBOMs now.
      losses: expect.arrayContaining([...planned!.losses]),
    })
    const after = await state()
    expect(after).toMatchObject({ referrers: [], image: digest })
    expect(after.tags).toContain(`${digest.replace(':', '-')}.sbom`)
  })
})
