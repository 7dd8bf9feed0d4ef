import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { attach, locate } from '../../src/index.ts'
import { pushImage } from '../_image.ts'

const digest = `sha256:${'ab'.repeat(32)}`

test.each([
  ['ghcr.io/team/app:v1', 'ghcr.io', 'team/app', 'v1'],
  [`ghcr.io/team/app@${digest}`, 'ghcr.io', 'team/app', digest],
  [`ghcr.io/team/app:v1@${digest}`, 'ghcr.io', 'team/app', digest],
  ['ghcr.io/team/app', 'ghcr.io', 'team/app', 'latest'],
  ['localhost:5000/app:v1', 'localhost:5000', 'app', 'v1'],
  ['localhost/app:v1', 'localhost', 'app', 'v1'],
  ['alpine', 'docker.io', 'library/alpine', 'latest'],
  ['team/app:v1', 'docker.io', 'team/app', 'v1'],
])('%s is a repository and a subject', (reference, registry, name, subject) => {
  expect(locate(reference)).toMatchObject({ repo: { registry, name }, subject })
})

test('hands its options to the repository', async () => {
  const { repo, subject } = locate('registry.test/team/app:v1', { fetch: embeddedRegistry().fetch })
  const image = await pushImage(repo, subject)
  const artifact = { artifactType: 'application/vnd.example.note', annotations: { text: 'x' } }
  expect(await attach(repo, subject, artifact)).toMatchObject({ subject: { digest: image.digest } })
})

test.each([
  ['ghcr.io/team/app:', 'INVALID_TAG'],
  ['ghcr.io/Team/app:v1', 'INVALID_REFERENCE'],
  ['ghcr.io/team/app@sha256:12', 'INVALID_DIGEST'],
  ['', 'INVALID_REFERENCE'],
])('names the part of "%s" that is wrong', (reference, code) => {
  expect(() => locate(reference)).toThrow(expect.objectContaining({ code }))
})
