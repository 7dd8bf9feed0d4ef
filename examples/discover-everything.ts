// Links to one image in several ways, and finds everything by one call.
//
//   npm ci && npm run build && node examples/discover-everything.ts

import { attach, detect, discover, repository, tags } from 'ocilink'
import { embeddedRegistry } from 'ocilink/embedded'
import { putManifest } from 'ocilink/registry'
import {
  artifactManifest,
  cosignTags,
  digestTags,
  nodeManifest,
  ociSubject,
  referenceField,
} from 'ocilink/strategies'

const registry = embeddedRegistry()
/** When each request was sent and answered, in milliseconds. */
const requests: { sent: number; answered: number }[] = []
async function fetch(request: Request): Promise<Response> {
  const times = { sent: performance.now(), answered: Number.POSITIVE_INFINITY }
  requests.push(times)
  await new Promise((resolve) => setTimeout(resolve, 50)) // as a network would take
  const response = await registry.fetch(request)
  times.answered = performance.now()
  return response
}
const app = repository('registry.test/team/app', { fetch })
const mediaType = 'application/vnd.oci.image.index.v1+json'
// Stands for an image.
const image = await putManifest(app, 'v1', { schemaVersion: 2, mediaType, manifests: [] })

const sbom = {
  artifactType: 'application/spdx+json',
  blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: 'application/spdx+json' }],
}
for (const strategy of [
  ociSubject(),
  artifactManifest(),
  referenceField(),
  nodeManifest(),
  digestTags(),
  cosignTags(),
]) {
  const { digest, via } = await attach(app, 'v1', sbom, { strategy })
  console.log(`attached ${digest.slice(0, 19)} by ${strategy.name} (${via[0]?.source})`)
}

requests.length = 0
const found = await discover(app, image.descriptor.digest)
console.log(`\nfound ${found.referrers.length}, complete: ${found.complete}`)
console.log(`${requests.length} requests in ${roundTrips()} round trips`)
for (const { digest, artifactType, via } of found.referrers) {
  const ways = via.map(({ strategy, source }) => `${strategy} (${source})`)
  console.log(`${digest.slice(0, 19)} ${artifactType ?? ''} ${ways.join(', ')}`)
}

console.log('\nreadable, writable')
for (const { strategy, read, write } of (await detect(app)).strategies) {
  console.log(`${strategy}: ${read}, ${write}`)
}

console.log('\ntags that people chose')
for await (const { tag } of tags(app, { kind: 'named' })) console.log(tag)

/** The longest chain of requests that waited for each other. */
function roundTrips(): number {
  const chains: number[] = []
  for (const { sent } of requests) {
    const before = chains.filter((_, i) => requests[i]!.answered <= sent)
    chains.push(1 + Math.max(0, ...before))
  }
  return Math.max(0, ...chains)
}
