// A page that uses a real registry without CORS headers, through a gateway.
import { expect, inject, test } from 'vitest'
import { attach, discover, readArtifact, referrers, repository } from '../../src/index.ts'
import { all } from '../_image.ts'

const { host, image } = inject('gateway')

test('a page attaches through it, finds that, and reads it', async () => {
  const app = repository(`${host}/team/app`)
  const data = 'x'.repeat(300_000)
  const note = { artifactType: 'text/plain', blobs: [{ data, mediaType: 'text/plain' }] }
  const made = await attach(app, 'v1', note)
  expect(made).toMatchObject({ confirmed: true, subject: { digest: image } })
  const found = await all(referrers(app, 'v1'))
  expect(found.map(({ digest, via }) => [digest, via[0]!.source])).toEqual([
    [made.digest, 'referrers-api'],
  ])
  const { blobs } = await readArtifact(app, 'v1', { artifactType: 'text/plain' })
  expect(await blobs[0]!.text()).toBe(data)
  const { complete, flat } = await discover(app, 'v1', { depth: 2 })
  expect([complete, flat.length]).toEqual([true, 1])
})
