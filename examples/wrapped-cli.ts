// A program of your own on ocilink: a bar on a terminal, Ctrl-C, and exit codes that scripts can go by.
//
//   npm ci && npm run build
//   node examples/wrapped-cli.ts has registry.example.com/team/app:v1 --type application/spdx+json
//   node examples/wrapped-cli.ts copy registry.example.com/team/app:v1 mirror.example.com/team/app:v1
import { parseArgs } from 'node:util'
import { copy, hasReferrer, isOcilinkError, locate } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'

const EXIT = { yes: 0, no: 1, unknown: 2, usage: 3, refused: 4, partly: 5, interrupted: 130 }
const controller = new AbortController()
const { signal } = controller
process.once('SIGINT', () => controller.abort(new Error('interrupted')))
let asked = false
const onRequest = () => {
  asked = true
}
const options = { credentials: dockerCredentials(), userAgent: 'wrapped-cli/1.0', onRequest }
const showBar = (text = '') => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

async function run(): Promise<number> {
  const type = { type: 'string', default: 'application/spdx+json' } as const
  const { values, positionals } = parseArgs({ options: { type }, allowPositionals: true })
  const [verb, reference = '', other = ''] = positionals
  const { repo, subject } = locate(reference, options)
  if (verb === 'has') {
    const has = await hasReferrer(repo, subject, { artifactType: values.type, signal })
    console.log(has ? 'yes' : 'no')
    return has ? EXIT.yes : EXIT.no
  }
  if (verb !== 'copy') throw new TypeError('say has, or copy')
  const to = locate(other, options)
  const report = await copy(repo, subject, to.repo, {
    referrers: true,
    tags: [to.subject],
    signal,
    onProgress({ items, bytes }) {
      const full = '#'.repeat(Math.round((20 * bytes.done) / Math.max(bytes.total, 1)))
      showBar(`[${full.padEnd(20, '-')}] ${items.done} of ${items.total} items`)
    },
  })
  showBar()
  console.log(report.descriptor.digest)
  for (const { digest, reason } of report.losses) console.error(`lost: ${digest}: ${reason}`)
  return report.complete ? EXIT.yes : EXIT.partly
}

function exitCodeOf(error: unknown): number {
  if (signal.aborted) return EXIT.interrupted
  // What is wrong with a call is said before any request.
  if (!asked) return EXIT.usage
  if (isOcilinkError(error, 'NOT_FOUND', 'NO_MATCH')) return EXIT.no
  const refused = isOcilinkError(error, 'AUTH_REQUIRED', 'AUTH_DENIED', 'UNSUPPORTED')
  return refused ? EXIT.refused : EXIT.unknown
}

try {
  process.exitCode = await run()
} catch (error) {
  showBar()
  console.error(`wrapped-cli: ${error instanceof Error ? error.message : error}`)
  process.exitCode = exitCodeOf(error)
}
