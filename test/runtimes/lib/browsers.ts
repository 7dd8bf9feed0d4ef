// Browsers: a page that a server of ours has is opened, and reports to that server.
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { servePage } from './page-server.ts'
import type { Runtime } from './runtime.ts'

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

  /** Opens a page with a bundled module, and waits for its report. */
  async function visit(user: string, entry: string, input: unknown) {
    const bundled = await bundle(user, entry, ['browser'], true)
    const server = await servePage(bundled.files, input)
    try {
      const browser = await open(server.url)
      version = browser.version
      try {
        return { hasher: bundled.hasher, value: await server.report(LIMIT) }
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
      const { hasher, value } = await visit(user, join(user, 'runtimes/lib/in-page.ts'), input)
      return { hasher, results: JSON.parse(value) }
    },
    async runProgram(user, code) {
      const program = join(user, `page-program-${id}.ts`)
      const entry = join(user, `page-entry-${id}.ts`)
      await writeFile(program, code)
      await writeFile(entry, entryOf(`./page-program-${id}.ts`))
      const { value } = await visit(user, entry, undefined)
      await Promise.all([rm(program), rm(entry)])
      return value
    },
  }
}

/** A module that runs a program, and reports what the page shows and what the program printed. */
function entryOf(program: string): string {
  return `const lines = []
console.log = (...values) => void lines.push(values.join(' ') + '\\n')
await import('${program}')
await globalThis.finished
const body = lines.join('') + document.body.textContent.trim()
await fetch('/report', { method: 'POST', body })
`
}
