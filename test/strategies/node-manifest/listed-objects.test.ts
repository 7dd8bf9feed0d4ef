import { expect, test } from 'vitest'
import { hasReferrer, referrers } from '../../../src/index.ts'
import { nodeManifest } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { setUp } from '../_bent.ts'

// The example of "GET /v3/<name>/referrers/<ref>" in PROPOSAL_C.md lists what nodes have, and not the nodes.
test('objects that are listed in place of nodes are referrers of their own type', async () => {
  const strategy = nodeManifest()
  const object = { mediaType: 'application/spdx+json', digest: `sha256:${'1'.repeat(64)}`, size: 3 }
  const { app, subject } = await setUp({}, (request, answer) =>
    request.url.includes('/v3/team/app/referrers/')
      ? Response.json({ referrers: [object] })
      : answer(),
  )
  expect(await all(referrers(app, subject, { strategy }))).toMatchObject([
    { ...object, artifactType: object.mediaType, subject: { digest: subject.digest } },
  ])
  const { mediaType: artifactType } = object
  expect(await hasReferrer(app, subject, { strategy, artifactType })).toBe(true)
  expect(await hasReferrer(app, subject, { strategy, artifactType: 'a/b' })).toBe(false)
})
