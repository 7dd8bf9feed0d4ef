// Programs of the sources, so that no build can be out of date, as one file, which starts in a fourth of the time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const bundled = new Map<string, Promise<string>>()

/** The path of a bundle; it is made once in each process, and removed with that. */
export function bundledFile(entry: string, plugins: readonly Plugin[] = []): Promise<string> {
  const made = bundled.get(entry) ?? bundle(entry, plugins)
  bundled.set(entry, made)
  return made
}

/** That of ocilink as a program, as it is built. */
export async function bundledProgram(): Promise<string> {
  const { lazyBuiltins } = await import(join(root, 'tools/lib/lazy-builtins.js'))
  return bundledFile('src/cli/main.ts', [lazyBuiltins()])
}

async function bundle(entry: string, plugins: readonly Plugin[]): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'ocilink-program-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const outfile = join(directory, 'main.mjs')
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    // Where the names of the package lead to its sources.
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    conditions: ['source'],
    logLevel: 'error',
    plugins: [...plugins],
    banner: {
      js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)",
    },
  })
  return outfile
}
