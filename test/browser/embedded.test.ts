// The embedded registry's own tests, in a page. Left out are those that need what pages do not have:
// directories, and requests with headers that only a browser may set.
/// <reference types="vite/client" />
import { describe } from 'vitest'

const suites = import.meta.glob([
  '../embedded/*.test.ts',
  '../embedded/proposals/*.test.ts',
  '!../embedded/{on-directory,on-bucket,bad-input,model,listing-cost,cors,profiles,memory-storage}.test.ts',
  // These also serve on a port.
  '!../embedded/{faults,times}.test.ts',
  '!../embedded/proposals/after-restart.test.ts',
])

for (const [name, load] of Object.entries(suites)) {
  describe(name, async () => {
    await load()
  })
}
