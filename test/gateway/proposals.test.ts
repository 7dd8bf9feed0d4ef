import { expect, test } from 'vitest'
import { attach } from '../../src/index.ts'
import { artifactManifest, nodeManifest, referenceField } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { setUp } from './_gateway.ts'

const note = { artifactType: 'text/plain', annotations: { a: 'b' } }

/** An image with a referrer of OCI 1.1 at an upstream that has no list. */
async function linked(options: Parameters<typeof setUp>[0] = {}) {
  const made = setUp(options)
  const { digest } = await pushImage(made.direct)
  const referrer = await attach(made.direct, digest, note, { settle: 0 })
  return { ...made, digest, referrer }
}

test.each([
  ['A', 'referrers', (d: string) => `/v2/team/app/_oci/artifacts/referrers?digest=${d}`],
  ['A of ORAS', 'referrers', (d: string) => `/v2/team/app/_oras/artifacts/referrers?digest=${d}`],
  [
    "A of ORAS's drafts",
    'references',
    (d: string) => `/oras/artifacts/v1/team/app/manifests/${d}/referrers`,
  ],
  ['B', 'manifests', (d: string) => `/v2/team/app/manifests/${d}/references`],
  ['B by a tag', 'manifests', () => '/v2/team/app/manifests/v1/references'],
  ['C', 'referrers', (d: string) => `/v3/team/app/referrers/${d}`],
])('the list of proposal %s has the same referrers', async (_, key, pathOf) => {
  const { ask, digest, referrer } = await linked()
  const answer = await ask(pathOf(digest))
  expect(answer.status).toBe(200)
  const list = (await answer.json())[key]
  expect(list).toMatchObject([
    { digest: referrer.digest, size: referrer.size, artifactType: 'text/plain' },
  ])
})

test('a list that could not be read is no empty one', async () => {
  const { ask, digest } = await linked({
    upstreamFetch: (fetch) => async (request) =>
      /\/manifests\/sha256-/.test(request.url) && request.method === 'GET'
        ? new Response(null, { status: 500 })
        : fetch(request),
  })
  expect((await ask(`/v2/team/app/manifests/${digest}/references`)).status).toBeGreaterThanOrEqual(
    500,
  )
})

test.each([
  '/v2/team/app/_oci/artifacts/referrers',
  '/v2/team/app/_oras/artifacts/referrers?digest=sha256:x',
  '/v2/team/app/manifests/a!/references',
  '/v3/team/app/referrers/a!',
  '/v3/team/app/objects/a!',
])("%s is the client's mistake", async (path) => {
  const { ask } = await linked()
  expect((await ask(path)).status).toBe(400)
})

test("C's parts of a manifest are what it refers to, and its blobs", async () => {
  const { ask, digest, referrer } = await linked()
  expect((await ask('/v3/')).status).toBe(200)
  const reference = await (await ask(`/v3/team/app/reference/${referrer.digest}`)).json()
  expect(reference).toMatchObject({ digest })
  expect(await (await ask(`/v3/team/app/reference/${digest}`)).json()).toEqual({})
  const { objects } = await (await ask(`/v3/team/app/objects/${digest}`)).json()
  expect(objects).toHaveLength(1)
  expect(await (await ask(`/v3/team/app/description/${digest}`)).text()).toBe('')
  expect((await ask('/v3/team/app/objects/none')).status).toBe(404)
})

test("proposal A's list has the newest first, what is undated last, and pages", async () => {
  const { ask, direct } = setUp()
  const { digest } = await pushImage(direct)
  const days = ['2021-01-01', '2023-01-01', undefined, '2022-01-01', '2022-01-01']
  for (const [n, day] of days.entries()) {
    const created = day && { 'org.opencontainers.artifact.created': `${day}T00:00:00Z` }
    const annotations = { n: `${n}`, ...created }
    await attach(direct, digest, { artifactType: 'text/plain', annotations }, { settle: 0 })
  }
  for (const where of ['_oci', '_oras']) {
    const seen: string[][] = []
    let path: string | undefined =
      `/v2/team/app/${where}/artifacts/referrers?digest=${digest}&n=2&artifactType=text/plain`
    while (path) {
      const answer: Response = await ask(path)
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
      const { referrers } = await answer.json()
      seen.push(referrers.map((one: typeof note) => one.annotations))
    }
    const found = seen.flat() as unknown as Record<string, string>[]
    expect(seen.map(({ length }) => length)).toEqual([2, 2, 1])
    expect(found[0]).toMatchObject({ n: '1' })
    expect([found[1]!.n, found[2]!.n].sort()).toEqual(['3', '4'])
    expect(found.slice(3).map(({ n }) => n)).toEqual(['0', '2'])
  }
  const refused = await ask(`/v2/team/app/_oci/artifacts/referrers?digest=${digest}&n=0`)
  expect(refused.status).toBe(400)
})

test("proposal A's lists are found by the discovery of extensions", async () => {
  const { ask } = await linked()
  const { extensions } = await (await ask('/v2/team/app/_oci/ext/discover')).json()
  expect(extensions).toMatchObject([
    { name: '_oci', endpoints: ['_oci/artifacts/referrers'] },
    { name: '_oras', endpoints: ['_oras/artifacts/referrers'] },
  ])
})

test("C's manifests are those of the upstream", async () => {
  const { ask, digest } = await linked()
  const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' }
  for (const method of ['GET', 'HEAD']) {
    const answer = await ask(`/v3/team/app/manifests/${digest}`, { method, headers })
    expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([200, digest])
  }
  const put = await ask('/v3/team/app/manifests/x', {
    method: 'PUT',
    body: JSON.stringify({ schemaVersion: 3, mediaType: 'application/vnd.oci.node.v1+json' }),
    headers: { 'content-type': 'application/vnd.oci.node.v1+json' },
  })
  expect((await put.json()).errors[0].message).toContain('OCI 1.1')
})

test("C's description is JSON for who wants that", async () => {
  const { ask, digest } = await linked()
  const headers = { accept: 'application/json, text/plain' }
  const answer = await ask(`/v3/team/app/description/${digest}`, { headers })
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  expect(await answer.json()).toEqual({})
})

test.each([
  [400, 'MANIFEST_BLOB_UNKNOWN'],
  [403, 'DENIED'],
  [413, 'SIZE_INVALID'],
])('a refusal of something else than the type stays as it is: %s %s', async (status, code) => {
  const { ask } = setUp({
    upstreamFetch: () => async () => Response.json({ errors: [{ code }] }, { status }),
  })
  const mediaType = 'application/vnd.oci.artifact.manifest.v1+json'
  const answer = await ask('/v2/team/app/manifests/x', {
    method: 'PUT',
    body: JSON.stringify({ mediaType }),
    headers: { 'content-type': mediaType },
  })
  expect([answer.status, await answer.json()]).toEqual([status, { errors: [{ code }] }])
})

test('an upstream that has a proposal answers for itself', async () => {
  const { through, direct } = setUp({ registry: {} })
  const { digest } = await pushImage(direct)
  for (const strategy of [artifactManifest(), referenceField(), nodeManifest()]) {
    const made = await attach(through, digest, note, { strategy })
    const found = await all(strategy.discover(through, digest as never, {}))
    expect(
      found.map((one) => one.digest),
      strategy.name,
    ).toContain(made.digest)
  }
})

test('manifests that the upstream does not take are refused with what it would', async () => {
  const { ask } = await linked()
  for (const type of ['oci.artifact.manifest', 'oci.node']) {
    const mediaType = `application/vnd.${type}.v1+json`
    const answer = await ask('/v2/team/app/manifests/x', {
      method: 'PUT',
      body: JSON.stringify({ mediaType, blobs: [] }),
      headers: { 'content-type': mediaType },
    })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    const [{ message }] = (await answer.json()).errors
    for (const way of ['OCI 1.1', 'proposal B', 'proposal D']) expect(message).toContain(way)
  }
})
