// What a sweep finds, and what it leaves.
import { expect, test } from 'vitest'
import { type SweepOptions, type Swept, sweepS3 } from '../../src/s3/index.ts'
import { descriptor, digestOf, IMAGE, image, pushBlob, putManifest } from '../embedded/_registry.ts'
import { crashAfter } from './_faults.ts'
import { look, processOn } from './_processes.ts'
import { BUCKET, ENDPOINT, type Fault, type TestStore, testStore } from './_store.ts'

const day = 86_400_000
const subject = descriptor(image(), IMAGE)

async function sweep(
  store: TestStore,
  options: SweepOptions = {},
  fault?: Fault,
): Promise<string[]> {
  const found: Swept[] = []
  const storage = {
    endpoint: ENDPOINT,
    bucket: BUCKET,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    fetch: store.fetch(fault),
  }
  for await (const one of sweepS3(storage, options)) found.push(one)
  return found.map(({ what, key, deleted }) => `${what} ${key}${deleted ? ' deleted' : ''}`).sort()
}

/** A repository in which everything is used, and next to it all that is of no use. */
async function prepared(): Promise<{ store: TestStore; useless: string[] }> {
  const store = testStore()
  const send = processOn(store)
  await pushBlob(send, 'app', '{}')
  await pushBlob(send, 'app', 'layer')
  const artifact = image({ subject, layers: [descriptor('layer')] })
  await putManifest(send, 'app', 'v1', image())
  await putManifest(send, 'app', 'sbom', artifact)

  const blob = await pushBlob(send, 'team/other', 'nobody')
  await pushBlob(send, 'team/other', '{}')
  await putManifest(send, 'team/other', 'v1', image())
  await putManifest(send, 'team/other', 'gone', image())
  await send('DELETE', '/v2/team/other/manifests/gone')
  const open = await send('POST', '/v2/team/other/blobs/uploads/')
  const location = open.headers.get('Location')!
  await send('PATCH', location, { body: 'begun' })
  const { fault, ended } = crashAfter(4, 'arrives')
  const half = image({ annotations: { half: 'done' } })
  await Promise.race([putManifest(processOn(store, fault), 'team/other', 'half', half), ended])
  store.multipart.set('left', { key: 'team/other/_blobs/x', parts: new Map(), begun: Date.now() })
  return {
    store,
    useless: [
      `blob team/other/_blobs/${blob}`,
      `lock team/other/_pending/${digestOf(half)}`,
      'parts team/other/_blobs/x',
      'tag team/other/_tags/gone',
      `upload team/other/_uploads/${location.split('/').at(-1)}/000000000000000`,
    ],
  }
}

test('what is of no use is named and left, and what was new a moment ago is not even named', async () => {
  const { store, useless } = await prepared()
  const before = store.keys()
  expect(await sweep(store)).toEqual([])
  store.ahead += day + 1000
  expect(await sweep(store)).toEqual(useless)
  expect(await sweep(store, { olderThan: 2 * 86_400 })).toEqual([])
  expect(store.keys()).toEqual(before)
})

test('what is of no use is taken away where that is wanted, and nothing else', async () => {
  const { store, useless } = await prepared()
  store.ahead += day + 1000
  // A store that deletes on no condition keeps tags that are gone.
  const left = useless.map((one) => (one.startsWith('tag') ? one : `${one} deleted`))
  expect(await sweep(store, { delete: true })).toEqual(left)
  expect(await sweep(store)).toEqual(useless.filter((one) => one.startsWith('tag')))
  expect(store.keys().filter((key) => /_pending|_uploads/.test(key))).toEqual([])
  expect(store.multipart.size).toBe(0)
  const { tags, referrers } = await look(store, 'app', subject.digest)
  expect(Object.keys(tags)).toEqual(['sbom', 'v1'])
  expect(referrers).toHaveLength(1)
  for (const content of ['{}', 'layer']) {
    const answer = await processOn(store)('HEAD', `/v2/app/blobs/${digestOf(content)}`)
    expect(answer.status).toBe(200)
  }
  // The push that was half-done is finished or undone.
  expect(Object.keys((await look(store, 'team/other', subject.digest)).tags)).toContain('v1')
})

test('tags that are gone go where the store deletes on a condition, unless they came back', async () => {
  const { store } = await prepared()
  store.ahead += day + 1000
  let isProbed = false
  const conditional: Fault = async (request, answer) => {
    const match = request.headers.get('if-match')
    if (request.method !== 'DELETE' || match === null) return answer()
    const key = decodeURIComponent(new URL(request.url).pathname).split('/').slice(2).join('/')
    if (key.includes('_tags/gone') && !isProbed) {
      isProbed = true
      await putManifest(processOn(store), 'team/other', 'gone', image())
    }
    if (store.objects.get(key)?.etag !== match) return new Response('', { status: 412 })
    return answer()
  }
  expect(await sweep(store, { delete: true }, conditional)).toContain('tag team/other/_tags/gone')
  expect((await look(store, 'team/other', subject.digest)).tags.gone).toBe(subject.digest)
  await processOn(store)('DELETE', '/v2/team/other/manifests/gone')
  store.ahead += day + 1000
  await sweep(store, { delete: true }, conditional)
  expect(store.keys('team/other/_tags/')).not.toContain('team/other/_tags/gone')
})

test('a blob that a manifest names which comes while others are read is left', async () => {
  const { store } = await prepared()
  store.ahead += day + 1000
  let isPushed = false
  const late: Fault = async (request, answer) => {
    if (request.method === 'GET' && request.url.includes('team/other/_manifests') && !isPushed) {
      isPushed = true
      const body = image({ layers: [descriptor('nobody')] })
      expect((await putManifest(processOn(store), 'team/other', 'late', body)).status).toBe(201)
    }
    return answer()
  }
  await sweep(store, { delete: true }, late)
  expect(isPushed).toBe(true)
  expect(store.keys('team/other/_blobs/')).toContain(`team/other/_blobs/${digestOf('nobody')}`)
})
