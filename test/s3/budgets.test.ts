// How many requests to the store each request to the registry costs: golden numbers.
import { expect, test } from 'vitest'
import { type EmbeddedRegistry, embeddedRegistry } from '../../src/embedded/index.ts'
import { descriptor, image, pushBlob, putManifest, type Send } from '../embedded/_registry.ts'
import { storageIn } from './_storage.ts'
import { type TestStore, testStore } from './_store.ts'

const EMPTY = descriptor('{}', 'application/vnd.oci.empty.v1+json')

function sendTo(registry: EmbeddedRegistry): Send {
  return (method, path, init) =>
    registry.fetch(new Request(`http://registry.test${path}`, { method, ...init }))
}

/** A process that the store is known to, and that remembers nothing of others. */
async function processOn(store: TestStore): Promise<Send> {
  const send = sendTo(embeddedRegistry({ storage: storageIn(store) }))
  await pushBlob(send, 'warm/up', '{}')
  return send
}

async function cost(store: TestStore, task: () => Promise<Response>): Promise<string[]> {
  store.log.length = 0
  const answer = await task()
  await answer.arrayBuffer()
  expect(answer.status).toBeLessThan(400)
  return store.log.map((line) => line.replaceAll(/sha256:[0-9a-f]{64}.*/g, '<digest>'))
}

async function pushedImage(store: TestStore): Promise<{ send: Send; subject: object }> {
  const send = await processOn(store)
  await pushBlob(send, 'app', '{}')
  await putManifest(send, 'app', 'v1', image())
  return { send, subject: descriptor(image(), 'application/vnd.oci.image.manifest.v1+json') }
}

const artifactOf = (subject: object, n = 0) =>
  image({ artifactType: 'application/vnd.example', subject, annotations: { n: String(n) } })

test('a small blob of one request is one object that is put', async () => {
  const store = testStore()
  const send = await processOn(store)
  const { digest } = EMPTY
  const post = () => send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: '{}' })
  expect(await cost(store, post)).toEqual(['PUT app/_blobs/<digest>'])
})

test('a blob is pulled by one request, in parts too', async () => {
  const store = testStore()
  const { send } = await pushedImage(store)
  const pull = (range?: string) => () =>
    send('GET', `/v2/app/blobs/${EMPTY.digest}`, { headers: range ? { Range: range } : {} })
  expect(await cost(store, pull())).toEqual(['GET app/_blobs/<digest>'])
  expect(await cost(store, pull('bytes=1-'))).toEqual(['GET app/_blobs/<digest>'])
  expect(await cost(store, pull('bytes=-1'))).toEqual(['GET app/_blobs/<digest>'])
})

test('a manifest is pulled by two requests, by its digest by one', async () => {
  const store = testStore()
  const { send, subject } = await pushedImage(store)
  const pull = (reference: string) => () => send('GET', `/v2/app/manifests/${reference}`)
  expect(await cost(store, pull('v1'))).toEqual(['GET app/_tags/v1', 'GET app/_manifests/<digest>'])
  const { digest } = subject as { digest: string }
  expect(await cost(store, pull(digest))).toEqual(['GET app/_manifests/<digest>'])
})

test('an artifact is attached by four requests, and by six where its blobs were not seen', async () => {
  const store = testStore()
  const { send, subject } = await pushedImage(store)
  await pushBlob(send, 'app', 'sbom')
  const attach = (from: Send, n: number) => () => {
    const layers = [descriptor('sbom')]
    const body = image({ layers, subject, annotations: { n: String(n) } })
    return putManifest(from, 'app', descriptor(body).digest, body)
  }
  const write = [
    'PUT app/_pending/<digest>',
    'PUT app/_manifests/<digest>',
    'PUT app/_links/subject/<digest>',
    'DELETE app/_pending/<digest>',
  ]
  expect(await cost(store, attach(send, 1))).toEqual(write)
  const checks = ['HEAD app/_blobs/<digest>', 'HEAD app/_blobs/<digest>']
  expect(await cost(store, attach(await processOn(store), 2))).toEqual([...checks, ...write])
})

test('a thousand referrers are listed by two requests, the next thousands by two each at most', async () => {
  const store = testStore()
  const { send, subject } = await pushedImage(store)
  for (let n = 0; n < 2500; n += 1) {
    const body = artifactOf(subject, n)
    expect((await putManifest(send, 'app', descriptor(body).digest, body)).status).toBe(201)
    if (n === 999) await list(1000, 2)
  }
  await list(2500, 6)

  async function list(count: number, most: number): Promise<void> {
    const from = await processOn(store)
    let path: string | undefined = `/v2/app/referrers/${(subject as { digest: string }).digest}`
    let found = 0
    store.log.length = 0
    while (path) {
      const answer = await from('GET', path)
      const { manifests } = (await answer.json()) as { manifests: unknown[] }
      found += manifests.length
      path = /^<([^>]+)>/.exec(answer.headers.get('Link') ?? '')?.[1]
    }
    expect(found).toBe(count)
    expect(store.log.length).toBeLessThanOrEqual(most)
  }
}, 120_000)

test('a tag is moved by six requests', async () => {
  const store = testStore()
  const { send } = await pushedImage(store)
  const body = image({ annotations: { a: 'b' } })
  const spent = await cost(store, () => putManifest(send, 'app', 'v1', body))
  // The third and the fourth are sent together.
  expect([...spent.slice(0, 2), ...spent.slice(2, 4).sort(), ...spent.slice(4)]).toEqual([
    'GET app/_tags/v1',
    'PUT app/_pending/<digest>',
    'PUT app/_manifests/<digest>',
    'PUT app/_tagged/<digest>',
    'PUT app/_tags/v1',
    'DELETE app/_pending/<digest>',
  ])
})
