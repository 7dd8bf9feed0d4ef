import { expect, test } from 'vitest'
import { findManifest } from '../../src/registry/manifests.ts'
import { readKey, type StoredManifest } from '../../src/registry/stored-manifest.ts'
import { observed } from '../../src/registry/views.ts'
import { withReads } from '../../src/registry/with-reads.ts'
import { fakeRepository, json, sha, thrownBy } from './_registry.ts'

const type = { 'content-type': 'application/vnd.oci.image.index.v1+json' }

test('withReads() answers what it has, and shares the rest with the repository', async () => {
  const { repo, calls } = fakeRepository(() => json({}, type))
  const digest = sha('x') as never
  const stored: StoredManifest = {
    descriptor: { mediaType: 'a/b', digest, size: 1 },
    bytes: new Uint8Array(1),
  }
  const reads = new Map()
  const app = observed(repo, () => {}, reads)
  const view = withReads(app, new Map([[readKey(digest, undefined), Promise.resolve(stored)]]))
  expect(await findManifest(view, digest)).toBe(stored)
  expect(calls).toHaveLength(0)
  const other = await findManifest(view, 'v1')
  expect(await findManifest(app, 'v1')).toBe(other)
  expect(calls).toHaveLength(1)
  await thrownBy(() => findManifest(app, digest))
  expect(calls).toHaveLength(2)
})
