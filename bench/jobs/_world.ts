// Where the jobs run: a registry, a proxy before it that counts and delays, and a directory that has the tools as a
// person has them on the PATH, with a home and a key of its own.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { cosignDirectory } from '../../test/cosign/_cosign.ts'
import type { LiveRegistry } from '../../test/live/_registries.ts'
import { toolPath } from '../../test/live/_tools.ts'

/** Milliseconds by which every request comes later to the registry. */
export const DELAY = 50

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** How a line of shell ended. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Seconds, with the start of all programs. */
  readonly seconds: number
  /** Requests that came to the registry meanwhile. */
  readonly requests: number
}

export interface World {
  /** The registry itself, without the proxy. */
  readonly direct: string
  /** The registry as the tools that are measured see it. */
  readonly host: string
  /** Runs a line of shell with these variables, in the directory; what is prepared is not delayed. */
  shell(line: string, variables: Readonly<Record<string, string>>): Promise<Outcome>
  /** What a line prints; an error where it fails. */
  prepare(line: string): Promise<string>
  close(): Promise<void>
}

export async function makeWorld(registry: LiveRegistry): Promise<World> {
  const running = await registry.start()
  const [ip = '', port = ''] = running.host.split(':')
  const proxy = fork(new URL('../_proxy.ts', import.meta.url), [ip, port, `${DELAY}`])
  const [host] = (await once(proxy, 'message')) as [string]
  const directory = await makeDirectory()
  const bin = join(directory, 'bin')
  const env = {
    PATH: [bin, '/usr/bin', '/bin'].join(delimiter),
    HOME: directory,
    DOCKER_CONFIG: directory,
    COSIGN_PASSWORD: '',
    NO_COLOR: '1',
  }
  const run = async (line: string, variables: Readonly<Record<string, string>>) => {
    const began = performance.now()
    const child = spawn('sh', ['-c', line], { cwd: directory, env: { ...env, ...variables } })
    const ended = await endOf(child)
    return { ...ended, seconds: (performance.now() - began) / 1000 }
  }
  const world: World = {
    direct: running.host,
    host,
    async shell(line, variables) {
      await requestsOf(proxy)
      const ended = await run(line, variables)
      return { ...ended, requests: await requestsOf(proxy) }
    },
    async prepare(line) {
      const { code, stdout, stderr } = await run(line, {})
      if (code !== 0) throw new Error(`${line} ended with ${code}:\n${stderr}${stdout}`)
      return stdout.trim()
    },
    async close() {
      proxy.disconnect()
      await running.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
  for (const at of [host, running.host])
    await world.prepare(`regctl registry set --tls disabled ${at}`)
  await world.prepare('cosign generate-key-pair')
  return world
}

/** With the tools, a file to attach and eight more, a layer, and docker's config without logins. */
async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-jobs-'))
  const bin = join(directory, 'bin')
  await mkdir(bin)
  for (const name of ['oras', 'regctl', 'crane']) await symlink(toolPath(name), join(bin, name))
  await symlink(join(cosignDirectory, 'cosign'), join(bin, 'cosign'))
  const shim = join(bin, 'ocilink')
  await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`)
  await chmod(shim, 0o755)
  const files = { 'sbom.json': SBOM, 'config.json': '{}', 'layer.tar': new Uint8Array(1024) }
  for (const [name, data] of Object.entries(files)) await writeFile(join(directory, name), data)
  for (let i = 1; i <= 8; i++) {
    await writeFile(join(directory, `report-${i}.txt`), `report ${i}\n`.repeat(1000))
  }
  return directory
}

export const SBOM: string = JSON.stringify({ spdxVersion: 'SPDX-2.3', name: 'app' })

async function endOf(child: ChildProcess) {
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}

/** How many requests the proxy has seen since it was asked before. */
async function requestsOf(proxy: ChildProcess): Promise<number> {
  // It notes a request when its answer is sent, a moment after who asked may have gone on.
  await sleep(20)
  const answered = once(proxy, 'message') as Promise<[readonly unknown[]]>
  proxy.send('take')
  return (await answered)[0].length
}
