// The contract of every strategy again, on a registry that keeps its content in a bucket.
import { describe, vi } from 'vitest'
import { storages } from '../_storages.ts'
import { storageIn } from '../s3/_storage.ts'
import { testStore } from '../s3/_store.ts'

storages.open = async () => storageIn(testStore())
vi.setConfig({ testTimeout: 30_000 })

describe('in a bucket', async () => {
  await import('./contract.test.ts')
})
