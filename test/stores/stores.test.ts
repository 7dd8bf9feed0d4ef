// The storage in a bucket on real stores, by several processes.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { s3Storage } from '../../src/s3/index.ts'
import { descriptor, digestOf, IMAGE, image, pushBlob, putManifest } from '../embedded/_registry.ts'
import { storageContract } from '../embedded/storage/_storage-contract.ts'
import { conformanceOf } from '../live/_conformance.ts'
import { createWriter } from '../live/_killed-writer.ts'
import { type ServingProcess, startProcess } from './_processes.ts'
import { names, type RunningStore, startStore } from './_stores.ts'

// Mounts that do not say from where.
const skipped = [
  'sha256 blobs/mount anonymous/blob-mount-anonymous',
  'sha512 blobs/mount anonymous/blob-mount-anonymous',
]

const subject = descriptor(image(), IMAGE)

/** Milliseconds after which others finish what a process left. */
const LEASE = 30_000

async function startAll(
  store: RunningStore,
  count: number,
  ...more: readonly string[]
): Promise<ServingProcess[]> {
  const options = store.options()
  const all = await Promise.all(Array.from({ length: count }, () => startProcess(options, ...more)))
  onTestFinished(async () => void (await Promise.all(all.map((one) => one.kill()))))
  return all
}

async function referrersOf({ send }: ServingProcess): Promise<string[]> {
  const answer = await send('GET', `/v2/app/referrers/${subject.digest}`)
  expect(answer.status).toBe(200)
  const { manifests } = (await answer.json()) as { manifests: { digest: string }[] }
  return manifests.map(({ digest }) => digest)
}

describe.each(names)('%s', (name) => {
  let store: RunningStore
  beforeAll(async () => {
    store = await startStore(name)
  }, 120_000)
  afterAll(() => store?.stop())

  storageContract(name, async () => {
    const options = store.options()
    return { storage: s3Storage(options), reopen: async () => s3Storage(options) }
  })

  test.each([
    ['1.1', 858],
    ['dev', 982],
  ])('conforms to version %s of the distribution-spec', async (version, tests) => {
    const [server] = await startAll(store, 1)
    expect(await conformanceOf(server!.host, version)).toEqual({
      tests,
      failures: 0,
      errors: 0,
      skipped: 2,
      names: skipped,
      failed: [],
      version,
    })
  })

  test('8 artifacts from each of 8 clients, by three processes, are 64 in the list', async () => {
    const servers = await startAll(store, 3)
    await pushBlob(servers[0]!.send, 'app', '{}')
    const pushed = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const digests: string[] = []
        for (let i = 0; i < 8; i += 1) {
          const body = image({ subject, annotations: { from: `${n} ${i}` } })
          const { send } = servers[(n + i) % 3]!
          const answer = await putManifest(send, 'app', digestOf(body), body)
          expect(answer.status).toBe(201)
          digests.push(digestOf(body))
        }
        return digests
      }),
    )
    for (const server of servers) expect(await referrersOf(server)).toEqual(pushed.flat().sort())
  })

  test('8 artifacts from each of 8 clients, by three workers on one port, are 64 in the list', async () => {
    const [server] = await startAll(store, 1, '--workers', '3')
    await pushBlob(server!.send, 'app', '{}')
    const pushed = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const digests: string[] = []
        for (let i = 0; i < 8; i += 1) {
          const body = image({ subject, annotations: { from: `${n} ${i}` } })
          const answer = await putManifest(server!.send, 'app', digestOf(body), body)
          expect(answer.status).toBe(201)
          digests.push(digestOf(body))
        }
        return digests
      }),
    )
    expect(await referrersOf(server!)).toEqual(pushed.flat().sort())
  })

  test('of 20 that create one tag one wins, and of 20 that move it one', async () => {
    const servers = await startAll(store, 3)
    await pushBlob(servers[0]!.send, 'app', '{}')
    const round = async (about: string, headers: Record<string, string>) => {
      const bodies = Array.from({ length: 20 }, (_, n) =>
        image({ annotations: { n: `${about} ${n}` } }),
      )
      const answers = await Promise.all(
        bodies.map((body, n) => putManifest(servers[n % 3]!.send, 'app', 'one', body, headers)),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(412)])
      const winner = bodies[answers.findIndex(({ status }) => status === 201)]!
      for (const { send } of servers) {
        const found = await send('HEAD', '/v2/app/manifests/one')
        expect(found.headers.get('Docker-Content-Digest')).toBe(digestOf(winner))
      }
      return digestOf(winner)
    }
    const first = await round('create', { 'If-None-Match': '*' })
    await round('move', { 'If-Match': `"${first}"` })
  })

  test('pushes and deletes of the same artifacts leave no list that names what is gone', async () => {
    const servers = await startAll(store, 3)
    await pushBlob(servers[0]!.send, 'app', '{}')
    const bodies = [0, 1, 2].map((n) => image({ subject, annotations: { n: `${n}` } }))
    const client = async (n: number) => {
      for (let i = 0; i < 10; i += 1) {
        const body = bodies[(n + i) % 3]!
        const { send } = servers[(n * 7 + i) % 3]!
        const answer =
          (n + i) % 2 === 0
            ? await putManifest(send, 'app', `t${n % 2}`, body)
            : await send('DELETE', `/v2/app/manifests/${digestOf(body)}`)
        expect([201, 202, 404]).toContain(answer.status)
      }
    }
    await Promise.all([0, 1, 2, 3, 4, 5].map(client))
    const { send } = servers[0]!
    for (const digest of await referrersOf(servers[1]!)) {
      expect((await send('HEAD', `/v2/app/manifests/${digest}`)).status).toBe(200)
    }
    const list = await send('GET', '/v2/app/tags/list')
    for (const tag of ((await list.json()) as { tags: string[] }).tags) {
      expect((await send('HEAD', `/v2/app/manifests/${tag}`)).status, tag).toBe(200)
    }
  })

  test('an upload goes on at another process, and large blobs come back whole', async () => {
    const [first, second] = await startAll(store, 2)
    const bytes = Buffer.alloc(21_000_000).map((_, at) => (at * 31 + (at >> 8)) & 0xff)
    const digest = digestOf(bytes)
    const open = await first!.send('POST', '/v2/app/blobs/uploads/')
    const location = open.headers.get('Location')!
    let at = 0
    for (const [server, size] of [
      [second!, 3_000_000],
      [first!, 9_000_000],
      [second!, 9_000_000],
    ] as const) {
      const body = new Uint8Array(bytes.subarray(at, at + size))
      const headers = { 'Content-Range': `${at}-${at + size - 1}` }
      expect((await server.send('PATCH', location, { body, headers })).status).toBe(202)
      at += size
    }
    expect((await first!.send('PUT', `${location}?digest=${digest}`)).status).toBe(201)
    const mount = `/v2/other/blobs/uploads/?mount=${digest}&from=app`
    expect((await second!.send('POST', mount)).status).toBe(201)
    const read = await first!.send('GET', `/v2/other/blobs/${digest}`)
    expect(digestOf(new Uint8Array(await read.arrayBuffer()))).toBe(digest)
  })

  test('readers are sent to the store by a signed address', async () => {
    const [server] = await startAll(store, 1, '--redirect')
    const digest = await pushBlob(server!.send, 'app', 'content')
    const path = `/v2/app/blobs/${digest}`
    const sent = await server!.send('GET', path, { redirect: 'manual' })
    expect(sent.status).toBe(307)
    expect(await (await fetch(sent.headers.get('Location')!)).text()).toBe('content')
  })

  test('a process that is killed while it writes loses nothing of what it acknowledged', async () => {
    const options = store.options()
    let acknowledged = 0
    const writers = ['a', 'b', 'c'].map((who) => createWriter('killed', who))
    for (let round = 0; round < 3; round += 1) {
      const server = await startProcess(options)
      const before = acknowledged
      const killed = Promise.all(
        writers.map((writer) =>
          writer.writeTo(server.url, () => {
            acknowledged += 1
            if (acknowledged === before + 50) void server.kill()
          }),
        ),
      )
      await killed
      await server.kill()
      await sleep(LEASE + 1500)
      const next = await startProcess(options)
      // Who looks first finishes or undoes what was left.
      await next.send('GET', '/v2/killed/tags/list')
      for (const writer of writers) expect(await writer.check(next.url)).toEqual([])
      await next.kill()
    }
    expect(acknowledged).toBeGreaterThanOrEqual(150)
  }, 240_000)
})
