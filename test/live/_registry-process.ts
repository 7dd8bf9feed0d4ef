// Starts and stops a registry that is a program.
import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Login } from './_tools.ts'

export interface RunningRegistry {
  /** `127.0.0.1:<port>` */
  readonly host: string
  readonly login?: Login | undefined
  /** What `oras discover` has to be told to list anything here. */
  readonly orasListFlags?: readonly string[] | undefined
  stop(): Promise<void>
}

/** What a program needs to run as a registry on one port, with a directory of its own. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly login?: Login | undefined
  readonly orasListFlags?: readonly string[] | undefined
}

/** Starts a program as a registry on a port that is free, and waits until it answers. */
export async function startProcess(
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
