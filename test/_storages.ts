// Where registries under test keep their content: in memory, unless a suite sets `open` to have the
// same tests on another storage.
import { memoryStorage, type Storage } from '../src/embedded/index.ts'

export const storages: { open: () => Promise<Storage> } = { open: async () => memoryStorage() }
