// Copies an image with everything that is attached to it, and shows that nothing stayed behind.
//
//   npm ci && npm run build && node examples/copy.ts registry.example.com/team/app:v1 mirror.example.com/team/app

import { copy, diff, locate, repository } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'

const [from = '', to = ''] = process.argv.slice(2)
const credentials = dockerCredentials()
const { repo, subject } = locate(from, { credentials })
const mirror = repository(to, { credentials })

const report = await copy(repo, subject, mirror, {
  referrers: true,
  depth: Infinity,
  onProgress({ items, bytes }) {
    if (process.stdout.isTTY) {
      process.stdout.write(`\r${items.done} of ${items.total} items, ${bytes.done} bytes`)
    }
  },
})
console.log(`Copied ${report.descriptor.digest} to ${to} in ${report.requests} requests`)
for (const { digest, artifactType, status } of report.referrers) {
  console.log(`${status} ${digest} ${artifactType ?? ''}`)
}
for (const { digest, reason } of report.losses) console.log(`LOST ${digest}: ${reason}`)
if (report.cut) console.log(`Not all was looked at: ${report.cut.message}`)

const { onlyHere, complete } = await diff(repo, subject, mirror, report.descriptor, {
  depth: Infinity,
})
const isAll = report.complete && complete && onlyHere.length === 0
console.log(isAll ? 'Nothing stayed behind' : 'NOT all')
if (!isAll) process.exitCode = 1
