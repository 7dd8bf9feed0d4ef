// Prints the SBOM of an image as JSON, and every statement that is attached to it.
//
//   node examples/read.ts registry.example.com/team/app:v1 linux/arm64

import { locate, readArtifact, statements } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'

const [reference = '', platform] = process.argv.slice(2)
const { repo, subject } = locate(reference, { credentials: dockerCredentials() })

const artifactType = ['application/spdx+json', 'application/vnd.cyclonedx+json']
const where = platform ? { platform } : {}
const sbom = await readArtifact(repo, subject, { artifactType, ...where })
console.log(JSON.stringify(await sbom.json()))

for await (const { predicateType, subjectMatches, via } of statements(repo, subject, where)) {
  const about = subjectMatches ? 'about this image' : 'NOT about this image'
  console.log(`${predicateType}, ${about}, linked by ${via[0]?.strategy}, signature not checked`)
}
