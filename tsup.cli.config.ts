import { defineConfig, type Options } from 'tsup'
import { lazyBuiltins } from './tools/lib/lazy-builtins.js'
import { licences } from './tools/lib/licences.js'

/** The program: one file, with all that it uses, so that it starts fast. */
const config: Options = {
  entry: { 'cli/main': 'src/cli/main.ts' },
  format: ['esm'],
  silent: true,
  target: 'node22',
  platform: 'node',
  tsconfig: 'tsconfig.build.json',
  noExternal: [/./],
  removeNodeProtocol: false,
  splitting: false,
  treeshake: false,
  esbuildPlugins: [lazyBuiltins(), licences()],
  minify: true,
  banner: {
    // For what commander requires, and for Node's own modules.
    js: "import { createRequire as __createRequire } from 'node:module'\nconst require = __createRequire(import.meta.url)",
  },
}

export default defineConfig(config) as unknown
