// Lists the attestations that BuildKit put into an image when it built it, which nobody attaches later.
// Logs in as docker and podman do.
//
// npm run build
// node examples/buildkit.ts registry.example.com/team/app:v1
import { parseReference, referrers, repository } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'
import { buildkit } from 'ocilink/strategies'

const [reference] = process.argv.slice(2)
if (!reference) {
  console.error('node examples/buildkit.ts <host/name:tag or @digest>')
  process.exit(2)
}

const { registry, name, tag = 'latest', digest } = parseReference(reference)
const app = repository(`${registry}/${name}`, {
  credentials: dockerCredentials(),
  onWarning: ({ message }) => console.warn(message),
})
const subject = digest ?? tag

const strategy = buildkit()
for await (const { digest, artifactType, size, via } of referrers(app, subject, { strategy })) {
  console.log(`${digest}  ${artifactType}  ${size} bytes  found by ${via[0]?.source}`)
}
