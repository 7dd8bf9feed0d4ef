import { describe, expect, test } from 'vitest'
import { memoryStorage, type Storage } from '../../../src/embedded/index.ts'
import {
  descriptor,
  digestOf,
  errorOf,
  IMAGE,
  INDEX,
  image,
  index,
  nextOf,
  pushBlob,
  pushImage,
  putManifest,
  type Send,
  start,
} from '../_registry.ts'

const subject = descriptor('not pushed yet', IMAGE)

interface Listed {
  digest: string
  artifactType?: string
}

async function list(send: Send, path: string): Promise<Listed[]> {
  const answer = await send('GET', path)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Content-Type')).toBe(INDEX)
  return ((await answer.json()) as { manifests: Listed[] }).manifests
}

const listed = (send: Send, query = '') => list(send, `/v2/app/referrers/${subject.digest}${query}`)

describe('listing referrers', () => {
  test('has an entry for an image that was pushed with a subject, known or not', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const text = image({ subject, artifactType: 'application/x.sbom', annotations: { a: 'b' } })
    const put = await putManifest(send, 'app', 'sbom', text)
    expect(put.headers.get('OCI-Subject')).toBe(subject.digest)
    const answer = await send('GET', `/v2/app/referrers/${subject.digest}`)
    expect(answer.headers.get('OCI-Filters-Applied')).toBeNull()
    expect(await answer.json()).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        {
          mediaType: IMAGE,
          digest: digestOf(text),
          size: text.length,
          artifactType: 'application/x.sbom',
          annotations: { a: 'b' },
        },
      ],
    })
  })

  test('falls back to the config’s type for images, and leaves the type out for indexes', async () => {
    const send = start()
    await pushImage(send, 'app', 'image', { subject })
    const text = index([], { subject })
    const put = await putManifest(send, 'app', 'index', text, { 'Content-Type': INDEX })
    expect(put.headers.get('OCI-Subject')).toBe(subject.digest)
    const entries = await listed(send)
    expect(entries.find(({ digest }) => digest === digestOf(text))).toEqual({
      mediaType: INDEX,
      digest: digestOf(text),
      size: text.length,
    })
    expect(entries.map(({ artifactType }) => artifactType)).toContain(
      'application/vnd.oci.empty.v1+json',
    )
  })

  test('lists an index under the artifactType that it has', async () => {
    const send = start()
    const text = index([], { subject, artifactType: 'application/x.set' })
    await putManifest(send, 'app', 'index', text, { 'Content-Type': INDEX })
    expect((await listed(send))[0]?.artifactType).toBe('application/x.set')
  })

  test('filters by artifactType and says so, every time', async () => {
    const send = start()
    const sbom = await pushImage(send, 'app', 'a', { subject, artifactType: 'application/x+json' })
    await pushImage(send, 'app', 'b', { subject, artifactType: 'application/y' })
    const query = `?artifactType=${encodeURIComponent('application/x+json')}`
    for (let round = 0; round < 2; round += 1) {
      const answer = await send('GET', `/v2/app/referrers/${subject.digest}${query}`)
      expect(answer.headers.get('OCI-Filters-Applied')).toBe('artifactType')
      const { manifests } = (await answer.json()) as { manifests: Listed[] }
      expect(manifests.map(({ digest }) => digest)).toEqual([sbom])
    }
    expect(await listed(send, '?artifactType=application/none')).toEqual([])
    const either = `${query}&artifactType=application/y`
    expect(await listed(send, either)).toHaveLength(2)
  })

  test('answers an empty index for any digest, also in a repository that is not there', async () => {
    const send = start()
    for (const algorithm of ['sha256', 'sha384', 'sha512']) {
      expect(await list(send, `/v2/none/referrers/${digestOf('x', algorithm)}`)).toEqual([])
    }
  })

  test('answers 400 for what is no digest', async () => {
    const send = start()
    for (const bad of ['v1', 'sha256:bad', 'sha256:']) {
      const answer = await send('GET', `/v2/app/referrers/${bad}`)
      expect(await errorOf(answer)).toBe('400 DIGEST_INVALID')
    }
  })

  test('answers HEAD without a body', async () => {
    const answer = await start()('HEAD', `/v2/app/referrers/${subject.digest}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe(INDEX)
    expect(await answer.text()).toBe('')
  })

  test('pages, and keeps the filter from page to page', async () => {
    const send = start({ pageSize: 2 })
    const wanted: string[] = []
    for (let n = 0; n < 5; n += 1) {
      const more = { subject, artifactType: 'application/x+json', annotations: { n: String(n) } }
      wanted.push(await pushImage(send, 'app', undefined, more))
      await pushImage(send, 'app', undefined, { ...more, artifactType: 'application/y' })
    }
    const found: string[] = []
    const sizes: number[] = []
    const filter = '?artifactType=application/x%2Bjson'
    let path: string | undefined = `/v2/app/referrers/${subject.digest}${filter}`
    while (path) {
      const answer: Response = await send('GET', path)
      expect(answer.headers.get('OCI-Filters-Applied')).toBe('artifactType')
      const { manifests } = (await answer.json()) as { manifests: Listed[] }
      sizes.push(manifests.length)
      found.push(...manifests.map(({ digest }) => digest))
      path = nextOf(answer)
    }
    expect(sizes).toEqual([2, 2, 1])
    expect(found.sort()).toEqual(wanted.sort())
  })

  test('skips nothing when an entry of an earlier page goes while paging', async () => {
    const send = start({ pageSize: 2 })
    for (let n = 0; n < 4; n += 1) {
      await pushImage(send, 'app', undefined, { subject, annotations: { n: String(n) } })
    }
    const first = await send('GET', `/v2/app/referrers/${subject.digest}`)
    const { manifests } = (await first.json()) as { manifests: Listed[] }
    await send('DELETE', `/v2/app/manifests/${manifests[0]!.digest}`)
    expect(await list(send, nextOf(first)!)).toHaveLength(2)
  })

  test('pages also where entries are few and large, so that no page is above 4 MiB', async () => {
    const send = start()
    for (let n = 0; n < 3; n += 1) {
      const annotations = { n: String(n), large: 'x'.repeat(1_900_000) }
      await pushImage(send, 'app', undefined, { subject, annotations })
    }
    const first = await send('GET', `/v2/app/referrers/${subject.digest}`)
    expect(Number(first.headers.get('Content-Length'))).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect(await list(send, nextOf(first)!)).toHaveLength(1)
  })
})

describe('the index of subjects', () => {
  test('lists a referrer once, however often it is pushed', async () => {
    const send = start()
    await pushImage(send, 'app', 'a', { subject })
    await pushImage(send, 'app', 'b', { subject })
    expect(await listed(send)).toHaveLength(1)
  })

  test('loses a referrer when its digest is deleted, not when its tag is', async () => {
    const send = start()
    const digest = await pushImage(send, 'app', 'a', { subject })
    await send('DELETE', '/v2/app/manifests/a')
    expect(await listed(send)).toHaveLength(1)
    await send('DELETE', `/v2/app/manifests/${digest}`)
    expect(await listed(send)).toEqual([])
  })

  test('follows every change, however often it was listed before', async () => {
    const send = start()
    const type = '?artifactType=application/a'
    const both = async () => [(await listed(send)).length, (await listed(send, type)).length]
    await pushBlob(send, 'app', '{}')
    expect(await both()).toEqual([0, 0])
    const push = async (artifactType: string, n: number) => {
      const text = image({ subject, artifactType, annotations: { n: String(n) } })
      await putManifest(send, 'app', digestOf(text), text)
      return digestOf(text)
    }
    const first = await push('application/a', 1)
    expect(await both()).toEqual([1, 1])
    expect(await both()).toEqual([1, 1])
    const second = await push('application/b', 2)
    expect(await both()).toEqual([2, 1])
    await send('DELETE', `/v2/app/manifests/${first}`)
    expect(await both()).toEqual([1, 0])
    await send('DELETE', `/v2/app/manifests/${second}`)
    expect(await both()).toEqual([0, 0])
    await push('application/a', 1)
    expect(await both()).toEqual([1, 1])
  })

  test('is read from the storage once, until it changes', async () => {
    const memory = memoryStorage()
    let reads = 0
    const storage: Storage = {
      repository(name) {
        const repository = memory.repository(name)
        const listReferrers: typeof repository.listReferrers = (...args) => {
          reads += 1
          return repository.listReferrers(...args)
        }
        return { ...repository, listReferrers }
      },
    }
    const send = start({ storage })
    await pushImage(send, 'app', 'a', { subject })
    for (let n = 0; n < 3; n += 1) expect(await listed(send)).toHaveLength(1)
    expect(reads).toBe(1)
    await pushImage(send, 'app', 'b', { subject, artifactType: 'application/b' })
    for (let n = 0; n < 3; n += 1) expect(await listed(send)).toHaveLength(2)
    expect(reads).toBe(2)
  })

  test('stays when the subject is deleted', async () => {
    const send = start()
    const digest = await pushImage(send, 'app', 'v1')
    const own = { mediaType: IMAGE, digest, size: image().length }
    await pushImage(send, 'app', 'sbom', { subject: own })
    await send('DELETE', `/v2/app/manifests/${digest}`)
    expect(await list(send, `/v2/app/referrers/${digest}`)).toHaveLength(1)
  })

  test('is one per repository', async () => {
    const send = start()
    await pushImage(send, 'app', 'a', { subject })
    expect(await list(send, `/v2/other/referrers/${subject.digest}`)).toEqual([])
  })

  test('takes "Subject" for an unknown field', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const put = await putManifest(send, 'app', 'a', image({ Subject: subject }))
    expect(put.status).toBe(201)
    expect(put.headers.get('OCI-Subject')).toBeNull()
    expect(await listed(send)).toEqual([])
  })
})

test('with the API off, the path is unknown and pushes do not name their subject', async () => {
  const send = start({ referrersApi: false })
  await pushBlob(send, 'app', '{}')
  const put = await putManifest(send, 'app', 'a', image({ subject }))
  expect(put.status).toBe(201)
  expect(put.headers.get('OCI-Subject')).toBeNull()
  expect((await send('GET', `/v2/app/referrers/${subject.digest}`)).status).toBe(404)
  expect((await send('GET', '/v2/app/referrers/bad')).status).toBe(404)
})
