// Where an answer is written into a file: what must not be lost is looked at before anything is asked.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from './_here.ts'
import { type Place, SBOM, sbom, startPlace } from './_images.ts'

let place: Place
let reference: string
beforeAll(async () => {
  place = await startPlace()
  reference = (await place.linked('team/app')).reference
  await mkdir(place.file('out'))
})
afterAll(() => place?.close())

const out = (name: string) => place.file(`out/${name}`)
const readInto = (file: string) => run('read', reference, '--type', SBOM, '--output', file)

test('a link stays one, and the file that it leads to is replaced', async () => {
  await writeFile(out('real.json'), 'old')
  await symlink('real.json', out('link.json'))
  expect(await readInto(out('link.json'))).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await readFile(out('real.json'), 'utf8')).toBe(sbom)
  expect((await lstat(out('link.json'))).isSymbolicLink()).toBe(true)
  await symlink('real.tar', out('link.tar'))
  await writeFile(out('real.tar'), 'old')
  expect((await run('save', reference, out('link.tar'))).code).toBe(0)
  expect((await lstat(out('link.tar'))).isSymbolicLink()).toBe(true)
  expect((await lstat(out('real.tar'))).size).toBeGreaterThan(512)
})

test('a pipe is written to, and stays one', async () => {
  execFileSync('mkfifo', [out('pipe')])
  const reader = createReadStream(out('pipe'), 'utf8')
  let text = ''
  reader.on('data', (chunk) => {
    text += chunk
  })
  const ended = once(reader, 'close')
  expect(await readInto(out('pipe'))).toEqual({ code: 0, stdout: '', stderr: '' })
  await ended
  expect(text).toBe(sbom)
  expect((await lstat(out('pipe'))).isFIFO()).toBe(true)
})

test('"-" is standard output', async () => {
  expect(await readInto('-')).toEqual({ code: 0, stdout: sbom, stderr: '' })
})

test.each<[string, () => string, string]>([
  ['read', () => place.file('out'), 'is a directory'],
  ['read', () => '', 'is empty'],
  ['read', () => out('none/sbom.json'), 'ENOENT'],
  ['read', () => out('real.json/sbom.json'), 'ENOTDIR'],
  ['save', () => place.file('out'), 'is a directory'],
  ['save', () => '', 'is empty'],
  ['save', () => out('none/app.tar'), 'ENOENT'],
  ['save', () => out('pipe'), 'is no file'],
  ['save', () => '-', 'is written into a file'],
])('%s asks nothing where %s is where it would write', async (command, file, expected) => {
  const before = await readdir(place.file('out'))
  const nowhere = '127.0.0.1:1/team/app:v1'
  const { code, stderr } = await run(
    command,
    nowhere,
    ...(command === 'read' ? ['-o'] : []),
    file(),
  )
  expect(stderr).toContain(expected)
  expect(code).toBe(3)
  expect(await readdir(place.file('out'))).toEqual(before)
})
