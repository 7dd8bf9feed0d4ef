// References that are nearly right: nothing is made of them, and nobody is asked.
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../_here.ts'
import { type Place, startPlace } from '../_images.ts'
import { start } from '../_program.ts'

let place: Place
let reference: string
beforeAll(async () => {
  place = await startPlace()
  reference = (await place.image('team/app')).reference
})
afterAll(() => place?.close())

test.each([
  ['backup:', 'no tag'],
  ['backup:-v1', 'no tag'],
  ['backup:v1@SHA256:ABC', 'no digest'],
  ['backup@sha256:xyz', 'no digest'],
  ['backup@sha256:12', 'sha256:<64 hex>'],
])('oci-layout:%s makes no directory', async (name, expected) => {
  const before = await readdir(place.file(''))
  const { code, stderr } = await run('copy', reference, `oci-layout:${place.file(name)}`)
  expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining(expected) })
  expect(await readdir(place.file(''))).toEqual(before)
})

test.each(['oci-layout:', 'oci-archive:'])('%s alone is told what it lacks', async (name) => {
  const { code, stderr } = await run('tree', name)
  expect({ code, stderr }).toEqual({
    code: 3,
    stderr: expect.stringMatching(/names no (dir|file)/),
  })
})

test('a directory may have a colon, a space and an @ in its name', async () => {
  const path = place.file('user@host a:b')
  expect((await run('copy', reference, `oci-layout:${path}:v1`)).code).toBe(0)
  expect(existsSync(path)).toBe(true)
  expect((await run('has', `oci-layout:${path}:v1`)).code).toBe(1)
})

test.each(['registry.example', 'registry.example:5000', 'localhost:5000', '127.0.0.1:5000'])(
  '%s names no repository, and Docker Hub is not asked for one',
  async (name) => {
    const { code, stderr } = await run('detect', name)
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining(`"${name}" names no repository`),
    })
  },
)

test('several that write to one layout at the same time are done one after the other', async () => {
  const layout = `oci-layout:${place.file('busy')}:v1`
  expect((await run('copy', reference, layout)).code).toBe(0)
  const types = Array.from({ length: 4 }, (_, at) => `text/x-${at}`)
  const attached = types.map((type) => start('attach', layout, '--type', type, '-a', 'n=1').ended)
  for (const { code, stderr } of await Promise.all(attached)) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  }
  const { stdout } = await run('list', layout)
  for (const type of types) expect(stdout).toContain(type)
}, 60_000)
