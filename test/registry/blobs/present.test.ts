import { expect, test } from 'vitest'
import { forgetPresent, isPresent, markPresent } from '../../../src/registry/blobs/present.ts'
import { pushBlob } from '../../../src/registry/blobs/push.ts'
import { repository } from '../../../src/registry/repository.ts'
import { empty, fakeRepository, sha } from '../_registry.ts'

test('a blob that was seen is not sent again, until it is forgotten', async () => {
  const { repo, calls } = fakeRepository(() => empty(201))
  const push = () => pushBlob(repo, '{}', { expectPresent: true })
  const { digest } = await push()
  await push()
  expect(calls).toHaveLength(1)
  forgetPresent(repo, digest)
  await push()
  expect(calls).toHaveLength(2)
})

test('a thousand are remembered, and the oldest forgotten first', () => {
  const repo = repository('r.test/app')
  const digests = Array.from({ length: 1001 }, (_, i) => sha(`${i}`) as never)
  for (const digest of digests.slice(0, 1000)) markPresent(repo, digest)
  markPresent(repo, digests[0]!)
  markPresent(repo, digests[1000]!)
  expect(isPresent(repo, digests[0]!)).toBe(true)
  expect(isPresent(repo, digests[1]!)).toBe(false)
  expect(isPresent(repo, digests[1000]!)).toBe(true)
})
