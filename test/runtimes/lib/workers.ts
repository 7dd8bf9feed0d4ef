// workerd, which runs a bundle and answers requests: what Cloudflare Workers run on.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { answers, freePort, run, start } from './run.ts'
import type { Runtime } from './runtime.ts'

interface WorkerRuntime extends Pick<Runtime, 'id' | 'name'> {
  readonly file: string
  /** Behaviour of the runtime as of this day. */
  readonly compatibilityDate: string
}

export function workerRuntime({ id, name, file, compatibilityDate }: WorkerRuntime): Runtime {
  /** Serves a bundled worker while `use` talks to it. */
  async function serving<T>(user: string, entry: string, use: (url: string) => Promise<T>) {
    const directory = await mkdtemp(join(user, 'worker-'))
    const { files, hasher } = await bundle(user, entry, ['workerd', 'worker', 'browser'], false)
    await writeFile(join(directory, 'worker.js'), files.get('main.js')!)
    const address = `127.0.0.1:${await freePort()}`
    await writeFile(join(directory, 'config.capnp'), config(address, compatibilityDate))
    const worker = start([file, 'serve', join(directory, 'config.capnp')])
    try {
      await answers(`http://${address}/ready`)
      return { hasher, value: await use(`http://${address}/`) }
    } finally {
      await worker.stop()
      await rm(directory, { recursive: true })
    }
  }

  return {
    id,
    name,
    missing: () => (existsSync(file) ? undefined : `${file} is not there`),
    async version() {
      return (await run([file, '--version'])).trim().split(' ').at(-1)!
    },
    async runSuite(user, input) {
      const entry = join(user, 'runtimes/lib/in-worker.ts')
      const body = JSON.stringify(input)
      const { hasher, value } = await serving(user, entry, async (url) => {
        const answer = await fetch(url, { method: 'POST', body })
        return JSON.parse(await answer.text())
      })
      return { hasher, results: value }
    },
    async runProgram(user, { files }) {
      const directory = await mkdtemp(join(user, 'program-'))
      for (const [name, code] of Object.entries(files)) await writeFile(join(directory, name), code)
      const { value } = await serving(user, join(directory, 'main.ts'), async (url) =>
        (await fetch(url)).text(),
      )
      return value
    },
  }
}

/** Registries are on this machine: workers may not talk to it unless they are allowed to. */
function config(address: string, compatibilityDate: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "${address}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "main", esModule = embed "worker.js")],
  compatibilityDate = "${compatibilityDate}",
);
`
}
