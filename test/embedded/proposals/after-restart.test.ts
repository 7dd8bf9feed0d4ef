// A directory's links are read again from its manifests: every list must be as it was.
import { expect, test } from 'vitest'

import { openStorage, temporaryDirectory } from '../../node/layout/_directory.ts'
import {
  descriptor,
  IMAGE,
  image,
  index,
  pushBlob,
  pushImage,
  type Send,
  start,
} from '../_registry.ts'
import { artifact, node, ORAS, pushed, read } from './_proposals.ts'

const subject = descriptor(image(), IMAGE)

async function listsOf(send: Send): Promise<unknown[]> {
  const { digest } = subject
  return Promise.all(
    [
      `/v2/app/referrers/${digest}`,
      `/v2/app/_oci/artifacts/referrers?digest=${digest}`,
      `/v2/app/_oras/artifacts/referrers?digest=${digest}&artifactType=sbom/example`,
      `/v2/app/manifests/${digest}/references`,
      '/v2/app/manifests/v1/references',
      '/v3/app/referrers/v1',
      '/v3/app/objects/n1',
      '/v3/app/reference/n1',
    ].map((path) => read(send, path)),
  )
}

test('every list is as it was after a restart, and an entry goes with its index', async () => {
  const directory = await temporaryDirectory()
  const before = await openStorage(directory)
  const first = start({ storage: before })
  await pushImage(first, 'app', 'v1')
  await pushBlob(first, 'app', 'object')
  for (const date of ['2022-01-01T00:00:00Z', '2022-01-03T00:00:00Z', '2022-01-02T00:00:00Z']) {
    const annotations = { 'org.opencontainers.artifact.created': date }
    await pushed(first, artifact({ subject, annotations }))
  }
  await pushed(first, artifact({ subject, mediaType: ORAS }))
  await pushed(first, image({ subject, reference: subject, annotations: { a: 'b' } }))
  const entry = await pushed(first, image({ annotations: { entry: 'yes' } }))
  const list = await pushed(first, index([{ ...entry, reference: subject }]))
  const objects = [descriptor('object', 'some/thing'), subject]
  const text = node({ objects, reference: subject, description: 'a node' })
  await pushed(first, text, { reference: 'n1' })
  const lists = await listsOf(first)
  await before.close()

  const after = await openStorage(directory)
  const second = start({ storage: after })
  expect(await listsOf(second)).toEqual(lists)
  await second('DELETE', `/v2/app/manifests/${list.digest}`)
  const { manifests } = await read<{ manifests: unknown[] }>(
    second,
    '/v2/app/manifests/v1/references',
  )
  expect(manifests).toHaveLength(1)
  await after.close()
})
