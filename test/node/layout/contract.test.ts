import { storageContract } from '../../embedded/storage/_storage-contract.ts'
import { openStorage, temporaryDirectory } from './_directory.ts'

storageContract('layoutStorage', async () => {
  const directory = await temporaryDirectory()
  const storage = await openStorage(directory)
  return {
    storage,
    async reopen() {
      await storage.close()
      return openStorage(directory)
    },
  }
})
