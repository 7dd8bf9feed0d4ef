// A referrers tag that tools have left wrong, made right on real registries without the referrers API, as oras sees it.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  attach,
  type Descriptor,
  referrers,
  referrersTag,
  repair,
  repository,
} from '../../src/index.ts'
import { deleteManifest, getManifest, putManifest } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'
import {
  distribution,
  dockerRegistry,
  type RunningRegistry,
  startOlaregToUpgrade,
} from './_registries.ts'
import { type Clients, clientsFor } from './_tools.ts'

const SPDX = 'application/spdx+json'
const ORAS = 'application/vnd.example.by-oras'
const EMPTY = 'application/vnd.oci.empty.v1+json'

describe.concurrent.each([dockerRegistry, distribution])('$name', (registry) => {
  let running: RunningRegistry
  let clients: Clients
  beforeAll(async () => {
    running = await registry.start()
    clients = await clientsFor(running)
    await writeFile(join(clients.directory, 'note.txt'), 'by oras')
  })
  afterAll(async () => {
    await clients?.close()
    await running?.stop()
  })

  test('wrong types and sizes are corrected, and what is gone is taken out', async () => {
    const app = repository(`${running.host}/repair/app`)
    const image = await clients.pushImage(app.name, 'v1')
    const reference = `${running.host}/${app.name}@${image}`
    const blobs = [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: SPDX }]
    await attach(app, 'v1', { artifactType: SPDX, blobs })
    await clients.oras('attach', '--artifact-type', ORAS, reference, 'note.txt:text/plain')
    const gone = await attach(app, 'v1', { artifactType: SPDX, annotations: { gone: 'yes' } })

    const tag = referrersTag(image)
    const { bytes, descriptor } = await getManifest(app, tag)
    const index = JSON.parse(new TextDecoder().decode(bytes)) as { manifests: Descriptor[] }
    const manifests = index.manifests.map((one) => ({ ...one, artifactType: EMPTY }))
    await putManifest(app, tag, { ...index, manifests } as never)
    await deleteManifest(app, gone.digest)
    const types = async () =>
      (await clients.orasDiscover(reference)).map(({ artifactType }) => artifactType).sort()
    expect(await types()).not.toContain(SPDX)

    const { items, complete } = await repair(app, 'v1')
    expect(complete).toBe(true)
    expect(items.map(({ action }) => action).sort()).toEqual([
      'correct-entry',
      'correct-entry',
      'remove-entry',
    ])
    expect(await types()).toEqual([ORAS, SPDX].sort())
    expect((await getManifest(app, tag)).descriptor.digest).not.toBe(descriptor.digest)
    expect(await repair(app, 'v1')).toMatchObject({ items: [], complete: true })
  }, 60_000)
})

// olareg takes what is at the tag into its list when it starts; what comes to the tag later only repair() does.
test('what only the tag has after an upgrade is listed again by olareg', async () => {
  const before = await startOlaregToUpgrade()
  const old = repository(`${before.host}/repair/upgraded`)
  const image = await pushImage(old)
  for (const text of ['a', 'b', 'c'])
    await attach(old, image, { artifactType: SPDX, annotations: { text } })
  const tag = referrersTag(image.digest)
  const { bytes, descriptor } = await getManifest(old, tag)
  await deleteManifest(old, tag)
  const after = await before.upgrade()
  try {
    const app = repository(`${after.host}/repair/upgraded`)
    await putManifest(app, tag, bytes, { mediaType: descriptor.mediaType })
    const { items, complete } = await repair(app, image.digest)
    expect(items.map(({ action, status }) => `${action} ${status}`)).toEqual(
      Array(3).fill('list-again done'),
    )
    expect(complete).toBe(true)
    const found = await all(referrers(repository(`${after.host}/repair/upgraded`), image.digest))
    expect(found.map(({ via }) => via[0]?.source)).toEqual(Array(3).fill('referrers-api'))
    expect(await repair(app, image.digest)).toMatchObject({ items: [], complete: true })
  } finally {
    await after.stop()
  }
}, 60_000)
