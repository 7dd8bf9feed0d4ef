// The contract of every strategy, on a registry that keeps its content in a real store. One store is enough: what
// differs between them is in stores.test.ts.
import { afterAll, beforeAll, describe, vi } from 'vitest'
import { s3Storage } from '../../src/s3/index.ts'
import { storages } from '../_storages.ts'
import { names, type RunningStore, startStore } from './_stores.ts'

vi.setConfig({ testTimeout: 120_000 })

describe.runIf(names.includes('seaweedfs'))('in a bucket of SeaweedFS', async () => {
  let store: RunningStore
  beforeAll(async () => {
    store = await startStore('seaweedfs')
    storages.open = async () => s3Storage(store.options())
  }, 120_000)
  afterAll(() => store.stop())

  await import('../strategies/contract.test.ts')
})
