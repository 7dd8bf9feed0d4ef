// The registries that are measured beside each other.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dockerRegistry, olareg } from '../../test/live/_registries.ts'
import { serveProgram } from '../../test/live/_serve.ts'

export interface Running {
  readonly host: string
  /** Process to watch; only of our own. */
  readonly pid?: number | undefined
  stop(): Promise<unknown>
}

export interface Contestant {
  readonly name: string
  readonly referrers: boolean
  start(): Promise<Running>
}

export const contestants: readonly Contestant[] = [
  { name: 'ocilink, directory', referrers: true, start: serveDirectory },
  {
    name: 'ocilink, memory',
    referrers: true,
    start: async () => {
      const { host, child, stop } = await serveProgram()
      return { host, pid: child.pid, stop: () => stop() }
    },
  },
  { name: 'olareg', referrers: true, start: olareg.start },
  { name: 'docker-registry 2.8', referrers: false, start: dockerRegistry.start },
  { name: 'bare Node', referrers: false, start: startBare },
]

/** What no registry in Node can be faster than, if it keeps content in files. */
async function startBare(): Promise<Running> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-bench-'))
  const program = fileURLToPath(new URL('bare.ts', import.meta.url))
  const child = spawn(process.execPath, [program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(child.stdout, 'data')
  return {
    host: String(said).trim(),
    async stop() {
      child.kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function serveDirectory(): Promise<Running> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-bench-'))
  const { host, child, stop } = await serveProgram('--dir', directory)
  return {
    host,
    pid: child.pid,
    async stop() {
      await stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
