// Answers that are lost after the store has done what it was asked for, at each request of each kind of write.
import { expect, test } from 'vitest'
import {
  descriptor,
  digestOf,
  IMAGE,
  image,
  pushBlob,
  putManifest,
  type Send,
} from '../embedded/_registry.ts'
import { expectNoTraces, letLeasesEnd, look, processOn } from './_processes.ts'
import { type TestStore, testStore } from './_store.ts'

const subject = descriptor(image(), IMAGE)
const artifact = image({ subject, annotations: { a: '1' } })
const digest = digestOf(artifact)
const other = image({ n: 2 })
const large = Buffer.alloc(9 * 1024 ** 2, 'large')
const blob = digestOf(large)
const move = (ifMatch: string) => ({
  body: other,
  headers: { 'Content-Type': IMAGE, 'If-Match': ifMatch },
})

interface Seen {
  readonly tags: Readonly<Record<string, string>>
  readonly referrers: readonly string[]
}

interface Write {
  readonly status: number
  run(send: Send): Promise<Response>
  /** What is there afterwards. */
  readonly seen?: Seen
  blobIn?: string
}

const v1 = { v1: digest }

const writes: Readonly<Record<string, Write>> = {
  'a push of a manifest': {
    status: 201,
    run: (send) => putManifest(send, 'app', 'v2', image({ subject, annotations: { a: '2' } })),
    seen: {
      tags: { ...v1, v2: digestOf(image({ subject, annotations: { a: '2' } })) },
      referrers: [digest, digestOf(image({ subject, annotations: { a: '2' } }))].sort(),
    },
  },
  'a tag that is moved on a condition': {
    status: 201,
    run: (send) => send('PUT', '/v2/app/manifests/v1', move(`"${digest}"`)),
    seen: { tags: { v1: digestOf(other) }, referrers: [digest] },
  },
  'a delete of a tag': {
    status: 202,
    run: (send) => send('DELETE', '/v2/app/manifests/v1'),
    seen: { tags: {}, referrers: [digest] },
  },
  'a delete of a manifest': {
    status: 202,
    run: (send) => send('DELETE', `/v2/app/manifests/${digest}`),
    seen: { tags: {}, referrers: [] },
  },
  'a large blob': {
    status: 201,
    run: (send) => {
      const body = new Uint8Array(large)
      return send('POST', `/v2/app/blobs/uploads/?digest=${blob}`, { body })
    },
    blobIn: 'app',
  },
  'a mount': {
    status: 201,
    run: (send) => send('POST', `/v2/new/blobs/uploads/?mount=${blob}&from=from`),
    blobIn: 'new',
  },
  'a delete of a blob': {
    status: 202,
    run: (send) => send('DELETE', `/v2/app/blobs/${digestOf('{}')}`),
  },
}

async function prepared(from: boolean): Promise<TestStore> {
  const store = testStore()
  const send = processOn(store)
  await pushBlob(send, 'app', '{}')
  await putManifest(send, 'app', 'v1', artifact)
  const body = new Uint8Array(large)
  if (from) await send('POST', `/v2/from/blobs/uploads/?digest=${blob}`, { body })
  return store
}

test.each(Object.entries(writes))(
  '%s is done, and said to be done, whichever answer was lost',
  async (_, { status, run, seen, blobIn }) => {
    for (let at = 1, isLost = true; isLost; at += 1) {
      const store = await prepared(blobIn === 'new')
      let sent = 0
      const send = processOn(store, async (_, answer) => {
        sent += 1
        const isThis = sent === at
        const answered = await answer()
        if (isThis) throw new TypeError('connection reset')
        return answered
      })
      expect((await run(send)).status, `request ${at}`).toBe(status)
      isLost = sent >= at
      letLeasesEnd(store)
      await look(store, 'app', subject.digest)
      const { tags, referrers } = await look(store, 'app', subject.digest)
      if (seen) expect({ tags, referrers: [...referrers].sort() }, `request ${at}`).toEqual(seen)
      expectNoTraces(store, 'app')
      if (!blobIn) continue
      const found = await processOn(store)('GET', `/v2/${blobIn}/blobs/${blob}`)
      expect(digestOf(Buffer.from(await found.arrayBuffer()))).toBe(blob)
    }
  },
  60_000,
)
