// Objects that others have put into the bucket, or changed.
import { expect, test } from 'vitest'
import {
  descriptor,
  digestOf,
  errorOf,
  IMAGE,
  image,
  pushBlob,
  putManifest,
} from '../embedded/_registry.ts'
import { processOn } from './_processes.ts'
import { type StoredObject, testStore } from './_store.ts'

const subject = descriptor(image(), IMAGE)
const artifact = image({ subject, annotations: { a: '1' } })
const digest = digestOf(artifact)

async function pushed() {
  const store = testStore()
  const send = processOn(store)
  await pushBlob(send, 'app', '{}')
  expect((await putManifest(send, 'app', 'v1', artifact)).status).toBe(201)
  return {
    send,
    store,
    /** Changes what stands beside an object's bytes. */
    annotate(key: string, headers: Readonly<Record<string, string>>) {
      store.objects.set(key, { ...store.objects.get(key)!, headers })
    },
    /** Changes an object's bytes. */
    change(key: string, text: string) {
      const before: Partial<StoredObject> = store.objects.get(key) ?? { headers: {} }
      const bytes = Buffer.from(text)
      const object = { ...before, bytes, etag: `"${digestOf(text)}"`, modified: Date.now() }
      store.objects.set(key, object as StoredObject)
    },
  }
}

test.each([
  ['cut short', artifact.slice(0, 50)],
  ['longer', `${artifact} `],
  ['another', artifact.replace('"1"', '"2"')],
  ['empty', ''],
])('a manifest that is %s is no answer, and can be deleted and pushed again', async (_, text) => {
  const { send, change } = await pushed()
  change(`app/_manifests/${digest}`, text)
  for (const reference of ['v1', digest]) {
    expect(await errorOf(await send('GET', `/v2/app/manifests/${reference}`))).toBe('500 UNKNOWN')
  }
  expect((await send('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(202)
  expect((await putManifest(send, 'app', 'v1', artifact)).status).toBe(201)
  expect(await (await send('GET', '/v2/app/manifests/v1')).text()).toBe(artifact)
})

test('a manifest of another size is whole when it was pushed again', async () => {
  const { send, change } = await pushed()
  change(`app/_manifests/${digest}`, artifact.slice(0, 50))
  expect((await putManifest(send, 'app', 'v1', artifact)).status).toBe(201)
  expect(await (await send('GET', '/v2/app/manifests/v1')).text()).toBe(artifact)
})

test('a tag that holds no digest is an error, and not missing, until it is pushed again', async () => {
  const { send, change } = await pushed()
  change('app/_tags/v1', 'x'.repeat(100))
  expect(await errorOf(await send('GET', '/v2/app/manifests/v1'))).toBe('500 UNKNOWN')
  expect((await putManifest(send, 'app', 'v1', artifact)).status).toBe(201)
  expect(await (await send('GET', '/v2/app/manifests/v1')).text()).toBe(artifact)
})

test('what cannot be a tag or a link is not listed', async () => {
  const { send, change } = await pushed()
  const long = 'x'.repeat(100)
  for (const name of ['-bad', 'a b', 'a/b', '..', '%41', 'é', 'x'.repeat(129)]) {
    change(`app/_tags/${name}`, `${digest} ${long}`)
  }
  for (const name of ['', 'rubbish', '%zz', '0-a-0.1-!!!', '01-02-0.1-e30', 'é', 'a/b']) {
    change(`app/_links/subject/${subject.digest}/${name}`, '')
  }
  const tags = await send('GET', '/v2/app/tags/list')
  expect(await tags.json()).toEqual({ name: 'app', tags: ['v1'] })
  const list = await send('GET', `/v2/app/referrers/${subject.digest}`)
  const { manifests } = (await list.json()) as { manifests: { digest: string }[] }
  expect(manifests.map((one) => one.digest)).toEqual([digest])
})

const type = { 'content-type': IMAGE }
const beside = 'x-amz-meta-ocilink'
/** Has links whose names do not fit beside its bytes, and a descriptor that does not fit into a name. */
const large = image({ subject, annotations: { long: 'x'.repeat(8000) } })

test.each([
  ['nothing', type],
  ['no JSON', { ...type, [beside]: '{' }],
  ['null', { ...type, [beside]: 'null' }],
  ['something else', { ...type, [beside]: '{"p":1,"l":[5]}' }],
  ['links that are elsewhere, and are not', { ...type, [beside]: '{"p":"","l":1}' }],
])(
  'a manifest beside which is %s is deleted with its links, and pushed again',
  async (_, headers) => {
    for (const again of [artifact, large]) {
      const { send, annotate } = await pushed()
      expect((await putManifest(send, 'app', 'v1', again)).status).toBe(201)
      annotate(`app/_manifests/${digestOf(again)}`, headers)
      expect((await putManifest(send, 'app', 'v2', again)).status).toBe(201)
      annotate(`app/_manifests/${digestOf(again)}`, headers)
      expect((await send('DELETE', `/v2/app/manifests/${digestOf(again)}`)).status).toBe(202)
      expect(await referrers(send)).toEqual(again === artifact ? [] : [digest])
      expect((await putManifest(send, 'app', 'v1', again)).status).toBe(201)
      expect(await referrers(send)).toContain(digestOf(again))
    }
  },
)

test.each(['gone', '', '{', 'null', '[5]', '[{"rest":5}]', '{"rest":"x"}'])(
  'names of links that are %j do not keep a manifest from being deleted with its links',
  async (text) => {
    const { send, change, store } = await pushed()
    expect((await putManifest(send, 'app', 'v1', large)).status).toBe(201)
    const key = `app/_linked/${digestOf(large)}`
    expect(store.objects.has(key)).toBe(true)
    if (text === 'gone') store.objects.delete(key)
    else change(key, text)
    expect((await send('DELETE', `/v2/app/manifests/${digestOf(large)}`)).status).toBe(202)
    expect(await referrers(send)).toEqual([digest])
  },
)

test.each(['', '{', 'null', '5', '{"digest":"x"}'])(
  'a link that holds %j is an error of its list, until its manifest is pushed again',
  async (text) => {
    const { send, change, store } = await pushed()
    expect((await putManifest(send, 'app', 'v1', large)).status).toBe(201)
    const [key] = store.keys('app/_links/').filter((name) => name.includes('-0.0-'))
    change(key!, text)
    const list = await send('GET', `/v2/app/referrers/${subject.digest}`)
    expect(await errorOf(list)).toBe('500 UNKNOWN')
    expect((await putManifest(send, 'app', 'v1', large)).status).toBe(201)
    expect((await referrers(send)).sort()).toEqual([digest, digestOf(large)].sort())
  },
)

test.each([
  '',
  '{',
  'null',
  '5',
  '[]',
  '{"does":"push","tags":5}',
  '{"does":"push","tags":[null]}',
  '{"does":"push","tags":[{"tag":5}]}',
  '{"does":"push","without":5}',
  '{"does":"nothing"}',
])('a lock that is %s keeps nobody from pushing when it is old', async (text) => {
  const { send, change, store } = await pushed()
  change(`app/_pending/${digest}`, text)
  store.ahead += 60_000
  expect(await referrers(processOn(store))).toEqual([digest])
  expect(store.keys('app/_pending/')).toEqual([])
  expect((await putManifest(send, 'app', 'v2', artifact)).status).toBe(201)
})

test('what says that the store is known is written anew where it is something else', async () => {
  const { store, change } = await pushed()
  const key = '_ocilink'
  const before = `${store.objects.get(key)!.bytes}`
  for (const text of ['', 'rubbish', '{}']) {
    change(key, text)
    expect((await putManifest(processOn(store), 'app', 'v2', artifact)).status).toBe(201)
    expect(`${store.objects.get(key)!.bytes}`).toBe(before)
  }
})

async function referrers(send: ReturnType<typeof processOn>): Promise<string[]> {
  const list = await send('GET', `/v2/app/referrers/${subject.digest}`)
  expect(list.status).toBe(200)
  const { manifests } = (await list.json()) as { manifests: { digest: string }[] }
  return manifests.map((one) => one.digest)
}
