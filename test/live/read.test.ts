// Content that other clients attached to images of real registries, read in one call.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attach, platforms, readArtifact, repository, statements } from '../../src/index.ts'
import { putManifest } from '../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { distribution, dockerRegistry, olareg, type RunningRegistry } from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const SPDX = 'application/spdx+json'
const CYCLONE = 'application/vnd.cyclonedx+json'

describe.concurrent.each([olareg, dockerRegistry, distribution])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
    await writeFile(join(clients.directory, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}')
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
  })

  test('reads what oras attached, and what regctl put', async () => {
    await clients.pushImage('read/tools', 'v1')
    const reference = `${running.host}/read/tools:v1`
    await clients.oras('attach', '--artifact-type', SPDX, reference, `sbom.json:${SPDX}`)
    const cyclone = '{"bomFormat":"CycloneDX"}'
    const put = ['artifact', 'put', '--artifact-type', CYCLONE, '--subject', reference]
    await clients.regctl([...put, '--file-media-type', CYCLONE], cyclone)

    const app = repository(`${running.host}/read/tools`)
    const spdx = await readArtifact(app, 'v1', { artifactType: SPDX })
    expect(await spdx.json()).toEqual({ spdxVersion: 'SPDX-2.3' })
    const other = await readArtifact(app, 'v1', { artifactType: [CYCLONE, 'text/x'] })
    expect(await other.text()).toBe(cyclone)
  })

  test('attaches to an index and its platforms in three ways, and reads each back', async () => {
    const app = repository(`${running.host}/read/multi`)
    const manifests = []
    for (const architecture of ['amd64', 'arm64']) {
      const digest = await clients.pushImage('read/multi', architecture)
      const [own] = await platforms(app, digest)
      manifests.push({ ...own!, platform: { os: 'linux', architecture } })
    }
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    await putManifest(app, 'v1', { schemaVersion: 2, mediaType, manifests })

    const strategies = [ociSubject(), cosignTags(), digestTags()]
    const images = await platforms(app, 'v1')
    const outcomes = await attach(
      app,
      ['v1', ...images],
      { artifactType: SPDX, blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: SPDX }] },
      { strategies, waitUntilListed: true },
    )
    expect(outcomes.filter(({ error }) => error)).toEqual([])
    for (const strategy of strategies) {
      const found = await readArtifact(app, 'v1', { strategy, platform: 'linux/arm64' })
      expect(await found.json()).toEqual({ spdxVersion: 'SPDX-2.3' })
      expect(found.subject.platform?.architecture).toBe('arm64')
    }
  })

  test('reads statements however they are linked', async () => {
    const digest = await clients.pushImage('read/statements', 'v1')
    const app = repository(`${running.host}/read/statements`)
    const about = [{ name: 'app', digest: { sha256: digest.slice('sha256:'.length) } }]
    const strategies = [ociSubject(), cosignTags(), digestTags()]
    for (const strategy of strategies) {
      const statement = {
        _type: 'https://in-toto.io/Statement/v1',
        subject: about,
        predicateType: strategy.name,
        predicate: {},
      }
      const mediaType = 'application/vnd.in-toto+json'
      const blobs = [{ data: JSON.stringify(statement), mediaType }]
      await attach(app, 'v1', { artifactType: mediaType, blobs }, { strategy })
    }
    const found = new Map<string, boolean>()
    for await (const { predicateType, subjectMatches } of statements(app, 'v1')) {
      found.set(predicateType, subjectMatches)
    }
    expect(found).toEqual(new Map(strategies.map(({ name }) => [name, true])))
  })
})
