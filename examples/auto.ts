// Attaches a file to an image in a registry as well as that registry can keep it, says why so, and lists
// what is attached to that image then. Logs in as docker and podman do.
//
// npm run build
// node examples/auto.ts registry.example.com/team/app:v1 sbom.spdx.json application/spdx+json
import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { attach, parseReference, referrers, repository } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'
import { auto } from 'ocilink/strategies'

const [reference, file, artifactType] = process.argv.slice(2)
if (!reference || !file || !artifactType) {
  console.error('node examples/auto.ts <host/name:tag or @digest> <file> <artifact type>')
  process.exit(2)
}

const { registry, name, tag = 'latest', digest } = parseReference(reference)
const app = repository(`${registry}/${name}`, {
  credentials: dockerCredentials(),
  onWarning: ({ message }) => console.warn(message),
})
const subject = digest ?? tag

const artifact = {
  artifactType,
  blobs: [
    {
      data: await openAsBlob(file),
      mediaType: artifactType,
      annotations: { 'org.opencontainers.image.title': basename(file) },
    },
  ],
}
const strategy = auto()
const attached = await attach(app, subject, artifact, { strategy })
console.log(`Attached ${attached.digest} to ${attached.subject.digest}: ${attached.reason}`)
if (!attached.confirmed) console.warn('It could not be read back: list it before you rely on it.')

for await (const { digest, artifactType, size, via } of referrers(app, subject, { strategy })) {
  console.log(`${digest}  ${artifactType}  ${size} bytes  found by ${via[0]?.source}`)
}
