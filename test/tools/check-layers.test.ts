import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

const project = join(import.meta.dirname, '../..')
const script = join(project, 'tools/check-layers.js')
const { checkLayers }: { checkLayers(root: string): { count: number; problems: string[] } } =
  await import(script)
let root: string

const exported = ['.', './strategies', './embedded', './proposals'].map((path) => [
  path,
  { types: `./dist/${path}/index.d.ts`, default: `./dist/${path}/index.js`.replace('/./', '/') },
])

const good = {
  'package.json': JSON.stringify({
    dependencies: { ky: '1.0.0', zod: '1.0.0', srvx: '1.0.0', '@noble/hashes': '1.0.0' },
    exports: Object.fromEntries(exported),
  }),
  'src/errors.ts': 'export class Mistake extends Error {}',
  'src/index.ts':
    "export * from './tasks/attach.ts'\nexport type { Scope } from './tasks/lib/scope.ts'",
  'src/tasks/attach.ts':
    "import '../strategies/index.ts'\nimport '../registry/repository.ts'\nimport './lib/scope.ts'",
  'src/tasks/lib/scope.ts': 'export type Scope = string',
  'src/strategies/index.ts':
    "export { one } from './one/strategy.ts'\nexport { auto } from './auto/strategy.ts'",
  'src/strategies/strategy.ts': "import '../registry/repository.ts'\nimport '../model/digest.ts'",
  'src/strategies/one/strategy.ts':
    "import '../kept/links.ts'\nimport '../strategy.ts'\nimport './publish.ts'",
  'src/strategies/one/publish.ts': "import '../shared-tag/writer.ts'\nimport '../lib/put.ts'",
  'src/strategies/two/strategy.ts': "import '../lib/put.ts'",
  'src/strategies/auto/strategy.ts':
    "import '../one/strategy.ts'\nimport '../two/strategy.ts'\nimport '../kept/links.ts'",
  'src/strategies/kept/links.ts': "import '../shared-tag/writer.ts'\nimport '../lib/put.ts'",
  'src/strategies/shared-tag/writer.ts': "import '../lib/put.ts'\nimport '../strategy.ts'",
  'src/strategies/lib/put.ts': "import '../strategy.ts'",
  'src/registry/repository.ts': "import * as z from 'zod/mini'",
  'src/registry/send.ts': "import ky from 'ky'",
  'src/registry/credentials.ts': 'export type Credentials = string',
  'src/registry/blobs/_parts.ts': '',
  'src/registry/blobs/push.ts': "import './_parts.ts'",
  'src/proposals/index.ts':
    "import { two } from '../registry/credentials.ts'\nexport { two as three }",
  'src/model/digest.ts': "import '#hasher'\nimport '../errors.ts'",
  'src/platform/hasher.ts': "await import('@noble/hashes/sha2.js')",
  'src/embedded/index.ts': "import './registry.ts'",
  'src/embedded/registry.ts': "import '../model/digest.ts'",
  'src/node/serve.ts': "import 'node:http'\nimport 'srvx/node'\nimport '../embedded/registry.ts'",
  'src/node/docker.ts': "import type { Credentials } from '../registry/credentials.ts'",
  'src/cli/main.ts':
    "import 'node:util'\nimport 'ocilink/node'\nimport './other.ts'\nimport '../index.ts'",
  'src/cli/other.ts': "import 'ocilink'",
  'examples/one.ts': "import 'ocilink'\nimport './two.ts'",
  'examples/two.ts': '',
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ocilink-layers-'))
  await write(good)
})

afterEach(() => rm(root, { recursive: true, force: true }))

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), `${text}\n`)
  }
}

/** What is wrong with the tree as it is, where one thing is. */
const problems = () => checkLayers(root).problems

it('accepts a tree that keeps the layers', () => {
  expect(checkLayers(root)).toEqual({ count: Object.keys(good).length - 3, problems: [] })
})

it('refuses a directory without sources', async () => {
  await rm(join(root, 'src'), { recursive: true })
  expect(problems()).toEqual([`${root} has no file in src/`])
})

it('refuses a longer file than anybody reads', async () => {
  await write({ 'src/tasks/attach.ts': `${'\n'.repeat(300)}export {}` })
  expect(problems()).toEqual(['src/tasks/attach.ts: 301 lines; over 300 split it by noun'])
})

it('ends with 1 as a program, and says what is wrong', async () => {
  const run = () => promisify(execFile)(process.execPath, [script, root])
  expect((await run()).stdout).toMatch(/^Layers hold in \d+ files of src\/\n$/)
  await write({ 'src/other/file.ts': '' })
  await expect(run()).rejects.toMatchObject({
    code: 1,
    stderr: 'src/other/file.ts: no rule for src/other/; add it to tools/check-layers.js\n',
  })
})

it('refuses circles: of types, and of what is loaded on demand', async () => {
  await copyFile(join(project, 'biome.json'), join(root, 'biome.json'))
  await write({
    'src/model/one.ts': "import type { Two } from './two.ts'\n\nexport type One = Two",
    'src/model/two.ts':
      "import type * as three from './three.ts'\n\nexport type Two = typeof three",
    'src/model/three.ts': "export const one = () => import('./one.ts')",
  })
  const biome = join(project, 'node_modules/@biomejs/biome/bin/biome')
  const rule = 'suspicious/noImportCycles'
  const arguments_ = [biome, 'lint', `--only=${rule}`, '--reporter=github', 'src']
  const { stdout } = await promisify(execFile)(process.execPath, arguments_, { cwd: root }).catch(
    (error) => error,
  )
  const found = stdout.match(/src\/model\/[^,]*,line=\d+/g)
  expect(found?.toSorted()).toEqual([
    'src/model/one.ts,line=1',
    'src/model/three.ts,line=1',
    'src/model/two.ts,line=1',
  ])
})

const inType = 'must be an "import type" at the top: Biome sees no circle in this'
const reExport = 'only the entry points of package.json re-export'

it('tells file and line of every wrong import', async () => {
  const wrong: [folder: string, text: string, ...problems: string[]][] = [
    ['src/embedded', "import '../registry/repository.ts'", 'embedded must not import registry'],
    ['src/model', "import '../registry/repository.ts'", 'model must not import registry'],
    ['src/registry', "import '../strategies/index.ts'", 'registry must not import strategies'],
    ['src/strategies', "import '../tasks/attach.ts'", 'strategies must not import tasks'],
    ['src/strategies', "import '../index.ts'", 'strategies must not import index'],
    ['src/tasks', "import '../embedded/index.ts'", 'tasks must not import embedded'],
    ['src/tasks', "await import('../node/serve.ts')", 'tasks must not import node'],
    ['src/tasks', 'await import(`../node/serve.ts`)', 'tasks must not import node'],
    ['src/tasks', "export * from '../node/serve.ts'", 'tasks must not import node', reExport],
    ['src/tasks', "type A = import('../node/serve.ts').A", 'tasks must not import node', inType],
    ['src/tasks', "import a = require('../node/serve.ts')", 'tasks must not import node'],
    ['src/gateway', "import '../strategies/kept/links.ts'", 'gateway must not import strategies'],
    ['src/gateway', "import '../embedded/index.ts'", 'gateway must not import embedded'],
    ['src/proposals', "import '../tasks/attach.ts'", 'proposals must not import tasks'],
    ['src/platform', "import '../model/digest.ts'", 'platform must not import model'],
    ['src/tasks', "import type { A } from '../index.ts'", 'tasks must not import index'],

    ['src/tasks', "export { Credentials } from '../registry/credentials.ts'", reExport],
    ['src/tasks', "export type { Credentials } from '../registry/credentials.ts'", reExport],
    ['src/tasks', "export * as all from '../registry/credentials.ts'", reExport],
    ['src/tasks', "import a from '../errors.ts'; export { a as b }", reExport],
    ['src/tasks', "import { type a } from '../errors.ts'; export { type a }", reExport],
    ['src/tasks', "import * as a from '../errors.ts'; export { a }", reExport],
    [
      'src/registry/blobs',
      "export * from 'zod/mini'",
      "must be: import * as z from 'zod/mini'",
      reExport,
    ],

    ['src/registry', "import './blobs/_parts.ts'", 'is private to src/registry/blobs/'],
    ['src/registry/wire', "import '../blobs/_parts.ts'", 'is private to src/registry/blobs/'],
    [
      'src/gateway',
      "import type { Scope } from '../tasks/lib/scope.ts'",
      'is private to src/tasks/',
    ],
    ['src/tasks', "import('../strategies/lib/put.ts')", 'is private to src/strategies/'],
    ['src/embedded', "import './index.ts'", 'is an entry point; import the file that has it'],

    [
      'src/strategies/one',
      "import '../two/strategy.ts'",
      'strategies/one must not import strategies/two',
    ],
    [
      'src/strategies/one',
      "type A = import('../two/strategy.ts').A",
      'strategies/one must not import strategies/two',
      inType,
    ],
    [
      'src/strategies/one',
      "import '../auto/strategy.ts'",
      'strategies/one must not import strategies/auto',
    ],
    [
      'src/strategies/one',
      "import '../index.ts'",
      'strategies/one must not import strategies/index.ts',
    ],
    [
      'src/strategies/auto',
      "import '../index.ts'",
      'strategies/auto must not import strategies/index.ts',
    ],
    [
      'src/strategies/kept',
      "import '../one/strategy.ts'",
      'strategies/kept must not import strategies/one',
    ],
    [
      'src/strategies/shared-tag',
      "import '../kept/links.ts'",
      'strategies/shared-tag must not import strategies/kept',
    ],
    [
      'src/strategies/lib',
      "import '../kept/links.ts'",
      'strategies/lib must not import strategies/kept',
    ],

    ['src/cli', "import '../tasks/attach.ts'", 'cli must not import tasks'],
    ['src/cli', "import '../node/serve.ts'", 'cli must not import node'],
    ['src/node', "import '../registry/credentials.ts'", 'node may import only types from registry'],
    [
      'src/node',
      "import { type A, b } from '../registry/credentials.ts'",
      'node may import only types from registry',
    ],
    [
      'src/node',
      "export * from '../registry/credentials.ts'",
      'node may import only types from registry',
      reExport,
    ],
    ['src/tasks', "import ky from 'ky'", 'belongs to src/registry/send.ts'],
    [
      'src/registry',
      "import type { Options } from 'ky'",
      'belongs to src/registry/send.ts, its types too',
    ],
    ['src/tasks', "import 'srvx'", 'belongs to src/node/'],
    ['src/model', "import '@noble/hashes/sha2.js'", 'belongs to src/platform/hasher.ts'],
    ['src/tasks', "import { z } from 'zod/mini'", "must be: import * as z from 'zod/mini'"],
    ['src/tasks', "import * as z from 'zod'", "must be: import * as z from 'zod/mini'"],
    ['src/tasks', "import 'node:fs'", 'must not be imported in tasks'],
    ['src/tasks', "import '#hasher'", 'must not be imported in tasks'],
    ['src/tasks', "import 'ocilink'", 'must not be imported in tasks'],
    ['src/tasks', "import 'lodash'", 'is not in "dependencies" of package.json'],
    [
      'src/tasks',
      "import '../registry/repository.js'",
      'must name the file as it is, ending in .ts',
    ],
    ['src/tasks', "import '../registry/repository'", 'must name the file as it is, ending in .ts'],
    ['src/tasks', "import './nothing.ts'", 'does not exist'],
    ['src/tasks', "import '../../examples/two.ts'", 'leads out of src/'],
    ['src/tasks', 'await import(name)', 'import() of something that is not a string'],
    [
      'examples',
      "import '../src/tasks/attach.ts'",
      'leads out of examples/; import the package by name',
    ],
  ]
  const expected: string[] = []
  for (const [index, [folder, text, ...problems]] of wrong.entries()) {
    const file = `${folder}/wrong-${index}.ts`
    await write({ [file]: `\n${text}` })
    const name = /['`](.*)['`]/.exec(text)?.[1]
    for (const problem of problems) {
      expected.push(`${file}:2: ${name ? `"${name}": ` : ''}${problem}`)
    }
  }
  await write({
    'src/other/file.ts': '',
    'src/strategies/strategy.ts': "import './lib/put.ts'",
    'src/index.ts': "export { Scope } from './tasks/lib/scope.ts'",
    'src/errors.ts': "import type { Digest } from './model/digest.ts'",
  })
  expected.push('src/other/file.ts: no rule for src/other/; add it to tools/check-layers.js')
  expected.push(
    'src/strategies/strategy.ts:1: "./lib/put.ts": strategies/strategy.ts must not import strategies/lib',
  )
  expected.push('src/index.ts:1: "./tasks/lib/scope.ts": is private to src/tasks/')
  expected.push('src/errors.ts:1: "./model/digest.ts": errors must not import model')

  expect(problems().toSorted()).toEqual(expected.toSorted())
})
