// The contract of every strategy, on a registry that keeps its content in a real store.
import { afterAll, beforeAll, describe, vi } from 'vitest'
import { s3Storage } from '../../src/s3/index.ts'
import { storages } from '../_storages.ts'
import { names, type RunningStore, startStore } from './_stores.ts'

vi.setConfig({ testTimeout: 120_000 })

// One is enough: what differs between stores is in stores.test.ts.
const [name] = names
let store: RunningStore
beforeAll(async () => {
  store = await startStore(name!)
}, 120_000)
afterAll(() => store?.stop())
storages.open = async () => s3Storage(store.options())

describe(`in a bucket of ${name}`, async () => {
  await import('../strategies/contract.test.ts')
})
