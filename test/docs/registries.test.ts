// The table of registries names tests that are there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

test('each test that is named is there', () => {
  for (const { file, name = '' } of rows.flatMap(([, , cell = '']) => testsOf(cell))) {
    expect(existsSync(root + file), file).toBe(true)
    const text = readFileSync(root + file, 'utf8').replace(/\\(['"])/g, '$1')
    expect(text, file).toContain(name)
  }
})

test('each file of tests about registries in the field has a row', () => {
  const files = readdirSync(`${root}test/registries`).filter((name) => name.endsWith('.test.ts'))
  const named = rows.flatMap(([, , cell = '']) => testsOf(cell).map(({ file }) => file))
  expect(files.filter((name) => !named.includes(`test/registries/${name}`))).toEqual([])
})
