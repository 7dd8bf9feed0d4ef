// Deletes an image with everything attached to it, or, where no tag is given, what the repository no longer needs.
// Prints the plan, and carries it out where "yes" follows.
//
//   node examples/clean-up.ts registry.example.com/team/app:v1
//   node examples/clean-up.ts registry.example.com/team/app yes

import { locate, parseReference, prune, remove } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'

const [reference = '', answer] = process.argv.slice(2)
const { tag, digest } = parseReference(reference)
const { repo, subject } = locate(reference, { credentials: dockerCredentials() })
const isImage = tag !== undefined || digest !== undefined
const all = { referrers: true, depth: Infinity }

const planned = isImage
  ? await remove(repo, subject, { ...all, dryRun: true })
  : await prune(repo, { dryRun: true })
for (const { action, digest, tags, reason } of planned.items) {
  console.log([action, digest, ...tags].join(' '), `because ${reason}`)
}
for (const { digest, reason } of planned.kept) console.log(`keep ${digest} because ${reason}`)
if ('problems' in planned) {
  for (const { at, reason } of planned.problems) console.log(`could not read ${at}: ${reason}`)
}

let { complete } = planned
if (answer === 'yes') {
  const result =
    'problems' in planned
      ? await prune(repo, { plan: planned })
      : await remove(repo, subject, { ...all, plan: planned })
  for (const { status, digest, error } of result.items) console.log(status, digest, error ?? '')
  complete = result.complete
}
console.log(complete ? 'That is all.' : 'NOT all')
if (!complete) process.exitCode = 1
