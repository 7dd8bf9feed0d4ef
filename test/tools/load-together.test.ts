import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, it } from 'vitest'

// By its path: it has no types.
const { loadTogether } = await import(join(import.meta.dirname, '../../tools/lib/load-together.js'))

const sources = {
  'index.ts': `
    export const one = async () => (await import('./one.ts')).name
    export const two = async () => (await import('./deep/two.ts')).name
    export const alone = async () => (await import('./alone.ts')).name
    export type One = typeof import('./one.ts')`,
  'one.ts': "export const name = 'one'",
  'alone.ts': "export const name = 'alone'",
  'deep/two.ts': `export const name = 'two' + \`\${typeof (await import('../one.ts')).name}\``,
}
let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pieces-'))
  for (const [file, text] of Object.entries(sources)) {
    const path = join(root, 'src', file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
})

afterEach(() => rm(root, { recursive: true, force: true }))

async function built(pieces: Record<string, readonly string[]>) {
  const outdir = join(root, 'dist')
  await build({
    entryPoints: [join(root, 'src/index.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
    plugins: [loadTogether(join(root, 'src'), pieces)],
  })
  return { files: await readdir(outdir), page: await import(join(outdir, 'index.js')) }
}

it('makes one file of what is loaded on demand, which gives each what it imported', async () => {
  const { files, page } = await built({ both: ['one.ts', 'deep/*.ts'] })
  expect(files.filter((file) => file.startsWith('both'))).toHaveLength(1)
  expect(files.filter((file) => file.startsWith('alone'))).toHaveLength(1)
  expect(files.filter((file) => /^(one|two)/.test(file))).toEqual([])
  expect(await page.one()).toBe('one')
  expect(await page.two()).toBe('twostring')
  expect(await page.alone()).toBe('alone')
})

it('refuses a file that nobody loads on demand', async () => {
  await writeFile(join(root, 'src/three.ts'), 'export const name = 3')
  await expect(built({ both: ['one.ts', 'three.ts'] })).rejects.toThrow(
    'no import() of src/three.ts',
  )
})

it('refuses a pattern that no file has, and a file in two pieces', () => {
  const together = (pieces: object) => () => loadTogether(join(root, 'src'), pieces)
  expect(together({ both: ['one.ts', 'for.ts'] })).toThrow('no file is src/for.ts')
  expect(together({ both: ['one.ts'], other: ['o*.ts'] })).toThrow(
    'src/one.ts is to be loaded with',
  )
})
