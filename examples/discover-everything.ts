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

const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })
const mediaType = 'application/vnd.oci.image.index.v1+json'
await putManifest(app, 'v1', { schemaVersion: 2, mediaType, manifests: [] }) // stands for an image

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

const found = await discover(app, 'v1')
console.log(`\nfound ${found.referrers.length}, complete: ${found.complete}`)
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
