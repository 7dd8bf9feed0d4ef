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
