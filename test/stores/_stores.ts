// Real stores, each built from the go.mod in its folder and run in a directory of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { AwsClient } from 'aws4fetch'
import type { S3StorageOptions } from '../../src/s3/index.ts'

/** Where _setup.ts builds a store. */
export const builtAt = (name: string): string =>
  fileURLToPath(new URL(`../../.cache/stores/${name}/`, import.meta.url))

/** Which stores the tests run on: all, or those that `STORES` names. */
export const names: readonly string[] = (process.env.STORES ?? 'versitygw,seaweedfs').split(',')

const credentials = { accessKeyId: 'key', secretAccessKey: 'secretsecret' }
const bucket = 'images'

export interface RunningStore {
  /** Options of a storage in it, whose keys begin with a prefix of its own. */
  options(): S3StorageOptions
  /** Processes that keep the bytes, where they are apart. */
  readonly volumes: readonly ChildProcess[]
  stop(): Promise<void>
}

/** Starts a store of one process, or of several. */
export async function startStore(name: string): Promise<RunningStore> {
  const directory = await mkdtemp(join(tmpdir(), `ocilink-${name}-`))
  const children: ChildProcess[] = []
  const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const path = name === 'versitygw' ? 'versitygw' : 'seaweedfs'
    const child = spawn(join(builtAt(path), program), args, {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, ...env },
      stdio: 'ignore',
    })
    process.once('exit', () => child.kill('SIGKILL'))
    children.push(child)
    return child
  }
  const start = starts[name]
  if (!start) throw new Error(`no store is called ${name}; there are ${Object.keys(starts)}`)
  const { port, volumes = [] } = await start(directory, run)
  const endpoint = `http://127.0.0.1:${port}`
  await makeBucket(endpoint)
  let count = 0
  return {
    volumes,
    options() {
      count += 1
      return { endpoint, bucket, credentials, prefix: `${count}/` }
    },
    async stop() {
      const ended = children.map(async (child) => {
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGKILL')
          await once(child, 'exit')
        }
      })
      await Promise.all(ended)
      await rm(directory, { recursive: true, force: true })
    },
  }
}

interface Started {
  readonly port: number
  readonly volumes?: readonly ChildProcess[]
}

type Run = (program: string, args: readonly string[], env?: NodeJS.ProcessEnv) => ChildProcess

const local = ['-ip=127.0.0.1']

const starts: Readonly<Record<string, (directory: string, run: Run) => Promise<Started>>> = {
  async versitygw(directory, run) {
    const port = await freePort()
    await mkdir(join(directory, 'data'))
    run('versitygw', ['--port', `127.0.0.1:${port}`, 'posix', join(directory, 'data')], {
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    })
    return { port }
  },
  async seaweedfs(directory, run) {
    const [master, volume, filer, port] = await freePorts(4)
    const config = await writeConfig(directory)
    run('weed', [
      'server',
      `-dir=${directory}`,
      ...local,
      '-ip.bind=127.0.0.1',
      `-master.port=${master}`,
      `-volume.port=${volume}`,
      '-filer',
      `-filer.port=${filer}`,
      '-s3',
      `-s3.port=${port}`,
      `-s3.config=${config}`,
      '-master.volumeSizeLimitMB=64',
      '-volume.max=100',
    ])
    return { port: port! }
  },
  /** A master, three servers of volumes that keep everything twice, a filer and the API. */
  async 'seaweedfs-cluster'(directory, run) {
    const [master, one, two, three, filer, port] = await freePorts(6)
    const config = await writeConfig(directory)
    const at = `127.0.0.1:${master}`
    const bind = [...local, '-ip.bind=127.0.0.1']
    for (const name of ['m', 'v0', 'v1', 'v2', 'f']) await mkdir(join(directory, name))
    run('weed', [
      'master',
      ...bind,
      `-port=${master}`,
      `-mdir=${directory}/m`,
      '-defaultReplication=001',
      '-volumeSizeLimitMB=64',
    ])
    const volumes = [one, two, three].map((volume, n) =>
      run('weed', [
        'volume',
        ...bind,
        `-port=${volume}`,
        `-dir=${directory}/v${n}`,
        `-mserver=${at}`,
        '-max=50',
        '-dataCenter=d',
        '-rack=r',
      ]),
    )
    run('weed', [
      'filer',
      ...bind,
      `-port=${filer}`,
      `-master=${at}`,
      `-defaultStoreDir=${directory}/f`,
    ])
    const from = ['-ip.bind=127.0.0.1', `-filer=127.0.0.1:${filer}`]
    run('weed', ['s3', ...from, `-port=${port}`, `-config=${config}`])
    return { port: port!, volumes }
  },
}

async function writeConfig(directory: string): Promise<string> {
  const path = join(directory, 's3.json')
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = credentials
  const identity = {
    name: 'test',
    credentials: [{ accessKey, secretKey }],
    actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
  }
  await writeFile(path, JSON.stringify({ identities: [identity] }))
  return path
}

/** Waits until the store answers, and makes the bucket. */
async function makeBucket(endpoint: string): Promise<void> {
  const client = new AwsClient({ ...credentials, service: 's3', region: 'us-east-1', retries: 0 })
  const until = Date.now() + 90_000
  let last = 'nothing'
  while (Date.now() < until) {
    try {
      const answer = await client.fetch(`${endpoint}/${bucket}`, { method: 'PUT' })
      last = `${answer.status} ${await answer.text()}`
      // Servers of volumes come later than the API.
      const put = await client.fetch(`${endpoint}/${bucket}/probe`, { method: 'PUT', body: 'x' })
      last = `${last}, ${put.status} ${await put.text()}`
      if (put.ok) return
    } catch (error) {
      last = String(error)
    }
    await sleep(300)
  }
  throw new Error(`the store at ${endpoint} did not begin: ${last}`)
}

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = await freePort()
    // SeaweedFS listens for its own kind 10,000 above.
    if (port < 50_000 && !ports.includes(port)) ports.push(port)
  }
  return ports
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
