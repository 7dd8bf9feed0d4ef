import { defineConfig } from 'vitest/config'
import { inNode, unit } from './vitest.config.ts'

// Read by tools/mutate.js: the tests of one room.
const tests = (process.env.MUTATE_TESTS ?? 'test').split(',')

export default defineConfig({
  ...inNode,
  test: {
    ...unit,
    // Code that counts what runs is slow: tests of thousands of texts take minutes.
    testTimeout: 120_000,
    include: tests.map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`)),
    exclude: ['test/{live,cosign,browser,package}/**'],
  },
}) as unknown
