// A registry that changes a shared tag with every read: what a writer does about it has an end.
import { expect, test } from 'vitest'
import type { Digest } from '../../src/model/digest.ts'
import { MAX_LOOKUPS } from '../../src/strategies/shared-tag/rounds.ts'
import { attach } from '../../src/tasks/attach.ts'
import { empty, fakeRepository, json } from '../registry/_registry.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}` as Digest
const capabilities = { referrersApi: 'unsupported' } as const

/** At each read the tag holds 400 entries that it did not hold before. */
function restless(entry: 'gone' | 'there', put: (tag: boolean) => Response) {
  let reads = 0
  return fakeRepository(
    ({ method, url }) => {
      const tag = /\/manifests\/sha256-/.test(url.pathname)
      if (method === 'POST') return empty(201, { location: '/x' })
      if (method === 'PUT') return put(tag)
      if (tag) {
        const from = ++reads * 1000
        const manifests = Array.from({ length: 400 }, (_, i) => ({
          mediaType: IMAGE,
          digest: digest(from + i),
          size: 1,
          artifactType: 'a/b',
        }))
        return json({ schemaVersion: 2, mediaType: INDEX, manifests }, { 'content-type': INDEX })
      }
      if (method !== 'HEAD' || entry === 'gone') return empty(404)
      const own = decodeURIComponent(url.pathname.split('/').at(-1)!)
      return empty(200, {
        'content-type': IMAGE,
        'docker-content-digest': own,
        'content-length': '1',
      })
    },
    { capabilities, retries: 0 },
  )
}

const subject = { mediaType: IMAGE, digest: digest(0), size: 1 }

test.each(['gone', 'there'] as const)(
  'where entries come and go, and their manifests are %s, the attach gives up',
  async (entry) => {
    const { repo, calls } = restless(entry, () => empty(201))
    const attached = attach(repo, subject, { artifactType: 'a/b' }, { settle: 1 })
    await expect(attached).rejects.toMatchObject({ code: 'CONFLICT' })
    const heads = calls.filter(({ method }) => method === 'HEAD').length
    expect(heads).toBeGreaterThan(400)
    expect(heads).toBeLessThanOrEqual(2 * MAX_LOOKUPS)
  },
)

test('what failed attaches have read is not kept for the process', async () => {
  const annotations = { text: 'x'.repeat(150) }
  const manifests = Array.from({ length: 10_000 }, (_, i) => ({
    mediaType: IMAGE,
    digest: digest(100_000 + i),
    size: 1,
    artifactType: 'a/b',
    annotations,
  }))
  const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
  const { repo } = fakeRepository(
    ({ method, url }) => {
      const tag = /\/manifests\/sha256-/.test(url.pathname)
      if (method === 'POST') return empty(201, { location: '/x' })
      if (method === 'PUT') return empty(tag ? 403 : 201)
      return tag ? new Response(body, { headers: { 'content-type': INDEX } }) : empty(404)
    },
    { capabilities, retries: 0 },
  )
  const before = await heap()
  for (let n = 0; n < 12; n++) {
    const { mediaType, size } = subject
    const attached = attach(repo, { mediaType, size, digest: digest(n) }, { artifactType: 'a/b' })
    await expect(attached).rejects.toMatchObject({ code: 'AUTH_DENIED' })
  }
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect((await heap()) - before).toBeLessThan(60)
  // Kept to here, and with it all that is known of its tags.
  expect(repo.name).toBe('team/app')
})

/** Megabytes of heap that are in use. */
async function heap(): Promise<number> {
  for (let n = 0; n < 4; n++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  return process.memoryUsage().heapUsed / 2 ** 20
}
