// Links by OCI 1.1 what cosign keeps at its tags, and prints the certificate.
//
//   node examples/convert.ts registry.example.com/team/app:v1

import { convert, locate, verifyConversion } from 'ocilink'
import { dockerCredentials } from 'ocilink/node'
import { cosignTags, ociSubject } from 'ocilink/strategies'

const { repo, subject } = locate(process.argv[2] ?? '', { credentials: dockerCredentials() })
const certificate = await convert(repo, subject, { from: cosignTags(), to: ociSubject() })
console.log(JSON.stringify(certificate))
const { valid, problems } = await verifyConversion(repo, certificate)
console.log(valid ? 'It holds.' : problems.join('\n'))
if (!certificate.complete || !valid) process.exitCode = 1
