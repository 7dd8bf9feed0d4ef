// The main job, on a registry inside this process: push a small image, attach an SBOM and a
// signature to it and a signature to the SBOM, list all that as a tree, ask whether there is one.
//
// npm run quickstart
import { attach, hasReferrer, type Referrer, referrers, repository } from 'ocilink'
import { embeddedRegistry } from 'ocilink/embedded'
import { pushBlob, putManifest } from 'ocilink/registry'

const sbomType = 'application/spdx+json'
const signatureType = 'application/vnd.example.signature.v1+json'

// Leave out `fetch`, and the same program talks to the registry of that name.
const app = repository('registry.test/team/app', { fetch: embeddedRegistry().fetch })

// An image: a configuration, one layer, and a manifest that names both.
const { descriptor: image } = await putManifest(app, 'v1', {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: await pushBlob(app, '{"os":"linux","architecture":"amd64"}', {
    mediaType: 'application/vnd.oci.image.config.v1+json',
  }),
  layers: [await pushBlob(app, 'hello', { mediaType: 'application/vnd.oci.image.layer.v1.tar' })],
})

// The subject is a tag, a digest or a descriptor. What comes back is a descriptor too.
const sbom = await attach(app, 'v1', {
  artifactType: sbomType,
  blobs: [{ data: '{"spdxVersion":"SPDX-2.3","name":"app"}', mediaType: sbomType }],
})
await attach(app, image, signature('the image'))
await attach(app, sbom, signature('the SBOM'))

console.log(`${app.registry}/${app.name}:v1  ${short(image.digest)}`)
await printReferrers(image.digest)

console.log()
console.log('SBOM attached?      ', await hasReferrer(app, 'v1', { artifactType: sbomType }))
console.log(
  'Provenance attached?',
  await hasReferrer(app, 'v1', { artifactType: 'application/vnd.in-toto+json' }),
)

/** What a signing tool would hand over. */
function signature(what: string) {
  return {
    artifactType: signatureType,
    blobs: [{ data: `{"signature":"of ${what}"}`, mediaType: 'application/json' }],
    annotations: { 'com.example.key': 'release-key' },
  }
}

/** Prints what points at a digest, and what points at that, and so on. */
async function printReferrers(subject: string, indent = ''): Promise<void> {
  const found: Referrer[] = []
  for await (const referrer of referrers(app, subject)) found.push(referrer)
  for (const { digest, artifactType, annotations } of found) {
    const isLast = digest === found.at(-1)?.digest
    console.log(`${indent}${isLast ? '└── ' : '├── '}${artifactType}  ${short(digest)}`)
    const next = `${indent}${isLast ? '    ' : '│   '}`
    for (const [key, value] of Object.entries(annotations ?? {})) {
      console.log(`${next}    ${key}: ${value}`)
    }
    await printReferrers(digest, next)
  }
}

function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}
