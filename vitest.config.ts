import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

const node = ['source', 'node', 'module', 'import', 'default']
const web = ['source', 'browser', 'module', 'import', 'default']
const here = (path: string) => new URL(path, import.meta.url).pathname

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      {
        // Examples import the package by its public names: here these are its sources.
        resolve: {
          conditions: node,
          alias: [
            { find: /^ocilink$/, replacement: here('./src/index.ts') },
            { find: /^ocilink\/(\w+)$/, replacement: `${here('./src')}/$1/index.ts` },
          ],
        },
        ssr: { resolve: { conditions: node } },
        test: {
          name: 'node',
          // Processes are started and files synced: machines differ.
          testTimeout: 30_000,
          include: ['test/**/*.test.ts'],
          exclude: ['test/live/**', 'test/cosign/**', 'test/browser/**'],
        },
      },
      {
        // The same model tests with the hasher that browsers and workers get.
        resolve: { alias: { '#hasher': here('./src/platform/hasher.ts') } },
        test: { name: 'noble', include: ['test/{model,platform}/**/*.test.ts'] },
      },
      {
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          globalSetup: ['test/live/_setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
        resolve: { conditions: node },
        ssr: { resolve: { conditions: node } },
      },
      {
        // Apart from the live tests: cosign is 2 GB of Go modules.
        test: {
          name: 'cosign',
          include: ['test/cosign/**/*.test.ts'],
          globalSetup: ['test/cosign/_setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
        resolve: { conditions: node },
        ssr: { resolve: { conditions: node } },
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
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/_setup.ts'],
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
