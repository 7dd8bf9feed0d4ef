import { expect, test } from 'vitest'
import { indexEntries } from '../../src/model/index-entries.ts'
import { DOCKER_MANIFEST_LIST, IMAGE_MANIFEST } from '../../src/model/media-types.ts'
import { sha, utf8 } from './_bytes.ts'

const entry = { mediaType: IMAGE_MANIFEST, digest: sha('x'), size: 1 }
const read = (value: unknown, mediaType?: string) =>
  indexEntries(utf8(JSON.stringify(value)), mediaType)

test('gives the entries of an index, and what is none', () => {
  const { entries, unreadable } = read({ schemaVersion: 2, manifests: [entry, 7] })
  expect(entries).toEqual([entry])
  expect(unreadable.map(({ value }) => value)).toEqual([7])
  expect(read({ manifests: [entry] }, DOCKER_MANIFEST_LIST).entries).toEqual([entry])
})

test.each([{ manifests: null }, { manifests: [] }, { schemaVersion: 2 }])(
  '%j lists nothing',
  (value) => {
    expect(read(value)).toEqual({ entries: [], unreadable: [] })
  },
)

test.each([{}, { errors: [] }, { schemaVersion: 1 }])('%j is no index', (value) => {
  expect(() => read(value)).toThrow(
    '"manifest.manifests" must be a list, as indexes have it, got undefined',
  )
})
