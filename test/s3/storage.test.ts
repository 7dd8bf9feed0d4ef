import { storageContract } from '../embedded/storage/_storage-contract.ts'
import { storageIn } from './_storage.ts'
import { testStore } from './_store.ts'

storageContract('a bucket', async () => {
  const store = testStore()
  return { storage: storageIn(store), reopen: async () => storageIn(store) }
})

storageContract('a bucket with short pages', async () => {
  const store = testStore({ pageSize: 3 })
  const open = () => storageIn(store, { prefix: 'some/where' })
  return { storage: open(), reopen: async () => open() }
})
