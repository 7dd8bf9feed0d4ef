// How long `ocilink serve`, as it is shipped, takes until it listens, beside a bare Node.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Milliseconds of each round. */
export interface StartUp {
  readonly bare: number
  readonly memory: number
  readonly directory: number
}

export async function measureStartUp(rounds: number): Promise<readonly StartUp[]> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-bench-'))
  const found: StartUp[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const bare = await untilEnded('-e', '0')
    const memory = await untilListening(program, 'serve')
    const ofDirectory = await untilListening(program, 'serve', '--dir', directory)
    if (round > 0) found.push({ bare, memory, directory: ofDirectory })
  }
  await rm(directory, { recursive: true, force: true })
  return found
}

async function untilEnded(...args: string[]): Promise<number> {
  const start = performance.now()
  await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit')
  return performance.now() - start
}

async function untilListening(...args: string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const took = performance.now() - start
  child.kill()
  await once(child, 'exit')
  return took
}
