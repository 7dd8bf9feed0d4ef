// What `ocilink serve` takes to keep and hand out content, beside olareg, docker-registry and a bare Node: one blob
// of 1 GiB, 1000 of 4 KiB, and 500 referrers of one subject, over 32 connections where there are many.
// Prints tables: milliseconds and requests a second, medians of all rounds, and how they relate to olareg's; then
// what the start takes over a bare Node.
//
// Also prints how far the memory of `ocilink serve --dir` grows during the push of 1 GiB over what it
// was after one of 64 MiB, and exits 1 at 64 MiB or more.
//
// npm run bench:storage [-- times rates start] (all three, or those that are named)
import { buildTools, requireDockerRegistry } from '../test/live/_tools.ts'
import { attached, MiB } from './storage/_content.ts'
import { contestants, type Running } from './storage/_contestants.ts'
import { measureRates } from './storage/_rates.ts'
import { measureStartUp } from './storage/_start-up.ts'
import { measureTimes, operations, type Times } from './storage/_times.ts'

const limit = 64 * MiB
const rounds = 3
const secondsOfRate = 3
const starts = 15

const named = process.argv.slice(2)
const wants = (part: string) => named.length === 0 || named.includes(part)

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

const names = contestants.map(({ name }) => name)
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
const inMiB = (bytes: number) => Math.round(bytes / MiB)

/** A line for each entry, whose cells are numbers of each registry. */
function print(unit: string, lines: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  console.log(row([`${unit} (of olareg)`, ...names]))
  console.log(row(['---', ...names.map(() => '---:')]))
  for (const [line, cells] of lines) {
    const reference = cells.get('olareg')!
    const shown = names.map((name) => {
      const number = cells.get(name)
      return number ? `${Math.round(number)} (${(number / reference).toFixed(2)})` : ''
    })
    console.log(row([line, ...shown]))
  }
  console.log()
}

async function times(): Promise<void> {
  const results = new Map<string, Times[]>()
  // All end at the end: for minutes after many files were deleted, ext4 takes several times as long to make others.
  const started: Running[] = []
  process.setMaxListeners(rounds * contestants.length + 10)
  try {
    for (let n = 0; n < rounds; n += 1) {
      for (const contestant of contestants) {
        const running = await contestant.start()
        started.push(running)
        const before = results.get(contestant.name) ?? []
        results.set(contestant.name, [...before, await measureTimes(contestant, running)])
      }
    }
  } finally {
    await Promise.all(started.map((running) => running.stop()))
  }
  const cellsOf = (n: number) =>
    names.map((name) => [name, median(results.get(name)!.map((one) => one.times[n] ?? 0))] as const)
  print('ms', new Map(operations.map((name, n) => [name, new Map(cellsOf(n))])))

  for (const name of names) {
    const listed = results.get(name)!.flatMap((one) => one.listed ?? [])
    if (listed.length > 0) console.log(`${name}: of ${attached} attached it lists ${listed}`)
  }
  for (const { memory } of results.get('ocilink, directory')!) {
    const { before, peak } = memory
    const grown = `memory grew by ${inMiB(peak - before)} MiB over ${inMiB(before)}`
    console.log(`1 GiB pushed to a directory: ${grown}`)
    if (peak - before >= limit) process.exitCode = 1
  }
  if (process.exitCode === 1) console.log(`The limit is ${inMiB(limit)} MiB.`)
  console.log()
}

async function rates(): Promise<void> {
  const measured = await measureRates(contestants, rounds, secondsOfRate)
  const lines = Array.from(measured, ([question, cells]) => {
    const middle = Array.from(cells, ([name, numbers]) => [name, median(numbers)] as const)
    return [question, new Map(middle)] as const
  })
  print('requests a second', new Map(lines))
}

async function startUp(): Promise<void> {
  const found = await measureStartUp(starts)
  const over = (what: 'memory' | 'directory') =>
    Math.round(median(found.map((one) => one[what] - one.bare)))
  const bare = Math.round(median(found.map((one) => one.bare)))
  console.log(
    `start: node ${bare} ms, ocilink serve +${over('memory')} ms, with --dir +${over('directory')} ms`,
  )
}

requireDockerRegistry()
await buildTools()
if (wants('times')) await times()
if (wants('rates')) await rates()
if (wants('start')) await startUp()
