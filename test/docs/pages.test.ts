// What pages say of the code that a script can compare with it.
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../../src/index.ts'
import * as strategies from '../../src/strategies/index.ts'

const root = new URL('../../', import.meta.url).pathname
const read = (path: string) => readFileSync(root + path, 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync('docs/**/*.md', { cwd: root }).map((path) => path.replaceAll('\\', '/')),
]

/** The text below a heading, down to the next one of its kind. */
function section(page: string, heading: string): string {
  const [, text] = read(page).split(`\n## ${heading}\n`)
  if (text === undefined) throw new Error(`${page} has no heading "${heading}"`)
  return text.split('\n## ')[0]!
}

/** Names in code in a column of the tables of a text. */
function column(text: string, index: number): readonly string[] {
  const rows = text.split('\n').filter((line) => line.startsWith('| '))
  const cells = rows.map((row) => row.split(/(?<!\\)\|/)[index + 1] ?? '')
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name]) => name!))
}

test('pages name files that exist', () => {
  const files = globSync('{src,test,tools,docs,examples,bench}/**/*.{ts,js,json,md,diff}', {
    cwd: root,
  })
  const known = [...files.map((path) => path.replaceAll('\\', '/')), ...readdirSync(root)]
  const missing = pages.flatMap((page) =>
    Array.from(read(page).matchAll(/`([\w/.-]+\.(?:ts|js|json|md|diff))`/g), ([, name]) => name!)
      .filter((name) => !name.startsWith('..'))
      .filter((name) => !known.some((path) => path === name || path.endsWith(`/${name}`)))
      .map((name) => `${page}: ${name}`),
  )
  // What a user's own project or registry has.
  expect(missing.filter((name) => !/: (index|package|config)\.json$/.test(name))).toEqual([])
})

test('the architecture says of every room what it may import', () => {
  const rooms = readdirSync(`${root}src`, { withFileTypes: true }).filter((one) =>
    one.isDirectory(),
  )
  const listed = column(section('docs/architecture.md', 'Rooms'), 0)
  expect(listed.toSorted()).toEqual([...rooms.map(({ name }) => name), 'examples/'].sort())
})

test('the architecture lists every capability', () => {
  const { capabilities } = repository('registry.test/team/app')
  const listed = column(section('docs/architecture.md', 'Capabilities'), 0)
  expect(listed.toSorted()).toEqual(Object.keys(capabilities).sort())
})

test('the architecture lists every member of a strategy', () => {
  const [, contract = ''] = read('src/strategies/strategy.ts').split('export interface Strategy<')
  const members = Array.from(
    contract.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm),
    ([, name]) => name!,
  )
  expect(members).toContain('publish')
  const [table = ''] = section('docs/architecture.md', 'A strategy').split('\n\nNothing outside')
  const listed = column(table, 0).map((name) => name.replace(/\(.*/, ''))
  expect(listed.toSorted()).toEqual(members.toSorted())
})

test('the architecture lists every code of errors', () => {
  const codes = read('src/errors.ts').matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g)
  const listed = column(section('docs/architecture.md', 'Errors'), 1)
  const wanted = new Set(Array.from(codes, ([, code]) => code!))
  expect(listed.filter((name) => /^[A-Z_]+$/.test(name)).toSorted()).toEqual([...wanted].sort())
})

test('the readme lists every strategy, and each has a page', () => {
  const listed = column(section('README.md', 'Ways of linking'), 0)
  expect(listed.toSorted()).toEqual(Object.keys(strategies).sort())
  for (const factory of Object.values(strategies) as (() => { readonly name: string })[]) {
    expect(pages).toContain(`docs/strategies/${factory().name}.md`)
  }
})

test('the architecture has the limits of size that are checked', () => {
  const [first, all] = JSON.parse(read('.size-limit.json')) as { readonly limit: string }[]
  const text = section('docs/architecture.md', 'Size').replaceAll('\n', ' ')
  expect(text).toContain(`at most ${first!.limit} in what a page loads first`)
  expect(text).toContain(`at most ${all!.limit} with everything`)
})

test('architecture.md names each file that is loaded on demand', () => {
  const [, text] = read('docs/architecture.md').split('\n## Size\n')
  const named = column(text!.split('\n## ')[0]!, 0)
  const core = globSync('src/{tasks,strategies,registry,model,platform}/**/*.ts', { cwd: root })
  const loaded = core.flatMap((file) =>
    Array.from(read(file).matchAll(/import\('([^']+)'\)/g), ([, target]) =>
      target!.startsWith('.') ? join(dirname(file), target!) : target!,
    ),
  )
  expect(loaded.length).toBeGreaterThan(40)
  // Each strategy has files of these names, and one row for each name.
  const verb = (path: string) =>
    path.startsWith('src/strategies/') ? basename(path) : path.replace(/^src\//, '')
  const isNamed = (path: string) =>
    named.some((name) => path.endsWith(`/${name}`) || name === verb(path) || path.startsWith(name))
  expect([...new Set(loaded)].filter((path) => !isNamed(path))).toEqual([])
})

test('architecture.md names each file that remembers something for the whole process', () => {
  const text = section('docs/architecture.md', 'What is remembered between calls')
  const files = globSync('src/**/*.ts', { cwd: root })
  const remembering = files.filter((file) =>
    /^(?:export )?(?:let |const \w+[^\n]*= (?:\/\*.*?\*\/ )?new (?:Weak)?Map)/m.test(read(file)),
  )
  expect(remembering.length).toBeGreaterThan(10)
  expect(remembering.filter((file) => !text.includes(file.replace(/^src\//, '')))).toEqual([])
})
