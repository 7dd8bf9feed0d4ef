import { expect, test } from 'vitest'
import { hasBlob } from '../../../src/registry/blobs/blobs.ts'
import { getBlob } from '../../../src/registry/blobs/get.ts'
import { findManifest } from '../../../src/registry/manifests.ts'
import type { RepositoryOptions } from '../../../src/registry/options.ts'
import { repository } from '../../../src/registry/repository.ts'
import { hostOf } from '../../../src/registry/wire/host.ts'
import { empty, fakeFetch, sha, stalled, thrownBy } from '../_registry.ts'

const digest = sha('x')

/** A fetch whose answers are held back until they are let go. */
function held() {
  const waiting: (() => void)[] = []
  const fake = fakeFetch(
    () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(empty(200)))
      }),
  )
  const open = (name: string, options: RepositoryOptions = {}) =>
    repository(name, { fetch: fake.fetch, ...options })
  return { ...fake, open, waiting }
}

/** Lets requests that may start start. */
const started = () => new Promise((resolve) => setTimeout(resolve, 10))

test('no more than 24 requests wait for one host at once', async () => {
  const { open, waiting, calls } = held()
  const app = open('r.test/app')
  const all = Promise.all(Array.from({ length: 28 }, () => hasBlob(app, digest)))
  await started()
  expect(calls).toHaveLength(24)
  waiting[0]!()
  await started()
  expect(calls).toHaveLength(25)
  while (calls.length < 28) {
    for (const answer of waiting) answer()
    await started()
  }
  for (const answer of waiting) answer()
  expect(await all).toEqual(Array(28).fill(true))
})

test('the limit can be set, and counts for all repositories of a host', async () => {
  const { open, waiting, calls } = held()
  const [one, other] = [
    open('r.test/one', { concurrency: 2 }),
    open('r.test/other', { concurrency: 2 }),
  ]
  const elsewhere = open('s.test/one', { concurrency: 2 })
  const all = [one, one, other, other, elsewhere, elsewhere, elsewhere].map((repo) =>
    hasBlob(repo, digest),
  )
  await started()
  expect(calls.map(({ url }) => url.host).sort()).toEqual(['r.test', 'r.test', 's.test', 's.test'])
  while (calls.length < 7) {
    for (const answer of waiting) answer()
    await started()
  }
  for (const answer of waiting) answer()
  await Promise.all(all)
})

test('an answer whose body is still coming is not waited for', async () => {
  const { fetch } = fakeFetch(() => new Response(stalled()))
  const app = repository('r.test/app', { fetch, concurrency: 1 })
  const bodies = await Promise.all([getBlob(app, digest), getBlob(app, digest)])
  expect(bodies).toHaveLength(2)
})

test('who gives up while waiting for the others leaves at once, and asks nothing', async () => {
  const { open, waiting, calls } = held()
  const app = open('r.test/app', { concurrency: 1 })
  const first = hasBlob(app, digest)
  const controller = new AbortController()
  const second = thrownBy(() => findManifest(app, 'v1', { signal: controller.signal }))
  await started()
  controller.abort('enough')
  expect(await second).toBe('enough')
  waiting[0]!()
  expect(await first).toBe(true)
  await started()
  expect(calls).toHaveLength(1)
  const third = hasBlob(app, digest)
  await started()
  waiting[1]!()
  expect(await third).toBe(true)
})

test('256 hosts are remembered for a fetch, and busy ones are kept', async () => {
  const { fetch, open, waiting } = held()
  const busy = hostOf(fetch, 'https://r.test', 12)
  const idle = hostOf(fetch, 'https://idle.test', 12)
  const request = hasBlob(open('r.test/app'), digest)
  await started()
  for (let i = 0; i < 300; i++) hostOf(fetch, `https://${i}.test`, 12)
  expect(hostOf(fetch, 'https://299.test', 12)).toBe(hostOf(fetch, 'https://299.test', 12))
  expect(hostOf(fetch, 'https://r.test', 12)).toBe(busy)
  expect(hostOf(fetch, 'https://idle.test', 12)).not.toBe(idle)
  waiting[0]!()
  await request
})
