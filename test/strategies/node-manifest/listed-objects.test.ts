import { expect, test } from 'vitest'
import { discover, hasReferrer, referrers } from '../../../src/index.ts'
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

// As of every other list: registries of static files and proxies say what they like of a file.
test.each(['text/plain', 'application/octet-stream', 'application/vnd.example+json', ''])(
  'a list is read for what it is, though it is said to be "%s"',
  async (type) => {
    const strategy = nodeManifest()
    const object = { mediaType: 'text/spdx', digest: `sha256:${'1'.repeat(64)}`, size: 3 }
    let body = JSON.stringify({ referrers: [object] })
    const { app, another, subject } = await setUp({}, (request, answer) => {
      if (!request.url.includes('/v3/team/app/referrers/')) return answer()
      const bytes = new TextEncoder().encode(body)
      return new Response(bytes, { headers: type ? { 'content-type': type } : {} })
    })
    expect(await all(referrers(app, subject, { strategy }))).toMatchObject([object])
    body = '{"errors":[{"code":"UNKNOWN"}]}'
    for (const repo of [app, another()]) {
      expect(await discover(repo, subject, { strategies: [strategy] })).toMatchObject({
        complete: false,
      })
    }
  },
)
