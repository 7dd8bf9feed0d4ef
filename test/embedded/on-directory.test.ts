// Every test of the embedded registry that goes through `start`, again on a directory.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, vi } from 'vitest'
import { storages } from '../_storages.ts'
import { openInMemory } from '../node/layout/_directory.ts'

storages.open = openInMemory
// For tests that push hundreds of things, one after the other.
vi.setConfig({ testTimeout: 30_000 })

// These, and those that bring storages of their own.
const others = [
  'on-bucket.test.ts',
  'on-directory.test.ts',
  'lists/listing-cost.test.ts',
  'model.test.ts',
]

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
