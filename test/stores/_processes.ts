// Processes that serve a bucket.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { S3StorageOptions } from '../../src/s3/index.ts'
import type { Send } from '../embedded/_registry.ts'

export interface ServingProcess {
  readonly child: ChildProcess
  readonly url: string
  readonly host: string
  readonly send: Send
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>
}

/** Starts a process that serves a bucket. */
export async function startProcess(options: S3StorageOptions): Promise<ServingProcess> {
  const program = fileURLToPath(new URL('_server.ts', import.meta.url))
  const args = ['--conditions=source', '--no-warnings', program, JSON.stringify(options)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const killChild = () => child.kill('SIGKILL')
  process.once('exit', killChild)
  const [first] = await once(child.stdout.setEncoding('utf8'), 'data')
  const url = String(first).trim()
  return {
    child,
    url,
    host: new URL(url).host,
    send: (method, path, init) => fetch(url + path, { method, ...init }),
    async kill() {
      process.removeListener('exit', killChild)
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
