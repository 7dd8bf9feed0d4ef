// What the program writes, and there is no room for it; and what it leaves where it is told to end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type createReadStream, openSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { repository } from '../../src/index.ts'
import { serve } from '../../src/node/index.ts'
import { bundledProgram } from '../_bundle.ts'
import { pushImage } from '../_image.ts'
import { type Place, SBOM, startPlace } from './_images.ts'
import { start } from './_program.ts'

let place: Place
let linked: string
let bare: string
beforeAll(async () => {
  place = await startPlace()
  linked = (await place.linked('team/app')).reference
  bare = (await place.image('team/bare')).reference
})
afterAll(() => place?.close())

/** Runs it with one stream that nobody reads, or on a disk that is full. */
async function runInto(stream: 1 | 2, what: 'closed' | 'full', ...args: string[]) {
  const stdio: ('pipe' | 'ignore' | number)[] = ['ignore', 'pipe', 'pipe']
  if (what === 'full') stdio[stream] = openSync('/dev/full', 'w')
  const child = spawn(process.execPath, [await bundledProgram(), ...args], { stdio })
  const gone = child.stdio[stream] as ReturnType<typeof createReadStream> | null
  if (what === 'closed') gone?.destroy()
  let said = ''
  const other = child.stdio[3 - stream] as ReturnType<typeof createReadStream>
  other.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const [code] = await once(child, 'close')
  return { code, said }
}

test('who stops to read content makes no error of it', async () => {
  expect(await runInto(1, 'closed', 'read', linked, '-t', SBOM)).toEqual({ code: 0, said: '' })
})

test('an answer that cannot be written is told, and is neither "yes" nor "no"', async () => {
  for (const args of [
    ['has', bare],
    ['has', linked],
    ['read', linked, '-t', SBOM],
  ]) {
    const { code, said } = await runInto(1, 'full', ...args)
    expect({ args, code }).toEqual({ args, code: 2 })
    expect(said).toMatch(/^ocilink: the answer could not be written: ENOSPC.*\n$/)
  }
})

test.each(['closed', 'full'] as const)(
  'what is said besides and goes nowhere (%s) does not make "no" of "could not tell"',
  async (what) => {
    expect(await runInto(2, what, 'has', '127.0.0.1:1/team/app:v1')).toEqual({ code: 2, said: '' })
    expect(await runInto(2, what, 'has', linked, '--debug')).toEqual({ code: 0, said: 'yes\n' })
  },
)

test('SIGTERM ends a command as Ctrl-C does, and leaves no half of a file', async () => {
  const faults = [{ path: /blobs/, method: 'GET', delay: 60_000 }]
  const slow = await serve(embeddedRegistry({ faults }))
  onTestFinished(() => slow.close())
  await pushImage(repository(`${slow.host}/team/app`))
  const file = place.file('saved/app.tar')
  await mkdir(place.file('saved'))
  const running = start('save', `${slow.host}/team/app:v1`, file)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  running.child.kill('SIGTERM')
  const { code, stderr } = await running.ended
  expect(code).toBe(130)
  expect(stderr).toContain('interrupted')
  expect(await readdir(place.file('saved'))).toEqual([])
})
