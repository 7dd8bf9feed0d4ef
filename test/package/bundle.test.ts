// A page that links and lists in one way does not load the others, and what it loads later comes in few files.
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { build } from 'vite'
import { expect, inject, test } from 'vitest'
import * as strategies from '../../src/strategies/index.ts'

// By its path: it has no types.
const { bundlePage } = await import(join(import.meta.dirname, '../../tools/lib/bundle.js'))

const dist = join(inject('user'), 'node_modules/ocilink/dist')
const all = Object.values(strategies).map((factory) => factory().name)

interface Chunk {
  readonly code: string
}

/** The code that a page loads at first which uses these strategies beside the default one. */
async function firstLoad(...names: readonly string[]): Promise<string> {
  const { first } = await bundlePage(dist, {
    'index.js': ['attach', 'referrers', 'repository'],
    'strategies/index.js': names,
  })
  return first.map(({ code }: Chunk) => code).join('\n')
}

/** The strategies whose name is in the code as a whole text. */
const namedIn = (code: string) => all.filter((name) => new RegExp(`["'\`]${name}["'\`]`).test(code))

test.each(['browser', 'node'] as const)(
  'esbuild bundles it for %s and warns of nothing',
  async (platform) => {
    const { warnings } = await esbuild({
      stdin: {
        contents: "import { discover } from 'ocilink'; export * from 'ocilink/archive'; discover()",
        resolveDir: inject('user'),
      },
      bundle: true,
      format: 'esm',
      outdir: 'nowhere',
      write: false,
      splitting: true,
      logLevel: 'silent',
      platform,
    })
    expect(warnings.map(({ text }) => text)).toEqual([])
  },
)

test('attach and referrers bring OCI 1.1 and no other strategy', async () => {
  expect(namedIn(await firstLoad())).toEqual(['oci-subject'])
})

// Who chooses among others brings these. By what is specified where, since errors name alternatives.
const ways = Object.entries(strategies).filter(([, factory]) => !factory().choices)
const specs = ways.map(([, factory]) => factory().spec)

test.each(ways)('%s brings itself and no sibling', async (name, factory) => {
  expect(new Set(specs).size).toBe(specs.length)
  const code = await firstLoad(name)
  const brought = new Set([strategies.ociSubject().spec, factory().spec])
  expect(new Set(specs.filter((spec) => code.includes(spec)))).toEqual(brought)
})

test('a page with discover(), built by Vite, is fewer than 12 files, none more than two loads away', async () => {
  const chunks = await vitePage(`import { discover, repository } from 'ocilink'
    globalThis.run = () => discover(repository('registry.example/app'), 'v1')`)
  expect(chunks.size).toBeGreaterThan(2)
  expect(chunks.size).toBeLessThan(12)
  const [entry] = [...chunks.values()].filter(({ isEntry }) => isEntry)
  const loads = [withImports(chunks, [entry!.fileName])]
  while (loads.at(-1)!.size < chunks.size) {
    const before = [...loads.at(-1)!]
    const next = before.flatMap((file) => [file, ...chunks.get(file)!.dynamicImports])
    loads.push(withImports(chunks, next))
  }
  expect(loads.length - 1).toBeLessThanOrEqual(2)
})

/** The program files that Vite makes of a page, by their names. */
async function vitePage(program: string) {
  const root = inject('user')
  const page = 'virtual:page'
  const result = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === page ? join(root, 'page.js') : undefined),
        load: (id) => (id === join(root, 'page.js') ? program : undefined),
      },
    ],
    build: { write: false, rolldownOptions: { input: page } },
  })
  const { output } = result as Extract<typeof result, { output: unknown }>
  const chunks = output.filter((file) => file.type === 'chunk')
  return new Map(chunks.map((chunk) => [chunk.fileName, chunk]))
}

/** Files and what they import, which a browser loads with them. */
function withImports(
  chunks: ReadonlyMap<string, { readonly imports: readonly string[] }>,
  files: readonly string[],
): Set<string> {
  const all = new Set(files)
  for (const file of all) for (const one of chunks.get(file)?.imports ?? []) all.add(one)
  return all
}
