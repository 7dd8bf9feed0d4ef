// The programs of docs/runtimes.md, as they stand there, with the packed tarball as npm installs it: in Node, Deno and
// Bun as files, in workerd as a bundle of esbuild (which wrangler makes too), in browsers as a page that Vite builds.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { wantedRuntimes } from './lib/all.ts'
import { type Served, serveImage } from './lib/image.ts'
import type { Program, RuntimeId } from './lib/runtime.ts'
import { blocksOf } from './lib/runtimes-page.ts'

const { user } = inject('runtimes')

const nodes = 'Node 22, 24, 26'
const browsers = 'Chromium, Firefox and WebKit (Safari)'
const headings: Readonly<Record<RuntimeId, string>> = {
  node22: nodes,
  node24: nodes,
  node26: nodes,
  deno: 'Deno',
  bun: 'Bun',
  workerd: 'workerd (Cloudflare Workers)',
  chromium: browsers,
  firefox: browsers,
  webkit: browsers,
}

let served: Served

beforeAll(async () => {
  served = await serveImage()
})

afterAll(() => served.close())

/** The program below a heading, with our registry in place of the one that it names. */
function programOf(heading: string): Program {
  const code = blocksOf(heading, 'ts').map((text) => text.replace('127.0.0.1:5000', served.host))
  const [html] = blocksOf(heading, 'html')
  const command = blocksOf(heading, 'sh')[0]?.trim().split('\n').at(-1)
  const [main = 'main.ts'] = /\bmain\.m?ts$/.exec(command ?? '') ?? []
  const named = code.map((text, i) => [
    /^\/\/ (\w+\.ts)\n/.exec(text)?.[1] ?? (i === 0 ? main : ''),
    text,
  ])
  return {
    files: {
      // As `npm init` writes it. The package is installed in the folder above.
      'package.json': '{ "type": "commonjs" }',
      ...Object.fromEntries(named),
      ...(html && { 'index.html': html }),
    },
    ...(command && { command }),
  }
}

describe.each(wantedRuntimes)('$name', (runtime) => {
  const missing = runtime.missing()
  const isBrowser = headings[runtime.id] === browsers
  const checked = (name: string, run: () => Promise<void>) =>
    test(name, async ({ skip }) => {
      if (missing && !process.env.CI) skip(missing)
      await run()
    })

  checked('runs the program of its section', async () => {
    const before = await served.count()
    const output = await runtime.runProgram(user, programOf(headings[runtime.id]))
    if (runtime.id === 'bun') {
      // It attaches a note, and prints its digest.
      expect(output).toMatch(/^sha256:/)
      expect(await served.count()).toBe(before + 1)
    } else expect(output).toContain(served.sbom)
    if (runtime.id === 'deno' || isBrowser) expect(output).toContain('that is all')
  })

  if (runtime.id === 'workerd') {
    checked('runs the worker of docs/gateway.md', async () => {
      const page = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8')
      const [block = ''] = /^import .*\n\nexport default gateway\(.*$/m.exec(page) ?? []
      const worker = block.replace("'registry.example'", `'${served.host}'`)
      // What a client of it would send, sent where it runs.
      const main = `import worker from './worker.ts'
const ask = (path) => worker.fetch(new Request('https://gateway.example' + path))
export default {
  async fetch() {
    const head = await ask('/v2/team/app/manifests/v1')
    const { layers } = await head.json()
    const digest = head.headers.get('docker-content-digest')
    const list = await (await ask('/v2/team/app/referrers/' + digest)).json()
    const blob = await ask('/v2/team/app/blobs/' + layers[0].digest)
    return Response.json([list.manifests.map((one) => one.digest), (await blob.text()).length === layers[0].size])
  },
}
`
      const output = await runtime.runProgram(user, {
        files: { 'worker.ts': worker, 'main.ts': main },
      })
      expect(JSON.parse(output)[1]).toBe(true)
      expect(JSON.parse(output)[0]).toContain(served.sbom)
    })
  }

  if (!isBrowser) return
  checked('reads an SBOM in a web worker', async () => {
    const output = await runtime.runProgram(user, programOf('Web workers'))
    expect(output).toBe('{"spdxVersion":"SPDX-2.3"}')
  })
})
