// Starts the program from its sources.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { bundledProgram } from '../_bundle.ts'
import { checkJson } from './_schemas.ts'

const main = await bundledProgram()

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  /** What the program has said so far. */
  readonly output: { stdout: string; stderr: string }
  readonly ended: Promise<Ended>
}

/** Starts the program; what still runs when the test ends is killed. */
export function start(...args: string[]): Running {
  return startIn(process.env, ...args)
}

/** The same in another environment. */
export function startIn(env: NodeJS.ProcessEnv, ...args: string[]): Running {
  const child = spawn(process.execPath, [main, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code, ...output }))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, output, ended }
}

/** Runs the program to its end. What it says as JSON must have the shape that the docs say. */
export async function run(...args: string[]): Promise<Ended> {
  const ended = await start(...args).ended
  checkJson(args, ended)
  return ended
}

/** Starts `ocilink serve` and waits for the first line that it prints. */
export async function serve(...args: string[]): Promise<Running & { readonly url: string }> {
  const running = start('serve', ...args)
  const failed = running.ended.then(({ code, stderr }) => {
    throw new Error(`serve ended with ${code}: ${stderr}`)
  })
  // Told to who waits for the address, and to nobody once there is one.
  failed.catch(() => {})
  while (!running.output.stdout.includes('\n')) {
    await Promise.race([once(running.child.stdout!, 'data'), failed])
  }
  return { ...running, url: running.output.stdout.split('\n')[0]! }
}
