import { defineConfig, type Options } from 'tsup'

const config: Options = {
  entry: {
    index: 'src/index.ts',
    'strategies/index': 'src/strategies/index.ts',
    'registry/index': 'src/registry/index.ts',
    'proposals/index': 'src/proposals/index.ts',
    'embedded/index': 'src/embedded/index.ts',
    'archive/index': 'src/archive/index.ts',
    'node/index': 'src/node/index.ts',
    'msw/index': 'src/msw/index.ts',
    'cli/main': 'src/cli/main.ts',
    // The two sides of the import map's "#hasher".
    'platform/hasher': 'src/platform/hasher.ts',
    'node/hasher': 'src/node/hasher.ts',
  },
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  tsconfig: 'tsconfig.build.json',
  dts: true,
  sourcemap: true,
  clean: true,
  splitting: true,
  treeshake: false,
  external: ['#hasher', /^node:/],
}

export default defineConfig(config) as unknown
