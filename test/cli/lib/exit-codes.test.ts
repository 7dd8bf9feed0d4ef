// What a registry answers that is none is no fault of the call, and refuses nothing.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exitCodeOf } from '../../../src/cli/lib/exit-codes.ts'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { ConflictError } from '../../../src/errors.ts'
import { serve } from '../../../src/node/index.ts'
import { startPlace } from '../_images.ts'
import { run } from '../_program.ts'

const digest = `sha256:${'0'.repeat(64)}`
const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: 'x', size: 1 }
const index = 'application/vnd.oci.image.index.v1+json'
const list = JSON.stringify({ schemaVersion: 2, mediaType: index, manifests: [entry] })

test.each([
  ['has', 'a page', '<html>', 'text/html'],
  ['has', 'a list with an entry that is none', list, index],
  ['list', 'a list with an entry that is none', list, index],
  ['tags', 'text', 'no list', 'text/plain'],
  ['tags', 'a list of something else', '{"tags":[1]}', 'application/json'],
  ['has', '500', '', '', 500],
])('%s of what answers with %s could not tell', async (command, _, body, type, status = 200) => {
  const headers = { 'content-type': type }
  const server = await serve({ fetch: async () => new Response(body, { headers, status }) })
  onTestFinished(() => server.close())
  const { code, stdout, stderr } = await run(command, `${server.host}/team/app@${digest}`)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^ocilink: /m)
})

test.each([
  [3, ['has', '127.0.0.1:1/team/app:-']],
  [3, ['attach', '127.0.0.1:1/team/app', '-t', 'spdx', '-a', 'n=1']],
  [3, ['copy', '127.0.0.1:1/team/app', '127.0.0.1:1/team/app:-']],
  [2, ['has', '127.0.0.1:1/team/app:v1']],
])('%i is how a call ends that sends nothing, or is not answered: %j', async (expected, args) => {
  expect(await run(...args)).toMatchObject({ code: expected, stdout: '' })
})

test('logins that cannot be read are wrong use, though a registry was asked before', async () => {
  const users = [{ name: 'ci', password: 'secret' }]
  const server = await serve(embeddedRegistry({ auth: { scheme: 'basic', users } }))
  onTestFinished(() => server.close())
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-logins-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'config.json'), '{"auths":')
  const none = join(directory, 'none')
  for (const config of [directory, none]) {
    const call = ['has', `${server.host}/team/app:v1`, '--config', config]
    const { code, stdout, stderr } = await run(...call)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain(config)
  }
})

test('what a registry refuses to take is 4, and what others have changed meanwhile is 5', async () => {
  const place = await startPlace({
    faults: [{ method: 'PUT', path: /manifests/, nth: 2, answer: { status: 400 } }],
  })
  onTestFinished(() => place.close())
  const { reference } = await place.image('team/app')
  const { code, stderr } = await run('attach', reference, '-t', 'a/b', '-a', 'n=1', '--json')
  expect([code, JSON.parse(stderr).error.code]).toEqual([4, 'REGISTRY_RESPONSE'])
  expect(exitCodeOf(new ConflictError('changed meanwhile', 'v1', 8))).toBe(5)
})
