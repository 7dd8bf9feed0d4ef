// Hashing in each runtime of test/runtimes/, as a share of what the runtime has of its own, on the packed package.
// WebCrypto takes bytes in memory only: browsers have nothing of their own for streams.
//
//   npm run bench:hashing -- bun workerd
import { readFile, rm } from 'node:fs/promises'
import { installTarball } from '../../test/_tarball.ts'
import { runtimesNamed } from '../../test/runtimes/lib/all.ts'
import { installRuntimes } from '../../test/runtimes/lib/install.ts'
import type { Runtime } from '../../test/runtimes/lib/runtime.ts'
import type { Comparison } from './measure.ts'

const measure = await readFile(new URL('measure.ts', import.meta.url), 'utf8')
const begin = `import { measure } from './measure.ts'\n`

/** How each kind of runtime is started, and says what it found. */
const mains = {
  program: `${begin}globalThis.nodeCrypto = () => import('node:crypto')
    console.log(JSON.stringify(await measure()))`,
  worker: `${begin}export default {
    async fetch(request) {
      return new URL(request.url).pathname === '/' ? Response.json(await measure()) : new Response()
    },
  }`,
  page: `${begin}document.body.innerText = JSON.stringify(await measure())`,
}
const kinds: Readonly<Record<string, keyof typeof mains>> = {
  workerd: 'worker',
  chromium: 'page',
  firefox: 'page',
  webkit: 'page',
}

const wanted = runtimesNamed(process.argv.slice(2).join())
const [user] = await Promise.all([installTarball(), installRuntimes()])
try {
  for (const runtime of wanted) await report(runtime)
} finally {
  await rm(user, { recursive: true })
}

async function report(runtime: Runtime): Promise<void> {
  const main = mains[kinds[runtime.id] ?? 'program']
  const files = { 'main.ts': main, 'measure.ts': measure }
  const found: readonly Comparison[] = JSON.parse(await runtime.runProgram(user, { files }))
  console.log(`\n${runtime.name} ${await runtime.version()}`)
  for (const { what, own, ours, theirs } of found) {
    const share = (ours / theirs).toFixed(2)
    console.log(
      `  ${what.padEnd(20)} ${own.padEnd(18)} ${`${ours}`.padStart(5)} of ${`${theirs}`.padStart(5)} MB/s: ${share}`,
    )
  }
}
