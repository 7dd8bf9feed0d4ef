// Requests of clients, one after the other as they come in, to processes without a state of their own that share a store.
import TinyQueue from 'tinyqueue'
import { type Costs, type Operation, operations, type Round } from './_costs.ts'
import { makeStore, type Request } from './_store.ts'
import { makeChance, operationAt } from './_workload.ts'

export interface Question {
  readonly costs: Costs
  readonly processes: number
  /** Requests of clients in each second. */
  readonly perSecond: number
  readonly repositories: number
  /** Seconds that are simulated. */
  readonly seconds: number
  /** What processes keep in memory, which they do not today. */
  readonly keep?: Keep | undefined
}

export interface Keep {
  /** Milliseconds for which a list is taken to be the same. */
  readonly lists?: number
  /** Whether a manifest that was read by its digest is kept: it never changes. */
  readonly manifests?: boolean
}

export interface Answer {
  /** Share of their time in which processes are at work. */
  readonly busy: number
  /** Milliseconds of each operation: half, and 99 in 100, took less. */
  readonly times: ReadonlyMap<Operation, { readonly p50: number; readonly p99: number }>
  /** Requests to the store in each second. */
  readonly store: Readonly<Record<Request, number>>
  /** Answers "slow down" in each second. */
  readonly refused: number
  /** Share of requests to the repository that is asked most. */
  readonly hottest: number
}

interface Event {
  readonly at: number
  run(now: number): void
}

export function simulate(question: Question): Answer {
  const { costs, processes, perSecond, repositories, seconds } = question
  const memory = makeMemory(question.keep)
  const chance = makeChance(1, repositories)
  const store = makeStore(chance)
  const events = new TinyQueue<Event>([], (a, b) => a.at - b.at)
  const freeAt = new Float64Array(processes)
  const took = new Map<Operation, number[]>(operations.map((operation) => [operation, []]))
  const asked = { read: 0, list: 0, write: 0, delete: 0 }
  const end = seconds * 1000
  let worked = 0
  let all = 0
  let ofHottest = 0

  /** Some work of a process, after what it has to do before. */
  function work(process: number, milliseconds: number, now: number, then: Event['run']): void {
    const at = Math.max(now, freeAt[process]!) + milliseconds
    freeAt[process] = at
    worked += milliseconds
    events.push({ at, run: then })
  }
  function arrive(now: number): void {
    if (now < end) events.push({ at: now + chance.next(perSecond), run: arrive })
    const operation = operationAt(chance.even())
    const repository = chance.repository()
    const process = Math.floor(chance.even() * processes)
    const { processor } = costs[operation]
    const isKept = memory.has(operation, `${process} ${repository}`, now)
    const rounds = isKept ? [] : costs[operation].rounds
    const slice = processor / (rounds.length + 1)
    all += 1
    if (repository === 1) ofHottest += 1
    const step = (at: number, time: number): void => {
      work(process, slice, time, (after) => {
        const round = rounds[at]
        if (!round) return void took.get(operation)!.push(after - now)
        const wait = askAll(round, repository, after)
        events.push({ at: after + wait, run: (later) => step(at + 1, later) })
      })
    }
    step(0, now)
  }
  function askAll(round: Round, repository: number, now: number): number {
    let longest = 0
    for (const [request, count] of Object.entries(round) as [Request, number][]) {
      asked[request] += count
      for (let n = 0; n < count; n += 1)
        longest = Math.max(longest, store.answer(request, repository, now))
    }
    return longest
  }

  events.push({ at: 0, run: arrive })
  for (let event = events.pop(); event; event = events.pop()) event.run(event.at)
  const perSecondOf = (count: number) => count / seconds
  return {
    busy: worked / (processes * end),
    times: new Map(Array.from(took, ([operation, times]) => [operation, percentiles(times)])),
    store: {
      read: perSecondOf(asked.read),
      list: perSecondOf(asked.list),
      write: perSecondOf(asked.write),
      delete: perSecondOf(asked.delete),
    },
    refused: perSecondOf(store.refused),
    hottest: ofHottest / all,
  }
}

/** What a process has of a repository; each is taken to have one subject that is asked for. */
function makeMemory({ lists = 0, manifests = false }: Keep = {}): {
  has(operation: Operation, key: string, now: number): boolean
} {
  const lasting: Partial<Record<Operation, number>> = {
    ...(lists > 0 && { 'list referrers': lists }),
    ...(manifests && { 'pull a manifest by digest': Number.POSITIVE_INFINITY }),
  }
  const read = new Map<string, number>()
  return {
    has(operation, key, now) {
      const life = lasting[operation]
      if (life === undefined) return false
      const before = read.get(`${operation} ${key}`)
      if (before !== undefined && now - before < life) return true
      read.set(`${operation} ${key}`, now)
      return false
    },
  }
}

function percentiles(times: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
