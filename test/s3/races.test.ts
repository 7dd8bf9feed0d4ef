// Several processes on one store, whose requests meet in any order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { descriptor, digestOf, IMAGE, image, pushBlob, putManifest } from '../embedded/_registry.ts'
import { randomBy } from './_faults.ts'
import { type Done, isLinearizable } from './_linearizable.ts'
import { expectNoTraces, look, processOn } from './_processes.ts'
import { type Fault, testStore } from './_store.ts'

/** Requests that take their time, on the way there and back. */
function anyOrder(seed: number): Fault {
  const random = randomBy(seed)
  const some = async () => {
    const turns = Math.floor(random() * 6)
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
  }
  return async (_, answer) => {
    await some()
    const answered = await answer()
    await some()
    return answered
  }
}

const subject = descriptor(image(), IMAGE)
const contents = ['a', 'b'].map((name) =>
  image({ artifactType: 'application/vnd.example', subject, annotations: { name } }),
)
const digests = contents.map((content) => digestOf(content))

test('8 artifacts from each of 8 clients, by three processes, are 64 in the list', async () => {
  const store = testStore()
  const processes = [1, 2, 3].map((seed) => processOn(store, anyOrder(seed)))
  await pushBlob(processes[0]!, 'app', '{}')
  const client = async (n: number) => {
    const send = processes[n % 3]!
    for (let i = 0; i < 8; i += 1) {
      const body = image({ subject, annotations: { from: `${n} ${i}` } })
      expect((await putManifest(send, 'app', digestOf(body), body)).status).toBe(201)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, n) => client(n)))
  expect((await look(store, 'app', subject.digest)).referrers).toHaveLength(64)
  expectNoTraces(store, 'app')
})

test('of 20 that create one tag one wins, and of 20 that move it one; the others are told', async () => {
  const store = testStore()
  const processes = [1, 2, 3].map((seed) => processOn(store, anyOrder(seed)))
  await pushBlob(processes[0]!, 'app', '{}')
  const round = async (name: string, headers: Record<string, string>) => {
    const bodies = Array.from({ length: 20 }, (_, n) =>
      image({ annotations: { n: `${name}${n}` } }),
    )
    const answers = await Promise.all(
      bodies.map((body, n) => putManifest(processes[n % 3]!, 'app', 'one', body, headers)),
    )
    const won = bodies.filter((_, n) => answers[n]!.status === 201)
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(412)])
    const { tags } = await look(store, 'app', subject.digest)
    expect(tags.one).toBe(digestOf(won[0]!))
    expect(store.keys('app/_manifests/')).toContain(`app/_manifests/${tags.one}`)
    return tags.one!
  }
  const first = await round('create', { 'If-None-Match': '*' })
  await round('move', { 'If-Match': `"${first}"` })
  // What lost left nothing behind.
  expect(store.keys('app/_manifests/')).toHaveLength(2)
  expectNoTraces(store, 'app')
})

type Op =
  | { readonly is: 'push'; readonly what: number; readonly when?: number | 'absent' | undefined }
  | { readonly is: 'delete'; readonly what: number }
  | { readonly is: 'untag' }
  | { readonly is: 'get' }

interface State {
  readonly there: readonly number[]
  readonly tag: number | null
}

/** What one registry would do, one request after the other. */
function step({ there, tag }: State, op: Op): { state: State; result: string } {
  const same = { there, tag }
  switch (op.is) {
    case 'push': {
      const isRefused =
        op.when !== undefined && (op.when === 'absent' ? tag !== null : tag !== op.when)
      if (isRefused) return { state: same, result: '412' }
      const all = [...new Set([...there, op.what])].sort()
      return { state: { there: all, tag: op.what }, result: '201' }
    }
    case 'delete':
      if (!there.includes(op.what)) return { state: same, result: '404' }
      return {
        state: { there: there.filter((n) => n !== op.what), tag: tag === op.what ? null : tag },
        result: '202',
      }
    case 'untag':
      return tag === null
        ? { state: same, result: '404' }
        : { state: { there, tag: null }, result: '202' }
    case 'get':
      return { state: same, result: tag === null ? '404' : `200 ${digests[tag]}` }
  }
}

async function run(send: ReturnType<typeof processOn>, op: Op): Promise<string> {
  switch (op.is) {
    case 'push': {
      const headers: Record<string, string> =
        op.when === undefined
          ? {}
          : op.when === 'absent'
            ? { 'If-None-Match': '*' }
            : { 'If-Match': `"${digests[op.when]}"` }
      return String((await putManifest(send, 'app', 'tag', contents[op.what]!, headers)).status)
    }
    case 'delete':
      return String((await send('DELETE', `/v2/app/manifests/${digests[op.what]}`)).status)
    case 'untag':
      return String((await send('DELETE', '/v2/app/manifests/tag')).status)
    case 'get': {
      const answer = await send('GET', '/v2/app/manifests/tag')
      const digest = answer.headers.get('Docker-Content-Digest')
      return answer.status === 200 ? `200 ${digest}` : String(answer.status)
    }
  }
}

const what = fc.nat({ max: 1 })
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    is: fc.constant('push' as const),
    what,
    when: fc.option(fc.oneof(what, fc.constant('absent' as const)), { nil: undefined }),
  }),
  fc.record({ is: fc.constant('delete' as const), what }),
  fc.record({ is: fc.constant('untag' as const) }),
  fc.record({ is: fc.constant('get' as const) }),
)

test('pushes, deletes and reads of the same manifests and tag are as if one came after the other', async () => {
  const processes = fc.array(fc.array(anyOp, { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 3,
  })
  await fc.assert(
    fc.asyncProperty(processes, fc.nat(), async (all, seed) => {
      const store = testStore()
      await pushBlob(processOn(store), 'app', '{}')
      let clock = 0
      const history: Done<Op>[] = []
      await Promise.all(
        all.map(async (ops, n) => {
          const send = processOn(store, anyOrder(seed + n))
          for (const op of ops) {
            clock += 1
            const from = clock
            const result = await run(send, op)
            clock += 1
            history.push({ op, result, from, to: clock })
          }
        }),
      )
      const { tags, referrers } = await look(store, 'app', subject.digest)
      // What is there in the end was answered too, by who looked last.
      const last = tags.tag === undefined ? '404' : `200 ${tags.tag}`
      history.push({ op: { is: 'get' }, result: last, from: clock + 1, to: clock + 2 })
      expect(isLinearizable<Op, State>(history, { there: [], tag: null }, step)).toBe(true)
      const manifests = store.keys('app/_manifests/').map((key) => key.split('/').at(-1)!)
      expect([...referrers].sort()).toEqual([...manifests].sort())
      expectNoTraces(store, 'app')
    }),
    { numRuns: Number(process.env.RUNS ?? 150) },
  )
}, 120_000)

test('the check of histories tells what could not have been', () => {
  const history: Done<Op>[] = [
    { op: { is: 'push', what: 0 }, result: '201', from: 1, to: 2 },
    { op: { is: 'get' }, result: '404', from: 3, to: 4 },
  ]
  expect(isLinearizable<Op, State>(history, { there: [], tag: null }, step)).toBe(false)
  const overlapping = [{ ...history[0]!, to: 5 }, history[1]!]
  expect(isLinearizable<Op, State>(overlapping, { there: [], tag: null }, step)).toBe(true)
})
