import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { attach, type Descriptor } from '../../src/index.ts'
import { deleteManifest, getManifest, putManifest } from '../../src/registry/index.ts'
import {
  cosignTags,
  digestTags,
  indexAnnotations,
  referenceField,
} from '../../src/strategies/index.ts'
import { pushImage } from '../_image.ts'
import { pushLayout } from '../_layout.ts'
import { setUp } from './_gateway.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = (n: number) => ({ artifactType: 'text/plain', annotations: { n: `${n}` } })
const pathOf = (digest: string, query = '') => `/v2/team/app/referrers/${digest}${query}`

async function listed(answer: Response): Promise<readonly Descriptor[]> {
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe(INDEX)
  const index = await answer.json()
  expect(index).toMatchObject({ schemaVersion: 2, mediaType: INDEX })
  return index.manifests
}

test('the list of an upstream without one has what its referrers tag has', async () => {
  const { ask, direct } = setUp()
  const { digest } = await pushImage(direct)
  expect(await listed(await ask(pathOf(digest)))).toEqual([])
  const made = await attach(direct, digest, note(1), { settle: 0 })
  const { mediaType, size } = made
  const entry = { mediaType, digest: made.digest, size, ...note(1) }
  expect(await listed(await ask(pathOf(digest)))).toEqual([entry])
})

test('types and annotations are those of the manifests where the list has them empty', async () => {
  const { ask, direct } = setUp()
  const { digest } = await pushImage(direct)
  const made = await attach(direct, digest, note(1), { settle: 0 })
  const { mediaType, size } = made
  const bare = { mediaType, digest: made.digest, size }
  const artifactType = 'application/vnd.oci.empty.v1+json'
  await putManifest(direct, digest.replace(':', '-'), {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ ...bare, artifactType }],
  })
  expect(await listed(await ask(pathOf(digest)))).toEqual([{ ...bare, ...note(1) }])
  const filtered = await ask(pathOf(digest, '?artifactType=text/plain'))
  expect(filtered.headers.get('oci-filters-applied')).toBe('artifactType')
  expect(await listed(filtered)).toHaveLength(1)
  expect(await listed(await ask(pathOf(digest, '?artifactType=text/html')))).toEqual([])
})

test('an entry that anyone wrote into the referrers tag is listed as its manifest is, or not at all', async () => {
  const { ask, direct } = setUp()
  const { digest } = await pushImage(direct)
  const made = await attach(direct, digest, note(1), { settle: 0 })
  const image = await pushImage(direct, 'v2')
  const gone = await attach(direct, digest, note(3), { settle: 0 })
  const other = await attach(direct, made.digest, note(2), { settle: 0 })
  const { mediaType } = made
  const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  const entry = ({ digest, size }: Descriptor) => ({ mediaType, digest, size, artifactType })
  const wrongSize = { ...entry(made), size: 7 }
  await putManifest(direct, digest.replace(':', '-'), {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [wrongSize, entry(image), entry(other), entry(gone)],
  })
  await deleteManifest(direct, gone.digest)
  const { size } = made
  const own = { mediaType, digest: made.digest, size, ...note(1) }
  expect(await listed(await ask(pathOf(digest)))).toEqual([own])
  expect(await listed(await ask(pathOf(digest, '?artifactType=text/plain')))).toEqual([own])
  expect(await listed(await ask(pathOf(digest, `?artifactType=${artifactType}`)))).toEqual([])
})

test('a manifest that could not be read makes no shorter list; one that is broken costs itself', async () => {
  let broken: (() => Response) | undefined
  let path = ''
  const { ask, direct } = setUp({
    upstreamFetch: (inner) => (request) =>
      broken && request.url.endsWith(path) ? Promise.resolve(broken()) : inner(request),
  })
  const { digest } = await pushImage(direct)
  await attach(direct, digest, note(1), { settle: 0 })
  const made = await attach(direct, digest, note(2), { settle: 0 })
  path = `/manifests/${made.digest}`
  broken = () => Response.json({}, { status: 500 })
  const failed = await ask(pathOf(digest))
  expect(failed.status).toBe(502)
  expect((await failed.json()).errors[0].message).toContain(made.digest)
  broken = () => Response.json({ errors: [{ code: 'DENIED' }] }, { status: 403 })
  expect((await ask(pathOf(digest))).status).toBe(403)
  broken = () => new Response('other bytes', { headers: { 'content-type': made.mediaType } })
  expect(await listed(await ask(pathOf(digest)))).toHaveLength(1)
})

test.each([{ 'content-encoding': 'gzip', 'content-length': '100' }, { 'content-length': '100' }])(
  'an entry that never ends is not read for ever: %j',
  async (headers) => {
    let bytes = 0
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          bytes += 1 << 20
          if (bytes > 1 << 27) controller.close()
          else controller.enqueue(new Uint8Array(1 << 20))
        },
      })
    const { ask, direct } = setUp({
      upstreamFetch: (inner) => async (request) =>
        request.method === 'GET' && request.url.includes('/manifests/sha256:')
          ? new Response(endless(), { headers })
          : inner(request),
    })
    const { digest } = await pushImage(direct)
    await attach(direct, digest, note(1), { settle: 0 })
    expect((await ask(pathOf(digest))).status).toBe(502)
    expect(bytes).toBeLessThan(1 << 24)
  },
)

test('manifests are read once: the next list costs the tag alone', async () => {
  const { ask, direct, sent } = setUp()
  const { digest } = await pushImage(direct)
  for (let n = 0; n < 3; n++) await attach(direct, digest, note(n), { settle: 0 })
  const count = async () => {
    sent.length = 0
    expect(await listed(await ask(pathOf(digest)))).toHaveLength(3)
    return sent.length
  }
  // The API, the tag, and once more with what the entries say.
  expect(await count()).toBe(2 + 1 + 3)
  expect(await count()).toBe(1)
})

test('that a client sees no list says nothing of what another sees', async () => {
  const { ask, direct } = setUp({
    registry: {},
    upstreamFetch: (inner) => async (request) =>
      request.headers.has('authorization') ? inner(request) : new Response(null, { status: 404 }),
  })
  const { digest } = await pushImage(direct)
  await attach(direct, digest, note(1))
  await ask(pathOf(digest))
  const headers = { authorization: 'Bearer x' }
  expect(await listed(await ask(pathOf(digest), { headers }))).toHaveLength(1)
})

test('an upstream with a list of its own is read by that', async () => {
  const { ask, direct } = setUp({ registry: {} })
  const { digest } = await pushImage(direct)
  const made = await attach(direct, digest, note(1))
  const [entry] = await listed(await ask(pathOf(digest)))
  expect(entry!.digest).toBe(made.digest)
})

test('"styles" says whether links of other ways are listed', async () => {
  const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json'
  const annotations = { 'dev.cosignproject.cosign/signature': 'MEYCIQ' }
  const signature = {
    artifactType: mediaType,
    blobs: [{ data: '{"critical":{}}', mediaType, annotations }],
  }
  const counts: number[] = []
  for (const styles of ['standard', 'all'] as const) {
    const { ask, direct } = setUp({ styles })
    const { digest } = await pushImage(direct)
    await attach(direct, digest, note(1), { settle: 0 })
    await attach(direct, digest, note(2), { strategy: digestTags(), settle: 0 })
    await attach(direct, digest, signature, { strategy: cosignTags(), settle: 0 })
    counts.push((await listed(await ask(pathOf(digest)))).length)
  }
  expect(counts).toEqual([1, 3])
})

test.each([
  ['B', referenceField()],
  ['F', indexAnnotations()],
])('"styles: all" lists what is linked by proposal %s', async (_, strategy) => {
  const { ask, direct } = setUp({ styles: 'all' })
  const { digest } = await pushImage(direct)
  const made = await attach(direct, digest, note(1), { strategy, settle: 0 })
  expect(await listed(await ask(pathOf(digest)))).toMatchObject([
    { digest: made.digest, ...note(1) },
  ])
})

test('"styles: all" lists the attestations that BuildKit put into an image', async () => {
  const { ask, direct } = setUp({ styles: 'all' })
  const layout = new URL('../vectors/recorded/buildkit0-layout/', import.meta.url)
  await pushLayout(direct, layout, 'v1')
  const { descriptor } = await getManifest(direct, 'v1')
  const artifactType = 'application/vnd.docker.attestation.manifest.v1+json'
  const found = await listed(await ask(pathOf(descriptor.digest)))
  expect(found.map((one) => one.artifactType)).toEqual([artifactType, artifactType])
})

test('a long list comes in pages, which have each referrer once', async () => {
  const { ask, direct } = setUp()
  const { digest } = await pushImage(direct)
  const made: string[] = []
  for (let i = 0; i < 5; i++) {
    made.push((await attach(direct, digest, note(i), { settle: 0 })).digest)
  }
  const seen: string[] = []
  let path: string | undefined = pathOf(digest, '?n=2')
  while (path) {
    const answer: Response = await ask(path)
    path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
    const page = await listed(answer)
    expect(page.length).toBeLessThanOrEqual(2)
    seen.push(...page.map((one) => one.digest))
  }
  expect(seen.toSorted()).toEqual(made.toSorted())
  expect(new Set(seen).size).toBe(5)
})

test.each([['n=0'], ['n=x'], ['n=-1']])('?%s is refused', async (query) => {
  const { ask, direct } = setUp()
  const { digest } = await pushImage(direct)
  expect((await ask(pathOf(digest, `?${query}`))).status).toBe(400)
})

describe('what could not be read is no empty list', () => {
  const cases = [
    ['a failing upstream', new Response(null, { status: 500 }), 502],
    [
      'a page of a proxy',
      new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      502,
    ],
    ['a refusal', new Response(null, { status: 403 }), 403],
    [
      'too many requests',
      new Response(null, { status: 429, headers: { 'retry-after': '100' } }),
      429,
    ],
  ] as const
  test.each(cases)('%s', async (_, broken, status) => {
    const { ask, direct } = setUp({
      upstreamFetch: (fetch) => async (request) =>
        /\/(referrers|manifests)\/sha256[:-]/.test(request.url) && request.method === 'GET'
          ? broken.clone()
          : fetch(request),
    })
    const { digest } = await pushImage(direct)
    const answer = await ask(pathOf(digest))
    expect(answer.status).toBe(status)
    const { errors } = await answer.json()
    expect(errors[0]).toMatchObject({ code: expect.any(String), message: expect.any(String) })
    if (status === 429) expect(answer.headers.get('retry-after')).toBe('100')
  })

  test('with all styles, one that could not be read', async () => {
    const { ask, direct } = setUp({
      styles: 'all',
      upstreamFetch: (fetch) => async (request) =>
        request.url.endsWith('.sig') ? new Response(null, { status: 500 }) : fetch(request),
    })
    const { digest } = await pushImage(direct)
    const answer = await ask(pathOf(digest))
    expect(answer.status).toBe(502)
  })
})

test('a manifest that was read is not requested again, within the bytes given', async () => {
  const counts: number[] = []
  for (const cacheBytes of [undefined, 0]) {
    const { ask, direct, sent } = setUp({ cacheBytes })
    const { digest } = await pushImage(direct)
    const { mediaType, size, ...made } = await attach(direct, digest, note(1), { settle: 0 })
    // A list that says too little: the manifest has to be read.
    const entry = { mediaType, digest: made.digest, size }
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [entry] } as const
    await putManifest(direct, digest.replace(':', '-'), index)
    await ask(pathOf(digest))
    sent.length = 0
    expect(await listed(await ask(pathOf(digest)))).toHaveLength(1)
    counts.push(sent.filter(({ url }) => url.includes('/manifests/sha256:')).length)
  }
  expect(counts).toEqual([0, 1])
})

test("wrong bytes of a manifest are nobody else's answer: the next list has the right ones", async () => {
  let isBent = true
  const { ask, direct } = setUp({
    upstreamFetch: (fetch) => async (request) => {
      const answer = await fetch(request)
      if (!isBent || request.method !== 'GET' || !request.url.includes('/manifests/sha256:'))
        return answer
      const bytes = new Uint8Array(await answer.arrayBuffer())
      bytes[bytes.length - 2] = 32
      return new Response(bytes, { headers: answer.headers })
    },
  })
  const { digest } = await pushImage(direct)
  await attach(direct, digest, note(1), { settle: 0 })
  expect((await ask(pathOf(digest))).status).toBe(502)
  isBent = false
  expect(await listed(await ask(pathOf(digest)))).toHaveLength(1)
})

test('what the upstream supports is looked at again after 10 minutes, however often lists are read', async () => {
  const { ask, direct, sent } = setUp()
  const { digest } = await pushImage(direct)
  await attach(direct, digest, note(1), { settle: 0 })
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const minutes: number[] = []
  for (let minute = 0; minute < 25; minute++) {
    sent.length = 0
    // Those that are under way when it ends keep nothing alive.
    await Promise.all([ask(pathOf(digest)), ask(pathOf(digest))])
    if (sent.some(({ url }) => url.includes('/referrers/'))) minutes.push(minute)
    vi.setSystemTime(Date.now() + 60_000)
  }
  expect(minutes).toEqual([0, 10, 20])
})

test('a list that the upstream has no more is read at the tag, at once', async () => {
  let isOlder = false
  const { ask, direct } = setUp({
    registry: {},
    upstreamFetch: (fetch) => async (request) =>
      isOlder && request.url.includes('/referrers/')
        ? new Response('404 page not found', { status: 404 })
        : fetch(request),
  })
  const { digest } = await pushImage(direct)
  const { mediaType, size, ...made } = await attach(direct, digest, note(1), { settle: 0 })
  expect(await listed(await ask(pathOf(digest)))).toHaveLength(1)
  isOlder = true
  const manifests = [{ mediaType, digest: made.digest, size }]
  const index = { schemaVersion: 2, mediaType: INDEX, manifests } as const
  await putManifest(direct, digest.replace(':', '-'), index)
  for (let n = 0; n < 2; n++) expect(await listed(await ask(pathOf(digest)))).toHaveLength(1)
})
