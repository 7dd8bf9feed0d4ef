// The contract of every strategy again, on a registry that keeps its content in a directory.
import { describe, vi } from 'vitest'
import { storages } from '../_storages.ts'
import { openInMemory } from '../node/layout/_directory.ts'

storages.open = openInMemory
vi.setConfig({ testTimeout: 30_000 })

describe('on a directory', async () => {
  await import('./contract.test.ts')
})
