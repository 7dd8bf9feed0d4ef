// ocilink as a program, to compare with the programs oras and regctl. It runs what the package
// ships (`npm run build` first), not the sources:
//
// attach <repository> <subject> <file> | list <repository> <subject> | exists <repository> <subject> |
// copy <repository>:v1 <repository>:v1 [referrers]
import { readFile } from 'node:fs/promises'
import { artifactType, mediaType } from './_artifact.ts'

const built = new URL('../dist/index.js', import.meta.url).href
const { attach, copy, hasReferrer, referrers, repository }: typeof import('../src/index.ts') =
  await import(built)

const [command, name = '', subject = '', file = ''] = process.argv.slice(2)
const app = repository(name.replace(/:v1$/, ''))

if (command === 'attach') {
  const blobs = [{ data: await readFile(file), mediaType }]
  console.log((await attach(app, subject, { artifactType, blobs })).digest)
} else if (command === 'list') {
  for await (const referrer of referrers(app, subject)) console.log(referrer.digest)
} else if (command === 'exists') {
  console.log(await hasReferrer(app, subject, { artifactType }))
} else if (command === 'copy') {
  const to = repository(subject.replace(/:v1$/, ''))
  console.log((await copy(app, 'v1', to, { referrers: file === 'referrers' })).complete)
} else {
  throw new Error(`There is no command "${command}".`)
}
