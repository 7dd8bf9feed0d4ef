/// <reference types="vite/client" />
// The contract of every strategy, in a page.
import { describe } from 'vitest'

for (const [name, load] of Object.entries(import.meta.glob('../strategies/contract.test.ts'))) {
  describe(name, async () => {
    await load()
  })
}
