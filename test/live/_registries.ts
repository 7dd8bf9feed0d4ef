// Every registry of the live tests: how each is started on a free loopback port and stopped.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedRegistryOptions, embeddedRegistry } from '../../src/embedded/index.ts'
import { serve } from '../../src/node/index.ts'
import type { Certificates } from '../_certificates.ts'
import { type Command, type RunningRegistry, startProcess } from './_registry-process.ts'
import { type Login, run, toolPath } from './_tools.ts'

export type { RunningRegistry } from './_registry-process.ts'

export interface LiveRegistry {
  readonly name: string
  /** Whether it answers the referrers API; without it links live in the referrers tag. */
  readonly referrersApi: boolean
  start(): Promise<RunningRegistry>
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

/** The password by bcrypt, at its lowest cost: it is checked for every request. */
const cheapHash = '$2b$04$oCiLiNkOCiLiNkOCiLiNkOft3WFxY5M1gGLGCOxUCN8vqEKmDHwc6'

export const dockerRegistryBasicAuth: LiveRegistry = {
  name: 'docker-registry 2.8 with basic auth',
  referrersApi: false,
  start: () =>
    startProcess(async (port, directory) => {
      const path = join(directory, 'htpasswd')
      await writeFile(path, `${login.username}:${cheapHash}\n`)
      const auth = { htpasswd: { realm: 'registry', path } }
      const config = await writeDistributionConfig(port, directory, { auth })
      return { program: 'docker-registry', args: ['serve', config], login }
    }),
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
        args: ['serve', await writeDistributionConfig(port, directory, { http: { headers } })],
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
  const tls = { certificate, key }
  return {
    ...distribution,
    start: () =>
      startProcess(async (port, directory) => ({
        program: toolPath('registry'),
        args: ['serve', await writeDistributionConfig(port, directory, { http: { tls } })],
        env: { OTEL_TRACES_EXPORTER: 'none' },
      })),
  }
}

export const distributionForPages: LiveRegistry = {
  ...distribution,
  start: () =>
    startProcess(async (port, directory) => ({
      program: toolPath('registry'),
      args: [
        'serve',
        await writeDistributionConfig(port, directory, { http: { headers: corsHeaders } }),
      ],
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
  how: { readonly http?: object; readonly auth?: object } = {},
): Promise<string> {
  const path = join(directory, 'config.yml')
  const storage = { filesystem: { rootdirectory: directory }, delete: { enabled: true } }
  const http = { addr: `127.0.0.1:${port}`, ...how.http }
  const config = { version: 0.1, log: { level: 'error' }, ...how, storage, http }
  await writeFile(path, JSON.stringify(config))
  return path
}
