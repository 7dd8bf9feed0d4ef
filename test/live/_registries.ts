// Every registry of the live tests: how each is started on a free loopback port and stopped.

import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { serve } from '../../src/node/index.ts'
import type { Certificates } from '../_certificates.ts'
import { type Login, run, toolPath } from './_tools.ts'

export interface RunningRegistry {
  /** `127.0.0.1:<port>` */
  readonly host: string
  readonly login?: Login | undefined
  /** What `oras discover` has to be told to list anything here. */
  readonly orasListFlags?: readonly string[] | undefined
  stop(): Promise<void>
}

export interface LiveRegistry {
  readonly name: string
  /** Whether it answers the referrers API; without it links live in the referrers tag. */
  readonly referrersApi: boolean
  start(): Promise<RunningRegistry>
}

/** What a program needs to run as a registry on one port, with a directory of its own. */
interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly login?: Login | undefined
  readonly orasListFlags?: readonly string[] | undefined
}

const login: Login = { username: 'alice', password: 'wonder:länd' }

export const olareg: LiveRegistry = {
  name: 'olareg',
  referrersApi: true,
  start: () => startProcess((port, directory) => olaregCommand(port, '--dir', directory)),
}

export const olaregWithoutApi: LiveRegistry = {
  name: 'olareg without the referrers API',
  referrersApi: false,
  start: () =>
    startProcess((port) => ({
      ...olaregCommand(port, ...inMemory, '--api-referrer=false'),
      // Its answer is 405, which oras takes for a failure instead of "no such API".
      orasListFlags: ['--distribution-spec', 'v1.1-referrers-tag'],
    })),
}

/** Without the referrers API, until it is upgraded: the same content then. */
export async function startOlaregToUpgrade(): Promise<
  RunningRegistry & { upgrade(): Promise<RunningRegistry> }
> {
  const content = await mkdtemp(join(tmpdir(), 'ocilink-upgrade-'))
  const begin = (...args: string[]) =>
    startProcess((port) => olaregCommand(port, '--dir', content, ...args))
  const running = await begin('--api-referrer=false')
  return {
    ...running,
    async upgrade() {
      await running.stop()
      const upgraded = await begin()
      const stop = async () => {
        await upgraded.stop()
        await rm(content, { recursive: true, force: true })
      }
      return { ...upgraded, stop }
    },
  }
}

export const olaregBasicAuth: LiveRegistry = {
  name: 'olareg with basic auth',
  referrersApi: true,
  start: () =>
    startProcess(async (port, directory) => ({
      ...olaregCommand(port, ...inMemory, '--auth-basic', await writeAccessRules(directory)),
      login,
    })),
}

export const olaregTokenAuth: LiveRegistry = {
  name: 'olareg with token auth',
  referrersApi: true,
  start: () =>
    startProcess(async (port, directory) => {
      const rules = ['--auth-token-opaque', await writeAccessRules(directory)]
      const url = ['--external-url', `http://127.0.0.1:${port}`]
      return { ...olaregCommand(port, ...inMemory, ...rules, ...url), login }
    }),
}

export const dockerRegistry: LiveRegistry = {
  name: 'docker-registry 2.8',
  referrersApi: false,
  start: () =>
    startProcess(async (port, directory) => ({
      program: 'docker-registry',
      args: ['serve', await writeDistributionConfig(port, directory)],
    })),
}

/** As its documentation has them: on what it answers, and nothing exposed. */
const corsHeaders = {
  'Access-Control-Allow-Origin': ['*'],
  'Access-Control-Allow-Methods': ['HEAD', 'GET', 'OPTIONS', 'DELETE'],
  'Access-Control-Allow-Headers': ['Authorization', 'Accept', 'Cache-Control'],
}

/** With HTTP headers on what it answers. */
export function dockerRegistryWith(
  headers: Readonly<Record<string, readonly string[]>>,
): LiveRegistry {
  return {
    ...dockerRegistry,
    start: () =>
      startProcess(async (port, directory) => ({
        program: 'docker-registry',
        args: ['serve', await writeDistributionConfig(port, directory, headers)],
      })),
  }
}

export const dockerRegistryForPages: LiveRegistry = dockerRegistryWith(corsHeaders)

export const distribution: LiveRegistry = {
  name: 'distribution 3',
  referrersApi: false,
  start: () =>
    startProcess(async (port, directory) => ({
      program: toolPath('registry'),
      args: ['serve', await writeDistributionConfig(port, directory)],
      env: { OTEL_TRACES_EXPORTER: 'none' },
    })),
}

/** On the same port, by TLS alone. */
export function distributionWithTls({ certificate, key }: Certificates): LiveRegistry {
  return {
    ...distribution,
    start: () =>
      startProcess(async (port, directory) => ({
        program: toolPath('registry'),
        args: ['serve', await writeDistributionConfig(port, directory, {}, { certificate, key })],
        env: { OTEL_TRACES_EXPORTER: 'none' },
      })),
  }
}

export const distributionForPages: LiveRegistry = {
  ...distribution,
  start: () =>
    startProcess(async (port, directory) => ({
      program: toolPath('registry'),
      args: ['serve', await writeDistributionConfig(port, directory, corsHeaders)],
      env: { OTEL_TRACES_EXPORTER: 'none' },
    })),
}

export const craneRegistry: LiveRegistry = {
  name: 'crane registry',
  referrersApi: false,
  start: () =>
    startProcess((port) => ({
      program: toolPath('crane'),
      args: ['registry', 'serve', '--address', `127.0.0.1:${port}`],
    })),
}

export const embedded: LiveRegistry = {
  name: 'the embedded registry',
  referrersApi: true,
  start: () => startEmbedded(),
}

export const embeddedWithoutApi: LiveRegistry = {
  name: 'the embedded registry without the referrers API',
  referrersApi: false,
  start: () => startEmbedded({ referrersApi: false, singlePost: false, conditional: false }),
}

async function startEmbedded(options: EmbeddedRegistryOptions = {}): Promise<RunningRegistry> {
  const server = await serve(embeddedRegistry(options))
  return { host: server.host, stop: () => server.close() }
}

const inMemory = ['--store-type', 'mem']

function olaregCommand(port: number, ...args: string[]): Command {
  const listen = ['--addr', '127.0.0.1', '--port', `${port}`]
  const deletes = ['--api-delete', '--api-blob-delete']
  return { program: toolPath('olareg'), args: ['serve', ...listen, ...deletes, ...args] }
}

/** olareg's access file: one user may do everything, nobody else anything. */
async function writeAccessRules(directory: string): Promise<string> {
  const path = join(directory, 'access.json')
  const cred = (await run(toolPath('olareg'), ['hash', '--pass', login.password])).trim()
  const acl = (repo: string) => ({ repo, members: [login.username], access: ['*'] })
  // JSON is YAML. The empty name is the rule for `GET /v2/`.
  const rules = { users: { [login.username]: { cred } }, acls: [acl('*'), acl('')] }
  await writeFile(path, JSON.stringify(rules))
  return path
}

async function writeDistributionConfig(
  port: number,
  directory: string,
  headers: Readonly<Record<string, readonly string[]>> = {},
  tls?: { readonly certificate: string; readonly key: string },
): Promise<string> {
  const path = join(directory, 'config.yml')
  const storage = { filesystem: { rootdirectory: directory }, delete: { enabled: true } }
  const http = { addr: `127.0.0.1:${port}`, headers, ...(tls && { tls }) }
  await writeFile(path, JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http }))
  return path
}

async function startProcess(
  command: (port: number, directory: string) => Command | Promise<Command>,
): Promise<RunningRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-registry-'))
  const port = await freePort()
  const { program, args, env, login, orasListFlags } = await command(port, directory)
  const child = spawn(program, args, {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const killChild = () => child.kill('SIGKILL')
  const leaveNothing = () => {
    killChild()
    rmSync(directory, { recursive: true, force: true })
  }
  process.once('exit', leaveNothing)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-10_000)
  })
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      stderr += error.message
      resolve()
    })
    child.once('exit', () => resolve())
  })
  const stop = async () => {
    process.removeListener('exit', leaveNothing)
    if (child.pid !== undefined && isRunning(child)) {
      child.kill('SIGTERM')
      const timer = setTimeout(killChild, 5000)
      await ended
      clearTimeout(timer)
    }
    await rm(directory, { recursive: true, force: true })
  }
  const host = `127.0.0.1:${port}`
  const up = await Promise.race([answers(host), ended.then(() => false)])
  if (up) return { host, login, orasListFlags, stop }
  await stop()
  throw new Error(`${[program, ...args].join(' ')} did not come up:\n${stderr}`)
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

/** A port that was free a moment ago; never 5000, where a machine's own registry may live. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

async function answers(host: string): Promise<boolean> {
  const deadline = Date.now() + 15_000
  while (Date.now() < deadline) {
    try {
      const response = await fetch(`http://${host}/v2/`)
      await response.body?.cancel()
      // 400 for what is no TLS.
      if ([200, 400, 401].includes(response.status)) return true
    } catch {
      // Not listening yet.
    }
    await sleep(50)
  }
  return false
}
