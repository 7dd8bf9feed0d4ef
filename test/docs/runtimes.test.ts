// docs/runtimes.md against the suite that wrote its matrix, without running it; and how small a runtime's glue is.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exceptionOf, exceptions } from '../runtimes/exceptions.ts'
import { runtimes, runtimesNamed } from '../runtimes/lib/all.ts'
import { areAlike, exceptionLines, isVersionOf, writtenMatrix } from '../runtimes/lib/matrix.ts'
import { equal, failure, holds } from '../runtimes/suite/check.ts'
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

test.each<[unknown, unknown]>([
  [new Error('one'), new Error('other')],
  [new Error('one'), {}],
  [[new TypeError('one')], [{}]],
  [undefined, null],
  [[undefined], [null]],
  [{ code: undefined }, {}],
  [Number.NaN, null],
  [new Map([[1, 2]]), {}],
  [new Uint8Array(1), { 0: 0 }],
  [undefined, undefined],
])('the suite takes no two things for equal that JSON cannot tell apart: %s, %s', (one, other) => {
  expect(() => equal(one, other)).toThrow(/^expected /)
  expect(() => equal(other, one)).toThrow(/^expected /)
})

test('the assertions of the suite fail, and pass', async () => {
  expect(() => equal({ a: [1, 'b', null, false] }, { a: [1, 'b', null, false] })).not.toThrow()
  expect(() => equal([1, 2], [2, 1])).toThrow('expected [2,1], got [1,2]')
  expect(() => holds(true, 'it holds')).not.toThrow()
  expect(() => holds(false, 'it holds')).toThrow('expected that it holds')
  await expect(failure(Promise.resolve(1))).rejects.toThrow('expected an error, got 1')
  await expect(failure(Promise.reject(undefined))).resolves.toBe(undefined)
})

test('RUNTIMES names some of them, and a name that is none is an error', () => {
  const ids = (names?: string) => runtimesNamed(names).map(({ id }) => id)
  expect(ids('deno, bun')).toEqual(['deno', 'bun'])
  expect(ids()).toHaveLength(9)
  expect(ids('')).toHaveLength(9)
  for (const names of ['node', 'deno,', 'Deno', 'deno bun']) {
    expect(() => ids(names)).toThrow('RUNTIMES: there is no')
  }
})

test('the matrix may be older in what is the machine’s own: browsers, and Node by its minor', () => {
  const row = (name: string, version: string) =>
    `| ${name} | ${version} | 60 of 60 | \`node:crypto\` | yes |`
  const alike = (name: string, one: string, other: string) =>
    areAlike(row(name, one), row(name, other))
  expect(alike('Chromium', '156.0.8078.108', '157.1')).toBe(true)
  expect(alike('Firefox ESR', '153.7.0', '154.0')).toBe(true)
  expect(alike('WebKitGTK', '2.50.6', '2.52.0')).toBe(true)
  expect(alike('Node 24', '24.21.0', '24.22.1')).toBe(true)
  expect(alike('Deno', '2.9.5', '2.10.0')).toBe(false)
  expect(alike('Bun', '1.4.5', '1.4.6')).toBe(false)
  expect(alike('workerd', '2026-07-30', '2026-08-30')).toBe(false)
  expect(alike('Node 22', '22.23.3', '22.24.0')).toBe(false)
})

test.each([
  ['Node 24', '24.21.0', true],
  ['Node 24', '26.10.0', false],
  ['Node 22', '2.2.0', false],
  ['Deno', '2.9.5', true],
  ['Bun', '', false],
  ['WebKitGTK', 'unknown', false],
])('%s is no other one: %s is %s', (name, version, is) => {
  expect(isVersionOf(name, version)).toBe(is)
})
