// The program of the sources, so that no build can be out of date, as one file, which starts in a fourth of the time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

let bundled: Promise<string> | undefined

/** Its path; it is made once in each process, and removed with that. */
export function bundledProgram(): Promise<string> {
  bundled ??= bundle()
  return bundled
}

async function bundle(): Promise<string> {
  const { lazyBuiltins } = await import(join(import.meta.dirname, '../tools/lib/lazy-builtins.js'))
  const directory = mkdtempSync(join(tmpdir(), 'ocilink-program-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const outfile = join(directory, 'main.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    conditions: ['source'],
    logLevel: 'error',
    plugins: [lazyBuiltins()],
    banner: {
      js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)",
    },
  })
  return outfile
}
