// `ocilink serve`, and other commands that serve, as programs of their own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { bundledProgram } from '../_bundle.ts'

export interface ServeProgram {
  readonly child: ChildProcess
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** `127.0.0.1:<port>` */
  readonly host: string
  /** Everything it wrote to standard error. */
  stderr(): string
  /** Ends it, politely by default, and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts `ocilink serve` and waits until it listens. */
export function serveProgram(...args: string[]): Promise<ServeProgram> {
  return startProgram('serve', ...args)
}

/** Starts a command that serves, and waits until it listens. */
export async function startProgram(...args: string[]): Promise<ServeProgram> {
  const child = spawn(process.execPath, [await bundledProgram(), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killChild = () => child.kill('SIGKILL')
  process.once('exit', killChild)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended: Promise<number | null> = once(child, 'exit').then(([code]) => {
    process.removeListener('exit', killChild)
    return code
  })
  while (!stdout.includes('\n')) {
    const failed = ended.then((code) => {
      throw new Error(`ocilink ${args.join(' ')} ended with ${code}:\n${stderr}`)
    })
    await Promise.race([once(child.stdout, 'data'), failed])
  }
  const url = stdout.split('\n')[0]!
  return {
    child,
    url,
    host: url.slice('http://'.length),
    stderr: () => stderr,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}
