// examples/wrapped-cli.ts, the program of docs/wrap-it.md, as a process: what it prints, and how it ends.
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { embeddedRegistry } from '../src/embedded/index.ts'
import { attach, hasReferrer, repository } from '../src/index.ts'
import { type RunningServer, serve } from '../src/node/index.ts'
import { getManifest } from '../src/registry/index.ts'
import { bundledFile } from './_bundle.ts'
import { pushImage } from './_image.ts'

const program = await bundledFile('examples/wrapped-cli.ts')
let directory: string
let server: RunningServer
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ocilink-wrapped-'))
  server = await serve(embeddedRegistry())
})
afterAll(async () => {
  await server?.close()
  await rm(directory, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. */
async function run(command: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(command, args, { env: { ...process.env, DOCKER_CONFIG: directory } })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const [code] = await once(child, 'close')
  return { code, ...output }
}

const wrapped = (...args: string[]) => run(process.execPath, [program, ...args])

test('says no, and yes once something of the type is attached', async () => {
  const app = repository(`${server.host}/team/app`)
  await pushImage(app)
  const image = `${server.host}/team/app:v1`
  expect(await wrapped('has', image)).toEqual({ code: 1, stdout: 'no\n', stderr: '' })
  await attach(app, 'v1', { artifactType: 'application/spdx+json' })
  expect(await wrapped('has', image)).toEqual({ code: 0, stdout: 'yes\n', stderr: '' })
  const other = await wrapped('has', image, '--type', 'text/plain')
  expect(other).toEqual({ code: 1, stdout: 'no\n', stderr: '' })
})

test('an image that is not there is no', async () => {
  const { code, stdout, stderr } = await wrapped('has', `${server.host}/team/none:v1`)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^wrapped-cli: .* answered 404/)
})

test('a registry that does not answer, or with nonsense, is neither yes nor no', async () => {
  const gone = await serve(embeddedRegistry())
  await gone.close()
  const unreachable = await wrapped('has', `${gone.host}/team/app:v1`)
  expect(unreachable).toMatchObject({ code: 2, stdout: '' })
  expect(unreachable.stderr).toMatch(/^wrapped-cli: /)
  const digest = `sha256:${'0'.repeat(64)}`
  for (const body of ['no list', JSON.stringify({ manifests: [{ digest: 'x', size: 1 }] })]) {
    const odd = await serve({ fetch: async () => new Response(body) })
    const nonsense = await wrapped('has', `${odd.host}/team/app@${digest}`)
    await odd.close()
    expect(nonsense).toMatchObject({ code: 2, stdout: '' })
  }
})

test('without a login it is refused', async () => {
  const users = [{ name: 'ci', password: 'secret' }]
  const closed = await serve(embeddedRegistry({ auth: { scheme: 'basic', users } }))
  const { code, stdout, stderr } = await wrapped('has', `${closed.host}/team/app:v1`)
  await closed.close()
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  expect(stderr).toMatch(/^wrapped-cli: .* wants credentials for /)
})

test.each([
  ['no verb', ['list', '127.0.0.1:1/team/app']],
  ['no reference', ['has']],
  ['no tag', ['has', '127.0.0.1:1/team/app:-']],
  ['no such option', ['has', '127.0.0.1:1/team/app', '--tpye', 'a/b']],
  ['no tag to copy to', ['copy', '127.0.0.1:1/team/app', '127.0.0.1:1/team/app:-']],
])('%s is wrong use, and nothing is sent', async (_, args) => {
  const { code, stdout, stderr } = await wrapped(...args)
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toMatch(/^wrapped-cli: .+\n$/)
})

test('copies with what is attached, and shows a bar only on a terminal', async () => {
  const app = repository(`${server.host}/team/bar`)
  const { digest } = await pushImage(app)
  const image = `${server.host}/team/bar:v1`
  const blobs = [{ data: 'all tests passed', mediaType: 'text/plain' }] as const
  await attach(app, 'v1', { artifactType: 'application/vnd.example.report', blobs })
  const plain = await wrapped('copy', image, `${server.host}/mirror/plain:v2`)
  expect(plain).toEqual({ code: 0, stdout: `${digest}\n`, stderr: '' })
  expect((await getManifest(repository(`${server.host}/mirror/plain`), 'v2')).descriptor).toEqual(
    expect.objectContaining({ digest }),
  )
  const command = [process.execPath, program, 'copy', image, `${server.host}/mirror/bar:v1`]
  const shown = await run('script', ['-qec', command.join(' '), '/dev/null'])
  expect(shown.code).toBe(0)
  expect(shown.stdout).toContain('\r\x1b[K[####################] 6 of 6 items')
  // The bar is gone when the answer comes.
  expect(shown.stdout.endsWith(`\r\x1b[K${digest}\r\n`)).toBe(true)
  const mirror = repository(`${server.host}/mirror/bar`)
  expect(await hasReferrer(mirror, digest)).toBe(true)
})

test('Ctrl-C stops it with 130, also while it waits', async () => {
  const asked = new EventEmitter()
  const silent = await serve({
    fetch: () => {
      asked.emit('request')
      return new Promise<Response>(() => {})
    },
  })
  const env = { ...process.env, DOCKER_CONFIG: directory }
  const child = spawn(process.execPath, [program, 'has', `${silent.host}/team/app:v1`], { env })
  const closed = once(child, 'close')
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(asked, 'request')
  const before = performance.now()
  child.kill('SIGINT')
  const [code] = await closed
  expect(performance.now() - before).toBeLessThan(1000)
  expect({ code, stderr }).toEqual({ code: 130, stderr: 'wrapped-cli: interrupted\n' })
  await silent.close()
})

test('says who asks', async () => {
  const agents = new Set<string | null>()
  const registry = embeddedRegistry()
  const listening = await serve({
    fetch: (request) => {
      agents.add(request.headers.get('user-agent'))
      return registry.fetch(request)
    },
  })
  await wrapped('has', `${listening.host}/team/app:v1`)
  await listening.close()
  expect([...agents]).toEqual(['wrapped-cli/1.0'])
})
