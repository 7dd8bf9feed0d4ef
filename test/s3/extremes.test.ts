// The longest names, and many tags: as much as the specification allows has room in keys.
import { expect, test } from 'vitest'
import { descriptor, digestOf, IMAGE, image, pushBlob, putManifest } from '../embedded/_registry.ts'
import { processOn } from './_processes.ts'
import { testStore } from './_store.ts'

test.each(['sha256', 'sha512'])(
  'a repository, a tag and a prefix of the longest names take links of %s of any length, and leave none',
  async (algorithm) => {
    const store = testStore()
    const name = `${'a'.repeat(120)}/${'b/'.repeat(60)}${'c'.repeat(14)}`
    expect(name).toHaveLength(255)
    const send = processOn(store, undefined, { prefix: 'p'.repeat(99) })
    const tag = 'T'.repeat(128)
    await pushBlob(send, name, '{}')
    const subject = { ...descriptor(image(), IMAGE), digest: digestOf(image(), algorithm) }
    const pushed: string[] = []
    for (const size of [0, 10, 500, 2000, 9000]) {
      const body = image({ subject, annotations: { x: 'y'.repeat(size) } })
      pushed.push(digestOf(body, algorithm))
      for (const reference of [pushed.at(-1)!, tag]) {
        expect((await putManifest(send, name, reference, body)).status).toBe(201)
      }
      if (algorithm === 'sha512') pushed.push(digestOf(body))
    }
    const list = await send('GET', `/v2/${name}/referrers/${subject.digest}`)
    const { manifests } = (await list.json()) as { manifests: { digest: string }[] }
    expect(manifests.map(({ digest }) => digest).sort()).toEqual(pushed.sort())
    for (const digest of pushed) {
      expect((await send('DELETE', `/v2/${name}/manifests/${digest}`)).status).toBe(202)
    }
    const kept = /\/_(?:blobs|known|tags)|_ocilink$/
    expect(store.keys().filter((key) => !kept.test(key))).toEqual([])
  },
)

test('a manifest with 500 tags is deleted with those that point at it', async () => {
  const store = testStore({ pageSize: 100 })
  const send = processOn(store)
  await pushBlob(send, 'app', '{}')
  const other = image({ n: 1 })
  for (let n = 0; n < 500; n += 1) await putManifest(send, 'app', `t${n}`, image())
  expect((await putManifest(processOn(store), 'app', 't7', other)).status).toBe(201)
  const path = `/v2/app/manifests/${digestOf(image())}`
  expect((await processOn(store)('DELETE', path)).status).toBe(202)
  const tags = await send('GET', '/v2/app/tags/list')
  expect(await tags.json()).toEqual({ name: 'app', tags: ['t7'] })
  expect(store.keys('app/_tagged/')).toEqual([`app/_tagged/${digestOf(other)}/t7`])
}, 30_000)
