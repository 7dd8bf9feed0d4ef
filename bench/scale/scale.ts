// On paper: what 10^9 links, 10^6 repositories and 10^4 requests a second need of `ocilink serve` on an object store, by
// a simulation with the costs that measure.ts has measured, and where it stops growing. Prints tables in Markdown, the
// same ones at each run.
//
// npm run bench:scale
import { operations, readCosts } from './_costs.ts'
import { PROCESSOR, type Prices, r2, SECONDS_OF_MONTH, s3 } from './_prices.ts'
import { type Answer, type Keep, simulate } from './_simulate.ts'
import { limits } from './_store.ts'
import { kept, shares } from './_workload.ts'

const perSecond = 10_000
const seconds = 20
/** What a process is given to do, so that it is there for others when one of them ends. */
const busiest = 0.6

const costs = readCosts()
const { repositories } = kept
const row = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`)
const number = (value: number) => Math.round(value).toLocaleString('en').replaceAll(',', ' ')
const dollars = (value: number) => `$${number(value)}`
const milliseconds = (value: number) => (value < 10 ? value.toFixed(1) : number(value))

/** Processes of one processor each that have so much to do. */
function processesFor(rate: number): number {
  const all = Object.values(shares).reduce((sum, share) => sum + share, 0)
  const each = operations.reduce(
    (sum, name) => sum + (shares[name] / all) * costs[name].processor,
    0,
  )
  return Math.ceil((rate * each) / 1000 / busiest)
}

function ask(rate: number, processes: number, keep?: Keep): Answer {
  return simulate({ costs, processes, perSecond: rate, repositories, seconds, keep })
}

/** Dollars a month. */
function bill({ store }: Answer, processes: number, prices: Prices) {
  const million = SECONDS_OF_MONTH / 1e6
  const writes = (store.write + store.list) * million * prices.writes
  const reads = store.read * million * prices.reads
  const bytes = ((kept.links * kept.bytesPerLink) / 1e9) * prices.gigabyte
  const machines = processes * PROCESSOR * (SECONDS_OF_MONTH / 3600)
  return { writes, reads, bytes, machines, all: writes + reads + bytes + machines }
}

console.log(`What a request costs (measured), and how often it comes:\n`)
row(['request', 'share', 'processor, ms', 'to the store', 'rounds'])
row(['---', '---:', '---:', '---', '---:'])
for (const name of operations) {
  const { processor, rounds } = costs[name]
  const counted = (['read', 'list', 'write', 'delete'] as const)
    .map((kind) => [rounds.reduce((sum, round) => sum + (round[kind] ?? 0), 0), kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`)
  row([
    name,
    `${(shares[name] * 100).toFixed(1)} %`,
    processor.toFixed(2),
    counted.join(', '),
    rounds.length,
  ])
}

console.log(`\n${number(perSecond)} requests a second:\n`)
const wanted = processesFor(perSecond)
row([
  'processes',
  'busy',
  'p50, list, ms',
  'p99, list, ms',
  'p50, attach, ms',
  'p99, attach, ms',
  '503 a second',
])
row(Array(7).fill('---:'))
for (const processes of [Math.ceil(wanted * 0.6), wanted, wanted * 2]) {
  const { busy, times, refused } = ask(perSecond, processes)
  const list = times.get('list referrers')!
  const attach = times.get('attach: push the manifest')!
  row([
    processes,
    `${Math.round(busy * 100)} %`,
    ...[list.p50, list.p99, attach.p50, attach.p99].map(milliseconds),
    number(refused),
  ])
}

const answer = ask(perSecond, wanted)
console.log(
  `\nA month of it, with ${number(kept.links)} links of ${number(kept.bytesPerLink)} bytes:\n`,
)
row(['', 'PUT and LIST', 'GET', 'kept', 'processes', 'all'])
row(['---', ...Array(5).fill('---:')])
for (const prices of [s3, r2]) {
  const { writes, reads, bytes, machines, all } = bill(answer, wanted, prices)
  row([prices.name, ...[writes, reads, bytes, machines, all].map(dollars)])
}
const { read, list, write, delete: deleted } = answer.store
console.log(
  `\nTo the store, a second: ${number(read)} reads, ${number(list)} lists, ${number(write)} writes, ${number(deleted)} deletes.`,
)

console.log(`\nWhat would make it cheaper (S3, with ${wanted} processes):\n`)
row(['', 'reads a second', 'lists a second', 'a month'])
row(['---', ...Array(3).fill('---:')])
const changes: readonly (readonly [string, Keep])[] = [
  ['as it is', {}],
  ['manifests by digest kept in memory', { manifests: true }],
  ['lists kept for a second too', { manifests: true, lists: 1000 }],
  ['lists kept for 10 seconds', { manifests: true, lists: 10_000 }],
]
for (const [name, keep] of changes) {
  const found = ask(perSecond, wanted, keep)
  row([
    name,
    number(found.store.read),
    number(found.store.list),
    dollars(bill(found, wanted, s3).all),
  ])
}

console.log(
  `\nGrowth, where the store gives one repository ${number(limits.reads)} reads and ${number(limits.writes)} writes a second:\n`,
)
row([
  'requests a second',
  'processes',
  'of the first repository',
  'p99, list, ms',
  'p99, attach, ms',
  '503 a second',
])
row(Array(6).fill('---:'))
for (const rate of [1000, 10_000, 30_000, 100_000, 200_000]) {
  const processes = processesFor(rate)
  const found = simulate({
    costs,
    processes,
    perSecond: rate,
    repositories,
    seconds: rate > 30_000 ? 5 : seconds,
  })
  row([
    number(rate),
    processes,
    number(found.hottest * rate),
    milliseconds(found.times.get('list referrers')!.p99),
    milliseconds(found.times.get('attach: push the manifest')!.p99),
    number(found.refused),
  ])
}
