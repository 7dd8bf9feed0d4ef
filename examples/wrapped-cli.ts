// A program of your own on ocilink in forty lines: a bar on a terminal, Ctrl-C, and exit codes that scripts can go by.
//
//   npm ci && npm run build
//   node examples/wrapped-cli.ts has registry.example.com/team/app:v1 --type application/spdx+json
//   node examples/wrapped-cli.ts copy registry.example.com/team/app:v1 mirror.example.com/team/app:v1
import { parseArgs } from 'node:util'
import { copy, hasReferrer, isOcilinkError, locate, type RequestEvent } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'

const EXIT = { done: 0, no: 1, unknown: 2, usage: 3, refused: 4, partly: 5, interrupted: 130 }
const controller = new AbortController()
const { signal } = controller
process.once('SIGINT', () => controller.abort(new Error('interrupted')))
const asked: RequestEvent[] = []
const onRequest = (event: RequestEvent) => void asked.push(event)
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
    return has ? EXIT.done : EXIT.no
  }
  if (verb !== 'copy') throw new TypeError('say has, or copy')
  const to = locate(other, options)
  const report = await copy(repo, subject, to.repo, {
    ...{ referrers: true, tags: [to.subject], signal },
    onProgress({ items, bytes }) {
      const full = '#'.repeat(Math.round((20 * bytes.done) / Math.max(bytes.total, 1)))
      showBar(`[${full.padEnd(20, '-')}] ${items.done} of ${items.total} items`)
    },
  })
  showBar()
  console.log(report.descriptor.digest)
  for (const { digest, reason } of report.losses) console.error(`lost: ${digest}: ${reason}`)
  return report.complete ? EXIT.done : EXIT.partly
}

process.exitCode = await run().catch((error) => {
  showBar()
  console.error(`wrapped-cli: ${error instanceof Error ? error.message : error}`)
  if (signal.aborted) return EXIT.interrupted
  // What is wrong with a call is said before any request.
  if (asked.length === 0) return EXIT.usage
  if (isOcilinkError(error, 'NOT_FOUND', 'NO_MATCH')) return EXIT.no
  return isOcilinkError(error, 'AUTH_REQUIRED', 'AUTH_DENIED', 'UNSUPPORTED')
    ? EXIT.refused
    : EXIT.unknown
})
