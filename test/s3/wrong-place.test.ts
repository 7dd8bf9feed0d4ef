// Buckets that are not there, and servers that are no stores: nothing is said to be missing in them.
import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  digestOf,
  errorOf,
  image,
  pushBlob,
  putManifest,
  type Send,
} from '../embedded/_registry.ts'
import { processOn } from './_processes.ts'
import { storageIn } from './_storage.ts'
import { testStore } from './_store.ts'

const page = (status: number) => async () =>
  new Response('<html><body>Welcome</body></html>', { status })

const somewhere = digestOf('{}')

async function reads(send: Send): Promise<string[]> {
  const answers: string[] = []
  for (const path of [
    'manifests/v1',
    `manifests/${somewhere}`,
    `blobs/${somewhere}`,
    'tags/list',
    `referrers/${somewhere}`,
  ]) {
    answers.push(await errorOf(await send('GET', `/v2/app/${path}`)))
    answers.push(`${(await send('HEAD', `/v2/app/${path}`)).status}`)
  }
  return answers
}

test('a bucket that is not there is an error of the storage, whatever is asked for', async () => {
  const send = processOn(testStore(), undefined, { bucket: 'nowhere' })
  expect((await send('HEAD', `/v2/app/blobs/${somewhere}`)).status).toBe(500)
  expect((await putManifest(send, 'app', 'v1', image())).status).toBe(500)
  for (const answer of await reads(send)) expect(answer).toMatch(/^500/)
})

test.each([
  ['finds nothing', page(404)],
  ['answers with a page', page(200)],
])('a server that is no store and %s has no repositories that are empty', async (_, fault) => {
  const send = processOn(testStore(), fault, { retries: 0 })
  for (const path of ['tags/list', `referrers/${somewhere}`]) {
    expect((await send('GET', `/v2/app/${path}`)).status, path).toBeGreaterThanOrEqual(500)
  }
  if ((await fault()).status === 404) {
    for (const answer of await reads(send)) expect(answer).toMatch(/^50[03]/)
  }
})

test('a page that says 404 in the place of the store does not say that something is missing', async () => {
  const store = testStore()
  await pushBlob(processOn(store), 'app', '{}')
  let isAway = false
  const send = processOn(store, (_, answer) => (isAway ? page(404)() : answer()))
  expect((await send('GET', `/v2/app/blobs/${somewhere}`)).status).toBe(200)
  isAway = true
  expect((await send('GET', `/v2/app/blobs/${somewhere}`)).status).toBe(500)
})

test.each([
  ['begins again and again', () => 'after '],
  ['has empty pages without end', () => `after ${'~'.repeat(9)}`],
  ['has empty pages of new names without end', (n: number) => `after ${'~'.repeat(n)}`],
  ['goes on without saying where', () => ''],
])('a list that %s is an error, and ends', async (_, token) => {
  const store = testStore()
  const known = processOn(store)
  await pushBlob(known, 'app', '{}')
  await putManifest(known, 'app', 'v1', image())
  let count = 0
  const send = processOn(store, async (request, answer) => {
    const answered = await answer()
    const { searchParams } = new URL(request.url)
    if (!searchParams.has('list-type') || searchParams.has('max-keys')) return answered
    count += 1
    const more = `<IsTruncated>true</IsTruncated><NextContinuationToken>${token(count)}</NextContinuationToken>`
    const text = await answered.text()
    const { headers } = answered
    return new Response(text.replace('<IsTruncated>false</IsTruncated>', more), { headers })
  })
  for (const path of ['tags/list', `referrers/${somewhere}`]) {
    expect((await send('GET', `/v2/app/${path}`)).status, path).toBe(503)
  }
  expect(count).toBeLessThan(3000)
})

test.each([301, 307, 308])('a store that says %i is not followed, and says why', async (status) => {
  const seen: Request[] = []
  const storage = storageIn(testStore(), {
    async fetch(request) {
      seen.push(request)
      const headers = { Location: 'http://elsewhere.test/', 'x-amz-bucket-region': 'eu-west-1' }
      return new Response(null, { status, headers })
    },
  })
  const told: string[] = []
  const registry = embeddedRegistry({ storage, onError: ({ message }) => told.push(message) })
  const url = `http://registry.test/v2/app/blobs/${somewhere}`
  expect((await registry.fetch(new Request(url))).status).toBe(500)
  expect(seen.map(({ redirect }) => redirect)).toEqual(['manual'])
  expect(told).toEqual([expect.stringContaining('The bucket is in the region eu-west-1')])
})

test('answers are not to be packed, and a blob that is packed is no blob', async () => {
  const store = testStore()
  await pushBlob(processOn(store), 'app', '{}')
  const asked = new Set<string | null>()
  const send = processOn(
    store,
    async (request, answer) => {
      asked.add(request.headers.get('accept-encoding'))
      const answered = await answer()
      answered.headers.set('Content-Encoding', 'gzip')
      return answered
    },
    { retries: 0 },
  )
  for (const method of ['GET', 'HEAD']) {
    expect((await send(method, `/v2/app/blobs/${somewhere}`)).status).toBe(503)
  }
  expect([...asked]).toEqual(['identity'])
})

test.each(['ETag', 'Last-Modified'])(
  'a store whose %s cannot be seen is not written to',
  async (name) => {
    const store = testStore()
    const known = processOn(store)
    await pushBlob(known, 'app', '{}')
    await putManifest(known, 'app', 'v1', image())
    const key = `app/_pending/${digestOf(image({ n: 1 }))}`
    if (name === 'Last-Modified') store.objects.set(key, store.objects.get('app/_tags/v1')!)
    const send = processOn(store, async (_, answer) => {
      const answered = await answer()
      answered.headers.delete(name)
      return answered
    })
    const before = new Map(store.objects)
    expect((await putManifest(send, 'app', 'v1', image({ n: 1 }))).status).toBe(503)
    expect(store.objects.get('app/_tags/v1')).toBe(before.get('app/_tags/v1'))
    expect((await known('GET', '/v2/app/manifests/v1')).status).toBe(200)
  },
)
