import { expect, test } from 'vitest'
import {
  blobPath,
  manifestPath,
  referrersPath,
  tagsPath,
  uploadsPath,
} from '../../src/registry/endpoints.ts'
import { sha } from './_registry.ts'

const digest = sha('x')

test('every path is the one of the distribution-spec', () => {
  expect(manifestPath('team/app', 'v1')).toBe('/v2/team/app/manifests/v1')
  expect(manifestPath('team/app', digest)).toBe(`/v2/team/app/manifests/${digest}`)
  expect(blobPath('team/app', digest)).toBe(`/v2/team/app/blobs/${digest}`)
  expect(uploadsPath('team/app')).toBe('/v2/team/app/blobs/uploads/')
  expect(tagsPath('team/app')).toBe('/v2/team/app/tags/list')
  expect(referrersPath('team/app', digest)).toBe(`/v2/team/app/referrers/${digest}`)
})

test.each([
  [uploadsPath('a', { mount: digest, from: 'b/c' }), { mount: digest, from: 'b/c' }],
  [tagsPath('a', { n: '5', last: 'x&n=1' }), { n: '5', last: 'x&n=1' }],
  [referrersPath('a', digest, 'a/b+c; d=e&f'), { artifactType: 'a/b+c; d=e&f' }],
])('queries say what they were given: %s', (path, query) => {
  const { searchParams } = new URL(path, 'https://r.test')
  expect(Object.fromEntries(searchParams)).toEqual(query)
})
