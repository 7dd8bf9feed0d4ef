// Bundles for runtimes without node_modules, as esbuild and wrangler make them.
import { join } from 'node:path'
import { load } from './install.ts'

interface Esbuild {
  build(options: object): Promise<{
    readonly metafile: { readonly inputs: Readonly<Record<string, object>> }
    readonly outputFiles: readonly { readonly path: string; readonly text: string }[]
  }>
}

export interface Bundle {
  /** Its files by their names. */
  readonly files: ReadonlyMap<string, string>
  /** The file behind "#hasher", such as `platform/hasher.js`. */
  readonly hasher: string
}

/**
 * Bundles `entry.ts` of a project that has the package installed.
 *
 * @param conditions - of the import map, beside `import` and `default`
 * @param split - whether what is loaded on demand has files of its own
 */
export async function bundle(
  user: string,
  entry: string,
  conditions: readonly string[],
  split: boolean,
): Promise<Bundle> {
  const { build } = await load<Esbuild>('esbuild/lib/main.js')
  const { metafile, outputFiles } = await build({
    entryPoints: { main: entry },
    absWorkingDir: user,
    outdir: join(user, 'bundled'),
    bundle: true,
    splitting: split,
    format: 'esm',
    platform: 'browser',
    target: 'esnext',
    conditions,
    // Only tests that cannot run here load these.
    external: ['ocilink/node', 'node:*'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const paths = Object.keys(metafile.inputs)
  const hashers = paths.filter((path) => /ocilink\/dist\/\w+\/[\w-]*hasher\.js$/.test(path))
  return {
    files: new Map(outputFiles.map(({ path, text }) => [path.split('/bundled/')[1]!, text])),
    hasher: hashers.map((path) => path.split('/dist/')[1]).join(),
  }
}
