// npm run fuzz -- --seed 5 --seconds 60
// Nearly right and quite wrong input for the parsers, the embedded registry and the client, until the time is over. The
// seed is printed, and gives the same input again; exits 1 with the shortest input that breaks something.
import fc from 'fast-check'
import { numbers } from './_arguments.ts'
import { client } from './_client.ts'
import { parsers } from './_parsers.ts'
import { server } from './_server.ts'

const { seed, seconds } = numbers({ seed: Date.now() % 2 ** 31, seconds: 60 })
console.log(`--seed ${seed} --seconds ${seconds}`)

let unhandled = 0
process.on('unhandledRejection', (error) => {
  unhandled++
  console.error('unhandled rejection:', error)
})

const properties: readonly (readonly [string, fc.IRawProperty<unknown>])[] = [
  ...Object.entries(parsers).map(([name, property]) => [`parser: ${name}`, property] as const),
  ['server', server],
  ['client', client],
]
const runs = new Map<string, number>()
const end = performance.now() + seconds * 1000
let failed = false

for (let round = 0; performance.now() < end && !failed; round++) {
  for (const [name, property] of properties) {
    const numRuns = name === 'client' ? 20 : 100
    const details = await fc.check(property, {
      seed: seed + round,
      numRuns,
      interruptAfterTimeLimit: 60_000,
    })
    runs.set(name, (runs.get(name) ?? 0) + details.numRuns)
    if (!details.failed || details.counterexample === null) continue
    failed = true
    console.error(`${name} broke in round ${round}:\n${fc.defaultReportMessage(details)}`)
  }
}

console.log(JSON.stringify({ seed, ...Object.fromEntries(runs), unhandled }))
if (failed || unhandled > 0) process.exitCode = 1
