// The table of registries names tests that are there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url).pathname
const page = readFileSync(`${root}docs/registries.md`, 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| what some do'))
  .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))

/** Files, each with the name that follows it. */
const testsOf = (cell: string) =>
  cell
    .split(/, (?=`test)/)
    .map((part) => /^\s*`(test\/[^`]+)`(?: "(.+)")?\s*$/.exec(part) ?? [])
    .map(([, file, name]) => ({ file, name }))

test('each row says what some do, what is done about it, and names a test', () => {
  expect(rows.length).toBeGreaterThan(50)
  for (const row of rows) {
    expect(row).toHaveLength(3)
    for (const { file } of testsOf(row[2]!)) expect(file, row.join('|')).toBeDefined()
  }
})

/** The names of the tests and groups in a file, as they are written. */
function namesIn(file: string): ReadonlySet<string> {
  const source = ts.createSourceFile(
    file,
    readFileSync(root + file, 'utf8'),
    ts.ScriptTarget.Latest,
  )
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments
      const called = node.expression.getText(source)
      if (first && /^(test|it|describe)\b/.test(called) && ts.isStringLiteralLike(first))
        names.add(first.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return names
}

test('each test that is named is there, by the whole of its name', () => {
  const names = new Map<string, ReadonlySet<string>>()
  for (const { file = '', name } of rows.flatMap(([, , cell = '']) => testsOf(cell))) {
    expect(existsSync(root + file), file).toBe(true)
    const there = names.get(file) ?? namesIn(file)
    names.set(file, there)
    expect(there.size, file).toBeGreaterThan(0)
    if (name !== undefined) expect([...there], file).toContain(name)
  }
})

test('a name that is only a part, or only in a comment, is none', () => {
  const names = namesIn('test/docs/registries.test.ts')
  expect(names).toContain('a name that is only a part, or only in a comment, is none')
  // test('no such test')
  expect(names).not.toContain('no such test')
  expect(names).not.toContain('a name that is only a part')
})

test('each file of tests about registries in the field has a row', () => {
  const files = readdirSync(`${root}test/registries`).filter((name) => name.endsWith('.test.ts'))
  const named = rows.flatMap(([, , cell = '']) => testsOf(cell).map(({ file }) => file))
  expect(files.filter((name) => !named.includes(`test/registries/${name}`))).toEqual([])
})
