// docs/runtimes.md against the suite that wrote its matrix, without running it; and how small a runtime's glue is.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exceptionOf, exceptions } from '../runtimes/exceptions.ts'
import { runtimes } from '../runtimes/lib/all.ts'
import { exceptionLines, writtenMatrix } from '../runtimes/lib/matrix.ts'
import { suite } from '../runtimes/suite/suite.ts'

const folder = join(import.meta.dirname, '../runtimes')
const names = suite.map(({ name }) => name)

test('the matrix has all runtimes, with the tests that there are now', () => {
  const rows = writtenMatrix()
    .split('\n')
    .filter((line) => /^\| [A-Z]|^\| workerd/.test(line))
  const cells = rows.map((row) => row.split(' | ').map((cell) => cell.replace(/^\| /, '')))
  const wanted = runtimes.map(({ id, name }) => {
    const passed = names.filter((test) => !exceptionOf(id, test))
    return [name, `${passed.length} of ${names.length}`]
  })
  expect(cells.map(([name, , tests]) => [name, tests])).toEqual(wanted)
})

test('the matrix has each exception with its reason', () => {
  const lines = writtenMatrix()
    .split('\n')
    .filter((line) => line.startsWith('- '))
  expect(lines).toEqual(exceptionLines(runtimes.map((runtime) => ({ runtime }))))
})

test('every exception is of a test that there is', () => {
  expect(exceptions.flatMap(({ tests }) => tests).filter((name) => !names.includes(name))).toEqual(
    [],
  )
})

test('no two tests of the suite have one name', () => {
  expect(new Set(names).size).toBe(names.length)
})

test('each runtime has a folder, with at most 30 lines of what is its own', () => {
  const kinds = ['lib', 'suite']
  const folders = readdirSync(folder, { withFileTypes: true }).filter((one) => one.isDirectory())
  const own = folders.map(({ name }) => name).filter((name) => !kinds.includes(name))
  expect(own.sort()).toEqual(runtimes.map(({ id }) => id as string).sort())
  for (const name of own) {
    const files = readdirSync(join(folder, name)).map((file) => join(folder, name, file))
    const lines = files.map((file) => readFileSync(file, 'utf8').split('\n').length - 1)
    expect(
      lines.reduce((a, b) => a + b),
      name,
    ).toBeLessThanOrEqual(30)
  }
})

test('no test of the suite knows where it runs', () => {
  for (const file of readdirSync(join(folder, 'suite'))) {
    const code = readFileSync(join(folder, 'suite', file), 'utf8').replaceAll(/\/\/.*$/gm, '')
    expect(code, file).not.toMatch(/\b(Deno|Bun|process|navigator|userAgent|window)\b/)
  }
})
