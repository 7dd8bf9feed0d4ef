// `ocilink serve`, and other commands, as a program of its own, made of the sources, so that no build can be out of date,
// and bundled first: it then starts in a fourth of the time, which counts where it is killed often.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const bundles = fileURLToPath(new URL('../../.cache/serve/', import.meta.url))
const conditions = ['source', 'node', 'module', 'import', 'default']

let bundled: Promise<string> | undefined

async function bundle(): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions },
    ssr: { noExternal: true, resolve: { conditions } },
    build: {
      ssr: main,
      outDir: bundles,
      minify: false,
      target: 'node22',
      rollupOptions: { output: { entryFileNames: 'main.js' } },
    },
  })
  return join(bundles, 'main.js')
}

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
  bundled ??= bundle()
  const child = spawn(process.execPath, [await bundled, ...args], {
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
