// Every test of the embedded registry that goes through `start`, again on a directory.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { describe, vi } from 'vitest'
import { openStorage, temporaryDirectory } from '../node/_directory.ts'
import { storages } from './_registry.ts'

// In memory where Linux offers that: what is asked here is the same there, and a sync takes no time.
const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

storages.open = async () => openStorage(await temporaryDirectory(parent))
// For tests that push hundreds of things, one after the other.
vi.setConfig({ testTimeout: 30_000 })

// This one, and those that bring storages of their own.
const others = ['on-directory.test.ts', 'listing-cost.test.ts', 'model.test.ts']

const here = import.meta.dirname
const suites = readdirSync(here, { encoding: 'utf8', recursive: true }).filter(
  (name) =>
    name.endsWith('.test.ts') &&
    !others.includes(name) &&
    readFileSync(`${here}/${name}`, 'utf8').includes('start('),
)

for (const name of suites) {
  describe(name, async () => {
    await import(/* @vite-ignore */ `./${name}`)
  })
}
