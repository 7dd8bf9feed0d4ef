import { defineConfig, type Options } from 'tsup'
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
  splitting: false,
  treeshake: false,
  esbuildPlugins: [licences()],
  minify: true,
  banner: {
    // For what commander requires.
    js: "import { createRequire as __createRequire } from 'node:module'\nconst require = __createRequire(import.meta.url)",
  },
}

export default defineConfig(config) as unknown
