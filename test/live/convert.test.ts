// What is linked by cosign's tags and by digest tags, linked by OCI 1.1 on real registries, for other clients to see.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attach, convert, repository, verifyConversion } from '../../src/index.ts'
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
})
