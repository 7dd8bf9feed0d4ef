import { globSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type Options } from 'tsup'
import { loadTogether } from './tools/lib/load-together.js'

const sources = join(import.meta.dirname, 'src')

/** What package.json names. */
const named = {
  index: 'src/index.ts',
  'strategies/index': 'src/strategies/index.ts',
  'registry/index': 'src/registry/index.ts',
  'proposals/index': 'src/proposals/index.ts',
  'embedded/index': 'src/embedded/index.ts',
  'gateway/index': 'src/gateway/index.ts',
  'archive/index': 'src/archive/index.ts',
  's3/index': 'src/s3/index.ts',
  'node/index': 'src/node/index.ts',
  'msw/index': 'src/msw/index.ts',
  // The sides of the import map's "#hasher".
  'platform/hasher': 'src/platform/hasher.ts',
  'platform/worker-hasher': 'src/platform/worker-hasher.ts',
  'node/hasher': 'src/node/hasher.ts',
}

// Not named, so that nobody imports them: entries make esbuild cut between them, and a page that uses one way of linking
// does not load what only others need.
const cut = Object.fromEntries(
  globSync('strategies/*/strategy.ts', { cwd: sources }).map((file) => [
    file.slice(0, -'.ts'.length),
    `src/${file}`,
  ]),
)

/** What is loaded on demand: a file each, and by whom. */
const pieces = {
  // Of attach(), referrers() and most others: registries without the list, filters, reach, streams.
  listing: [
    'tasks/lib/on-demand.ts',
    'strategies/kept/on-demand.ts',
    'registry/blobs/on-demand.ts',
  ],
  // Of discover(), and of calls with another strategy than the default one.
  reading: ['strategies/index.ts', 'strategies/!(kept|lib|shared-tag)/{discover,read}.ts'],
  // Of attach(), copy(), convert() and detach() with another strategy.
  writing: ['strategies/!(kept|lib|shared-tag)/{publish,withdraw,losses}.ts'],
}

/**
 * Takes out imports of nothing, which esbuild leaves for what a file may do when it is loaded. Ours do nothing then
 * ("sideEffects" in package.json), and bundlers warn of each.
 */
const withoutBareImports: NonNullable<Options['plugins']>[number] = {
  name: 'without-bare-imports',
  // Lines stay where they are, for the source maps.
  renderChunk: (code) => ({ code: code.replace(/^import "[./][^"]*";$/gm, '') }),
}

const config: Options = {
  entry: { ...named, ...cut },
  format: ['esm'],
  silent: true,
  target: 'es2022',
  platform: 'neutral',
  tsconfig: 'tsconfig.build.json',
  dts: { entry: named },
  sourcemap: true,
  clean: true,
  splitting: true,
  treeshake: false,
  external: ['#hasher', /^node:/],
  esbuildPlugins: [loadTogether(sources, pieces)],
  plugins: [withoutBareImports],
}

export default defineConfig(config) as unknown
