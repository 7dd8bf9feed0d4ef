// The published types, as a project with either kind of module resolution sees them: whole, and as
// strict as those of the sources.
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { run } from './_run.ts'

const root = join(import.meta.dirname, '../..')
const user = inject('user')
const tsc = join(root, 'node_modules/.bin/tsc')

const resolutions = {
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

const strict = {
  target: 'es2022',
  lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
}

beforeAll(() => {
  cpSync(join(root, 'test/types'), join(user, 'types'), { recursive: true })
})

describe.each(Object.entries(resolutions))('%s', (name, resolution) => {
  /** Type-checks files of the project. */
  async function check(title: string, files: readonly string[], options: object): Promise<string> {
    const config = join(user, `tsconfig.${name}-${title}.json`)
    const compilerOptions = { ...strict, ...resolution, ...options }
    await writeFile(config, JSON.stringify({ compilerOptions, files }))
    const { code, output } = await run(tsc, '-p', config, '--pretty', 'false')
    return code === 0 ? '' : output
  }

  test('finds types for every entry point', async () => {
    await importing('all', allNames())
    expect(await check('all', ['all.ts'], { types: ['node'] })).toBe('')
  })

  test('needs no types of Node but for what needs Node', async () => {
    await importing(
      'web',
      allNames().filter((name) => !/\/(node|msw)$/.test(name)),
    )
    expect(await check('web', ['web.ts'], { types: [] })).toBe('')
  })

  test('compiles what the sources do, and not what they do not', async () => {
    const vitest =
      "declare module 'vitest' { export function test(name: string, body: () => void): void }"
    await writeFile(join(user, 'types/vitest.d.ts'), vitest)
    const paths = readdirSync(join(root, 'test/types'))
      .filter((file) => file.endsWith('.test-d.ts'))
      .map((file) => `types/${file}`)
    expect(await check('types', ['types/vitest.d.ts', ...paths], { types: [] })).toBe('')
  })
})

function allNames(): string[] {
  const { exports } = JSON.parse(
    readFileSync(join(user, 'node_modules/ocilink/package.json'), 'utf8'),
  )
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => path.replace('.', 'ocilink'))
}

/** Writes a file that imports entry points. */
async function importing(file: string, names: readonly string[]): Promise<void> {
  const lines = names.map((name, i) => `import * as part${i} from '${name}'\nvoid part${i}`)
  await writeFile(join(user, `${file}.ts`), lines.join('\n'))
}
