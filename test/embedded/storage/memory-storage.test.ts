import { memoryStorage } from '../../../src/embedded/index.ts'
import { storageContract } from './_storage-contract.ts'

storageContract('memoryStorage', async () => {
  const storage = memoryStorage()
  return { storage, reopen: async () => storage }
})
