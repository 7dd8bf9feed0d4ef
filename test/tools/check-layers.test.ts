import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

const script = join(import.meta.dirname, '../../tools/check-layers.js')
let root: string

const good = {
  'package.json': JSON.stringify({
    dependencies: { ky: '1.0.0', zod: '1.0.0', srvx: '1.0.0', '@noble/hashes': '1.0.0' },
  }),
  'src/errors.ts': 'export class Mistake extends Error {}',
  'src/index.ts': "export * from './attach.ts'",
  'src/attach.ts': "import './strategies/index.ts'\nimport './registry/repository.ts'",
  'src/strategies/index.ts': "import '../registry/repository.ts'\nimport '../model/digest.ts'",
  'src/registry/repository.ts': "import ky from 'ky'\nimport * as z from 'zod/mini'",
  'src/registry/credentials.ts': 'export type Credentials = string',
  'src/model/digest.ts': "import '#hasher'\nimport '../errors.ts'",
  'src/platform/hasher.ts': "await import('@noble/hashes/sha2.js')",
  'src/embedded/index.ts': "import '../model/digest.ts'",
  'src/node/serve.ts': "import 'node:http'\nimport 'srvx/node'\nimport '../embedded/index.ts'",
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

async function run(): Promise<{ code: number; lines: string[] }> {
  const result = promisify(execFile)(process.execPath, [script, root])
  return result.then(
    ({ stdout }) => ({ code: 0, lines: stdout.trim().split('\n') }),
    (error) => ({ code: error.code, lines: error.stderr.trim().split('\n') }),
  )
}

it('accepts a tree that keeps the layers', async () => {
  expect(await run()).toEqual({ code: 0, lines: ['Layers hold in 13 files of src/'] })
})

it('refuses a directory without sources', async () => {
  await rm(join(root, 'src'), { recursive: true })
  expect(await run()).toMatchObject({ code: 1 })
})

it('refuses a longer file than anybody reads', async () => {
  await write({ 'src/attach.ts': `${'\n'.repeat(320)}export {}` })
  expect(await run()).toEqual({
    code: 1,
    lines: ['src/attach.ts: 321 lines; over 320 split it by noun'],
  })
})

it('tells file and line of every wrong import', async () => {
  const wrong: [folder: string, text: string, problem: string][] = [
    ['src/embedded', "import '../registry/repository.ts'", 'embedded must not import registry'],
    ['src/model', "import '../registry/repository.ts'", 'model must not import registry'],
    ['src/registry', "import '../strategies/index.ts'", 'registry must not import strategies'],
    ['src/strategies', "import '../attach.ts'", 'strategies must not import tasks'],
    ['src/strategies', "import '../index.ts'", 'strategies must not import tasks'],
    ['src', "import './embedded/index.ts'", 'tasks must not import embedded'],
    ['src', "await import('./node/serve.ts')", 'tasks must not import node'],
    ['src', 'await import(`./node/serve.ts`)', 'tasks must not import node'],
    ['src', "export * from './node/serve.ts'", 'tasks must not import node'],
    ['src', "type A = import('./node/serve.ts').A", 'tasks must not import node'],
    ['src', "import a = require('./node/serve.ts')", 'tasks must not import node'],
    ['src/cli', "import '../attach.ts'", 'cli must not import tasks'],
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
    ],
    ['src', "import ky from 'ky'", 'belongs to src/registry/repository.ts'],
    [
      'src/registry',
      "import type { Options } from 'ky'",
      'belongs to src/registry/repository.ts, its types too',
    ],
    ['src', "import 'srvx'", 'belongs to src/node/'],
    ['src/model', "import '@noble/hashes/sha2.js'", 'belongs to src/platform/hasher.ts'],
    ['src', "import { z } from 'zod/mini'", "must be: import * as z from 'zod/mini'"],
    ['src', "import * as z from 'zod'", "must be: import * as z from 'zod/mini'"],
    ['src', "import 'node:fs'", 'must not be imported in tasks'],
    ['src', "import '#hasher'", 'must not be imported in tasks'],
    ['src', "import 'ocilink'", 'must not be imported in tasks'],
    ['src', "import 'lodash'", 'is not in "dependencies" of package.json'],
    ['src', "import './registry/repository.js'", 'must name the file as it is, ending in .ts'],
    ['src', "import './registry/repository'", 'must name the file as it is, ending in .ts'],
    ['src', "import './nothing.ts'", 'does not exist'],
    ['src', "import '../examples/two.ts'", 'leads out of src/'],
    ['src', 'await import(name)', 'import() of something that is not a string'],
    ['examples', "import '../src/attach.ts'", 'leads out of examples/; import the package by name'],
  ]
  const expected: string[] = []
  for (const [index, [folder, text, problem]] of wrong.entries()) {
    const file = `${folder}/wrong-${index}.ts`
    await write({ [file]: `\n${text}` })
    const name = /['`](.*)['`]/.exec(text)?.[1]
    expected.push(`${file}:2: ${name ? `"${name}": ` : ''}${problem}`)
  }
  await write({
    'src/other/file.ts': '',
    'src/errors.ts': "import type { Digest } from './model/digest.ts'",
  })
  expected.push('src/other/file.ts: no rule for src/other/; add it to tools/check-layers.js')
  expected.push('src/errors.ts:1: "./model/digest.ts": errors must not import model')

  const { code, lines } = await run()
  expect(code).toBe(1)
  expect(lines.toSorted()).toEqual(expected.toSorted())
})
