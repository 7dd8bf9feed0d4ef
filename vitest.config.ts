import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

const node = ['source', 'node', 'module', 'import', 'default']
const web = ['source', 'browser', 'module', 'import', 'default']
const here = (path: string) => new URL(path, import.meta.url).pathname

// A third of all unit tests' time, for a few files: once more on a directory, every story of the rubric, cut off at
// every request, thousands of referrers.
const long = [
  'test/**/on-bucket.test.ts',
  'test/**/on-directory.test.ts',
  'test/rubric/rubric.test.ts',
  'test/s3/{crashes,uploads}.test.ts',
  'test/tasks/copy/broken.test.ts',
  'test/tasks/deletes-killed.test.ts',
  'test/tasks/many.test.ts',
  'test/tasks/read/abort.test.ts',
  'test/tasks/read/many.test.ts',
]

// All small repositories there are: some with all unit tests, more of them with the long ones.
const models = [
  'test/tasks/detach-model.test.ts',
  'test/tasks/prune/plan-model.test.ts',
  'test/tasks/remove/model.test.ts',
]
const { MODEL_NODES = '4', MODEL_MIXED = '3', MODEL_PLANS = '5', MODEL_TWO = '4' } = process.env

// Tests that change a module for all that follows in their worker: these get a worker each.
const alone = globSync('test/**/*.test.ts', { exclude: long }).filter((file) =>
  /^vi\.mock\(/m.test(readFileSync(file, 'utf8')),
)

export const unit = {
  // Processes are started and files synced: machines differ.
  testTimeout: 30_000,
  // A seventh less of processor time goes to collecting garbage than with the default of 16 MiB.
  execArgv: ['--max-semi-space-size=64'],
  // Files share workers: none may leave its navigator or crypto to the next one.
  unstubGlobals: true,
  // For the programs that tests start: half of their time is reading TypeScript.
  env: { NODE_COMPILE_CACHE: here('./.cache/compiled') },
}

// Examples import the package by its public names: here these are its sources.
export const inNode = {
  resolve: {
    conditions: node,
    alias: [
      { find: /^ocilink$/, replacement: here('./src/index.ts') },
      { find: /^ocilink\/(\w+)$/, replacement: `${here('./src')}/$1/index.ts` },
    ],
  },
  ssr: { resolve: { conditions: node } },
}

export default defineConfig({
  test: {
    // Half of the time is waiting for timers; by default two processors would be one worker.
    maxWorkers: Math.max(4, availableParallelism()),
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      {
        ...inNode,
        test: {
          ...unit,
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/{live,cosign,browser,package,hostile,runtimes,drop-in,explorer-in-browsers,stores}/**',
            ...long,
            ...alone,
          ],
          isolate: false,
        },
      },
      { ...inNode, test: { ...unit, name: 'alone', include: alone } },
      {
        // A worker each: what is on a directory changes a module for all that follows.
        ...inNode,
        test: {
          ...unit,
          env: { ...unit.env, MODEL_NODES, MODEL_MIXED, MODEL_PLANS, MODEL_TWO },
          name: 'long',
          include: [...long, ...models],
        },
      },
      {
        // Registries, clients and files that mean harm, on real sockets where sockets matter. Apart from
        // the others: some of it is slow, and looks at the handles and the memory of its process.
        ...inNode,
        test: {
          ...unit,
          name: 'hostile',
          testTimeout: 120_000,
          include: ['test/hostile/**/*.test.ts'],
          pool: 'forks',
          execArgv: ['--expose-gc'],
        },
      },
      {
        // The same model tests with the hasher that browsers and workers get.
        resolve: { alias: { '#hasher': here('./src/platform/hasher.ts') } },
        test: {
          ...unit,
          name: 'noble',
          include: ['test/{model,platform}/**/*.test.ts'],
          isolate: false,
        },
      },
      {
        // What compiles, and what must not.
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: './test/types/tsconfig.json',
          },
        },
      },
      {
        // The tarball, as npm installs it.
        ...inNode,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: ['test/package/_setup.ts'],
          testTimeout: 120_000,
          isolate: false,
        },
      },
      {
        // One suite in nine runtimes, on the tarball as npm installs it.
        ...inNode,
        test: {
          name: 'runtimes',
          include: ['test/runtimes/*.test.ts'],
          globalSetup: ['test/runtimes/_setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        // The page of `ocilink explore` in three browsers, on the tarball as npm installs it.
        ...inNode,
        test: {
          name: 'explorer',
          include: ['test/explorer-in-browsers/*.test.ts'],
          globalSetup: ['test/explorer-in-browsers/_setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Browsers on a machine that is busy.
          retry: 1,
        },
      },
      {
        ...inNode,
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          globalSetup: ['test/live/_setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // Real stores for buckets: by default all, of which one takes ten minutes to build.
        ...inNode,
        test: {
          name: 'stores',
          include: ['test/stores/**/*.test.ts'],
          globalSetup: ['test/stores/_setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        // Programs of others, as npm has them, with ocilink in the place of their own.
        ...inNode,
        test: {
          name: 'drop-in',
          include: ['test/drop-in/*.test.ts'],
          globalSetup: ['test/drop-in/_setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        // Apart from the live tests: cosign is 2 GB of Go modules.
        ...inNode,
        test: {
          name: 'cosign',
          include: ['test/cosign/**/*.test.ts'],
          globalSetup: ['test/cosign/_setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: {
          conditions: web,
          alias: { 'node:crypto': here('./test/browser/_node-crypto.ts') },
        },
        // Its global setup runs in Node.
        ssr: { resolve: { conditions: node } },
        test: {
          name: 'chromium',
          testTimeout: 60_000,
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/_setup.ts', 'test/browser/_live.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
                args: [
                  '--no-sandbox',
                  '--disable-gpu',
                  '--no-first-run',
                  '--disable-background-networking',
                  '--disable-component-update',
                  '--disable-sync',
                ],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
}) as unknown
