// Browsers: a page that a server of ours has is opened, and reports to that server.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { servePage } from './page-server.ts'
import type { Runtime } from './runtime.ts'
import { buildPage } from './vite.ts'

interface BrowserRuntime extends Pick<Runtime, 'id' | 'name'> {
  /** Programs that have to be there. */
  readonly files: readonly string[]
  /** The Debian packages that they are in. */
  readonly packages: string
  /** Starts the browser with an address; gives its version, and what ends it. */
  open(url: string): Promise<{ readonly version: string; close(): Promise<void> }>
}

/** Milliseconds for all that a page does. */
const LIMIT = 180_000

export function browserRuntime({ id, name, files, packages, open }: BrowserRuntime): Runtime {
  let version: string | undefined

  /** Opens a page, and waits for its report. */
  async function visit(files: ReadonlyMap<string, string>, input?: unknown): Promise<string> {
    const server = await servePage(files, input)
    try {
      const browser = await open(server.url)
      version = browser.version
      try {
        return await server.report(LIMIT)
      } finally {
        await browser.close()
      }
    } finally {
      server.close()
    }
  }

  return {
    id,
    name,
    missing() {
      const lacking = files.find((file) => !existsSync(file))
      return lacking && `${lacking} is not there: apt-get install ${packages}`
    },
    async version() {
      if (!version) throw new Error('a browser says its version when it is opened')
      return version
    },
    async runSuite(user, input) {
      const entry = join(user, 'runtimes/lib/in-page.ts')
      const { files, hasher } = await bundle(user, entry, ['browser'], true)
      return { hasher, results: JSON.parse(await visit(files, input)) }
    },
    async runProgram(user, program) {
      return visit(await buildPage(user, program.files))
    },
  }
}
