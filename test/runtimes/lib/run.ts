// Programs that are started, and end: by themselves, or by their process id.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Runs a program to its end; gives what it prints. */
export function run(
  [file = '', ...args]: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<string> {
  const limits = { timeout: 240_000, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const
  return new Promise((resolve, reject) => {
    execFile(file, args, { ...limits, ...options }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const command = `${file} ${args.join(' ').slice(0, 200)}`
      reject(new Error(`${command}: ${stdout}\n${stderr}`, { cause: error }))
    })
  })
}

/** Starts a program that goes on until `stop` ends it. */
export function start(
  [file = '', ...args]: readonly string[],
  env?: NodeJS.ProcessEnv,
): {
  readonly child: ChildProcess
  stop(): Promise<void>
} {
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    child,
    async stop() {
      process.removeListener('exit', kill)
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const ended = await Promise.race([once(child, 'exit'), sleep(3000)])
      if (!ended) kill()
    },
  }
}

/** A TCP port of this machine that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until something answers at an address. */
export async function answers(url: string): Promise<void> {
  const end = Date.now() + 20_000
  for (;;) {
    try {
      await (await fetch(url)).arrayBuffer()
      return
    } catch (error) {
      if (Date.now() > end) throw new Error(`nothing answers at ${url}`, { cause: error })
      await sleep(50)
    }
  }
}
