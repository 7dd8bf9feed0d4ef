import { expect, test } from 'vitest'
import { hasReferrer, referrers } from '../../../src/index.ts'
import { digestTag } from '../../../src/model/digest-tags.ts'
import { putManifest } from '../../../src/registry/index.ts'
import { digestTags } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { pushDocument, setUp } from '../_bent.ts'

const ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json'

test('an artifact manifest at a digest tag has its type and annotations', async () => {
  const strategy = digestTags()
  const { app, straight, subject } = await setUp()
  const artifactType = 'application/spdx+json'
  const document = { mediaType: ARTIFACT, artifactType, blobs: [], annotations: { a: 'b' } }
  const { digest } = await pushDocument(straight, document)
  const bytes = new TextEncoder().encode(JSON.stringify(document))
  await putManifest(straight, digestTag(subject.digest, digest, 'sbom'), bytes, {
    mediaType: ARTIFACT,
  })
  const expected = [{ digest, artifactType, annotations: { a: 'b' } }]
  expect(await all(referrers(app, subject, { strategy }))).toMatchObject(expected)
  expect(await all(referrers(app, subject, { strategy, artifactType }))).toMatchObject(expected)
  expect(await hasReferrer(app, subject, { strategy, annotations: { a: 'b' } })).toBe(true)
  expect(await hasReferrer(app, subject, { strategy, artifactType: 'a/b' })).toBe(false)
})
