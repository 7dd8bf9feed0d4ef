// A process that ends at each of the requests that a push or a delete sends: whoever comes next finds all of it, or
// nothing.
import { expect, test } from 'vitest'
import { descriptor, digestOf, IMAGE, image, pushBlob, putManifest } from '../embedded/_registry.ts'
import { crashAfter } from './_faults.ts'
import { expectNoTraces, letLeasesEnd, look, processOn } from './_processes.ts'
import { type TestStore, testStore } from './_store.ts'

const subject = descriptor(image(), IMAGE)
const artifact = image({ artifactType: 'application/vnd.example', subject })
const artifactDigest = digestOf(artifact)
const other = image({ annotations: { other: 'yes' } })

/** A repository with an image at `v1` and `old`, and another at `moved`. */
async function prepared(): Promise<TestStore> {
  const store = testStore()
  const send = processOn(store)
  await pushBlob(send, 'app', '{}')
  await putManifest(send, 'app', 'v1', image())
  await putManifest(send, 'app', 'moved', other)
  return store
}

const lastRequest = ['arrives', 'is lost'] as const

/** Runs a request in a process that ends after so many requests to the store; whether it was answered. */
async function crashed(
  store: TestStore,
  most: number,
  last: (typeof lastRequest)[number],
  task: (send: ReturnType<typeof processOn>) => Promise<Response>,
): Promise<Response | undefined> {
  const { fault, ended } = crashAfter(most, last)
  return Promise.race([task(processOn(store, fault)), ended])
}

/** Ends a process at each request in turn, until there is one that was not ended. */
async function atEach(
  begin: () => Promise<TestStore>,
  task: (send: ReturnType<typeof processOn>) => Promise<Response>,
  check: (store: TestStore, answer: Response | undefined, at: string) => Promise<void>,
): Promise<number> {
  for (let most = 1; ; most += 1) {
    expect(most).toBeLessThan(60)
    for (const last of lastRequest) {
      const store = await begin()
      const answer = await crashed(store, most, last, task)
      await check(store, answer, `ended at request ${most}, which ${last}`)
      if (answer) return most
    }
  }
}

test('a push of an artifact at two tags is there as a whole, or not at all', async () => {
  const push = (send: ReturnType<typeof processOn>) =>
    send('PUT', `/v2/app/manifests/${artifactDigest}?tag=sbom&tag=moved`, {
      body: artifact,
      headers: { 'Content-Type': IMAGE },
    })
  let finished = 0
  const requests = await atEach(prepared, push, async (store, answer, at) => {
    letLeasesEnd(store)
    await look(store, 'app', subject.digest)
    const { tags, referrers } = await look(store, 'app', subject.digest)
    const before = { v1: subject.digest, moved: digestOf(other) }
    const whole = { ...before, moved: artifactDigest, sbom: artifactDigest }
    const isThere = referrers.length > 0
    if (answer) expect(isThere, at).toBe(true)
    if (isThere) finished += 1
    expect({ tags, referrers }, at).toEqual(
      isThere ? { tags: whole, referrers: [artifactDigest] } : { tags: before, referrers: [] },
    )
    expectNoTraces(store, 'app')
  })
  expect(requests).toBeGreaterThan(10)
  expect(finished).toBeGreaterThan(5)
}, 60_000)

test('a push on a condition that others break meanwhile is nothing', async () => {
  const push = (send: ReturnType<typeof processOn>) =>
    putManifest(send, 'app', 'moved', artifact, { 'If-Match': `"${digestOf(other)}"` })
  await atEach(prepared, push, async (store, answer, at) => {
    const send = processOn(store)
    const next = image({ annotations: { next: 'yes' } })
    const now = (await send('HEAD', '/v2/app/manifests/moved')).headers.get('Docker-Content-Digest')
    const moved = await putManifest(send, 'app', 'moved', next, { 'If-Match': `"${now}"` })
    expect(moved.status, at).toBe(201)
    letLeasesEnd(store)
    await look(store, 'app', subject.digest)
    const { tags, referrers } = await look(store, 'app', subject.digest)
    expect(tags, at).toEqual({ v1: subject.digest, moved: digestOf(next) })
    // Where the tag was the artifact's, it was pushed; else it was not.
    if (now === digestOf(other)) expect(referrers, at).toEqual([])
    if (answer) expect(referrers, at).toEqual([artifactDigest])
    expectNoTraces(store, 'app')
  })
}, 60_000)

test('a delete of a tagged artifact takes all of it away, or nothing', async () => {
  const begin = async () => {
    const store = await prepared()
    await putManifest(processOn(store), 'app', 'sbom', artifact)
    return store
  }
  const remove = (send: ReturnType<typeof processOn>) =>
    send('DELETE', `/v2/app/manifests/${artifactDigest}`)
  await atEach(begin, remove, async (store, answer, at) => {
    // Whatever was done of it, what is listed is there.
    await look(store, 'app', subject.digest)
    letLeasesEnd(store)
    await look(store, 'app', subject.digest)
    const { tags, referrers } = await look(store, 'app', subject.digest)
    const before = { v1: subject.digest, moved: digestOf(other) }
    if (answer) expect(referrers, at).toEqual([])
    expect({ tags, referrers }, at).toEqual(
      referrers.length > 0
        ? { tags: { ...before, sbom: artifactDigest }, referrers: [artifactDigest] }
        : { tags: before, referrers: [] },
    )
    expectNoTraces(store, 'app')
  })
}, 60_000)

test('who pushes or deletes what somebody left half-done does not wait for longer than the lease', async () => {
  const push = (send: ReturnType<typeof processOn>) => putManifest(send, 'app', 'sbom', artifact)
  await atEach(prepared, push, async (store, _, at) => {
    letLeasesEnd(store)
    const send = processOn(store)
    expect((await putManifest(send, 'app', 'again', artifact)).status, at).toBe(201)
    expect((await send('DELETE', `/v2/app/manifests/${artifactDigest}`)).status, at).toBe(202)
    const { tags, referrers } = await look(store, 'app', subject.digest)
    expect(tags, at).toEqual({ v1: subject.digest, moved: digestOf(other) })
    expect(referrers, at).toEqual([])
    expectNoTraces(store, 'app')
  })
}, 60_000)
