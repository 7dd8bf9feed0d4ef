// What `import 'ocilink'` costs in Node: beside Node alone, and beside the two packages that are most
// of it. Each round starts every program once, in turn, so that a busy machine hits all alike.
//
// npm run bench:import [-- rounds]
import { spawnSync } from 'node:child_process'

const programs = {
  node: '',
  'ky + zod/mini': "await Promise.all([import('ky'), import('zod/mini')])",
  ocilink: "await import('ocilink')",
}

/** Milliseconds: from start to end, and of a processor. */
interface Run {
  readonly wall: number
  readonly cpu: number
}

type Name = keyof typeof programs

const names = Object.keys(programs) as Name[]
const rounds = Number(process.argv[2] ?? 25)
const runs: Record<Name, Run[]> = { node: [], 'ky + zod/mini': [], ocilink: [] }

// The first round fills the system's cache of files.
for (let round = 0; round <= rounds; round++) {
  for (const name of names) {
    const run = measure(programs[name])
    if (round > 0) runs[name].push(run)
  }
}

const base = middle('node')
console.log(`Median of ${rounds} runs, in ms        wall   over Node    CPU   over Node`)
for (const name of names) {
  const { wall, cpu } = middle(name)
  const columns = [wall, wall - base.wall, cpu, cpu - base.cpu].map((ms) => ms.toFixed(0))
  const [first, second, third, fourth] = columns.map((text) => text.padStart(10))
  console.log(`${name.padEnd(25)}${first}${second}${third}${fourth}`)
}
const [packages, own] = [middle('ky + zod/mini'), middle('ocilink')]
const ratio = (unit: keyof Run) => (own[unit] / packages[unit]).toFixed(2)
const added = (unit: keyof Run) =>
  ((own[unit] - base[unit]) / (packages[unit] - base[unit])).toFixed(2)
console.log(`
ocilink / (ky + zod/mini): ${ratio('wall')} wall, ${ratio('cpu')} CPU
the same without Node:     ${added('wall')} wall, ${added('cpu')} CPU`)

/** Runs a program in a Node of its own. */
function measure(program: string): Run {
  const code = `${program}\nconst { user, system } = process.cpuUsage()\nconsole.log(user + system)`
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', code],
    { encoding: 'utf8' },
  )
  const wall = performance.now() - start
  if (status !== 0) throw new Error(stderr)
  return { wall, cpu: Number(stdout) / 1000 }
}

/** The median of each unit. */
function middle(name: Name): Run {
  const of = (unit: keyof Run) => {
    const sorted = runs[name].map((run) => run[unit]).sort((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)]!
  }
  return { wall: of('wall'), cpu: of('cpu') }
}
