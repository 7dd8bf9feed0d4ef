// Writes that come when others have the lock already.
import { expect, test, vi } from 'vitest'
import { descriptor, digestOf, IMAGE, image, pushBlob, putManifest } from '../embedded/_registry.ts'
import { letLeasesEnd, look, processOn } from './_processes.ts'
import { type Fault, testStore } from './_store.ts'

const subject = descriptor(image(), IMAGE)
const artifact = image({ subject, annotations: { n: '1' } })
const digest = digestOf(artifact)
const lock = `app/_pending/${digest}`

const keyOf = ({ url }: Request) => decodeURIComponent(new URL(url).pathname).slice(8)

async function prepared() {
  const store = testStore()
  const other = processOn(store)
  await pushBlob(other, 'app', '{}')
  return { store, other }
}

/** A promise, and what resolves it. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

test.each(['_manifests', '_tagged', '_links'])(
  'a process that stood still before its lease had ended writes nothing after it (%s)',
  async (part) => {
    const { store, other } = await prepared()
    const reached = gate()
    const wake = gate()
    const sent: string[] = []
    let isAwake = true
    let ahead = 0
    // Its clock goes on while it stands still.
    const now = vi.spyOn(performance, 'now').mockImplementation(() => Date.now() + ahead)
    const stops: Fault = async (request, answer) => {
      const answered = await answer()
      sent.push(`${request.method} ${keyOf(request)}`)
      if (isAwake && request.method === 'PUT' && keyOf(request).startsWith(`app/${part}`)) {
        isAwake = false
        reached.open()
        await wake.passed
        sent.length = 0
      }
      return answered
    }
    const zombie = putManifest(processOn(store, stops), 'app', 'v1', artifact)
    await reached.passed
    letLeasesEnd(store)
    await look(store, 'app', subject.digest)
    expect((await other('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(202)
    ahead = 60_000
    wake.open()
    await zombie
    expect(sent.filter((line) => !/^(GET|HEAD)/.test(line))).toEqual([])
    now.mockRestore()
    expect(await look(store, 'app', subject.digest)).toEqual({ tags: {}, referrers: [] })
  },
)

test('a lock that was given back, with no answer to that, is not taken from the next holder', async () => {
  const { store, other } = await prepared()
  const held = gate()
  const goOn = gate()
  let lost = 0
  const loses: Fault = async (request, answer) => {
    const answered = await answer()
    if (request.method !== 'DELETE' || keyOf(request) !== lock || lost > 0) return answered
    lost += 1
    await held.passed
    throw new TypeError('connection reset')
  }
  const waits: Fault = async (request, answer) => {
    const answered = await answer()
    if (request.method === 'PUT' && keyOf(request) === lock) {
      held.open()
      await goOn.passed
    }
    return answered
  }
  const first = putManifest(processOn(store, loses), 'app', 'v1', artifact)
  await vi.waitFor(() => expect(lost).toBe(1))
  const second = putManifest(processOn(store, waits), 'app', 'v2', artifact)
  expect((await first).status).toBe(201)
  expect(store.keys(lock)).toEqual([lock])
  goOn.open()
  expect((await second).status).toBe(201)
  expect(store.keys(lock)).toEqual([])
  expect((await other('HEAD', '/v2/app/manifests/v2')).status).toBe(200)
})

test('a lock that nobody can read is one that a push left', async () => {
  const { store, other } = await prepared()
  await putManifest(other, 'app', 'v1', artifact)
  const pushed = store.objects.get(`app/_manifests/${digest}`)!
  store.objects.set(lock, { ...pushed, bytes: Buffer.from(''), etag: '"damaged"' })
  letLeasesEnd(store)
  expect((await putManifest(processOn(store), 'app', 'v2', artifact)).status).toBe(201)
  expect((await look(store, 'app', subject.digest)).referrers).toEqual([digest])
  expect(store.keys(lock)).toEqual([])
})
