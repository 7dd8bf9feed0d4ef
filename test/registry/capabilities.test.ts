import { expect, test } from 'vitest'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { capabilitiesOf } from '../../src/registry/capabilities.ts'
import { empty, fakeRepository } from './_registry.ts'

test('nothing is known before it was asked', () => {
  expect(capabilitiesOf()).toEqual({
    referrersApi: 'unknown',
    typeFilter: 'unknown',
    subjectHeader: 'unknown',
    singlePost: 'unknown',
    tagSeek: 'unknown',
    referencesApi: 'unknown',
    artifactManifests: 'unknown',
    ociArtifactManifests: 'unknown',
    artifactsApi: 'unknown',
    orasArtifactsApi: 'unknown',
    orasDraftApi: 'unknown',
    artifactsSorted: 'unknown',
    nodesApi: 'unknown',
  })
})

test('what is known from before is kept, as a copy', () => {
  const known = { singlePost: 'unsupported' } as const
  const capabilities = capabilitiesOf(known)
  expect(capabilities).toEqual({ ...capabilitiesOf(), singlePost: 'unsupported' })
  capabilities.singlePost = 'supported'
  expect(known.singlePost).toBe('unsupported')
})

test('a repository takes back what another one found out, as JSON', async () => {
  const first = fakeRepository(() => empty(201))
  await pushBlob(first.repo, 'x')
  expect(first.repo.capabilities.singlePost).toBe('supported')
  const text = JSON.stringify(first.repo.capabilities)
  const second = fakeRepository(() => empty(201), { capabilities: JSON.parse(text) })
  expect(second.repo.capabilities).toEqual(first.repo.capabilities)
})
