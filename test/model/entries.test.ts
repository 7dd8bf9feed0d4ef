import { expect, test } from 'vitest'
import { InvalidInputError } from '../../src/errors.ts'
import { MAX_UNREADABLE, parseEntries, splitEntries } from '../../src/model/entries.ts'
import { DOCKER_MANIFEST_LIST, IMAGE_INDEX, IMAGE_MANIFEST } from '../../src/model/media-types.ts'
import { sha, thrownBy, utf8 } from './_bytes.ts'

const entry = { mediaType: IMAGE_MANIFEST, digest: sha('x'), size: 1 }
const read = (value: unknown, mediaType?: string) =>
  parseEntries(utf8(JSON.stringify(value)), mediaType)

test('one entry that is no descriptor costs itself, and is given as it stands', () => {
  const { entries, unreadable } = read({ manifests: [entry, { size: 1 }, entry] })!
  expect(entries).toEqual([entry, entry])
  expect(unreadable).toHaveLength(1)
  expect(unreadable[0]?.value).toEqual({ size: 1 })
  expect(unreadable[0]?.error).toMatchObject({
    code: 'INVALID_MANIFEST',
    path: 'manifests[1].mediaType',
  })
})

test('a list is that of the type it is read as', () => {
  const list = { mediaType: DOCKER_MANIFEST_LIST, manifests: [entry] }
  expect(read(list, DOCKER_MANIFEST_LIST)?.entries).toEqual([entry])
  expect(() => read(list)).toThrow(`"manifest.mediaType" must be ${IMAGE_INDEX}`)
})

test.each([
  { manifests: null },
  { manifests: [] },
  { schemaVersion: 2 },
  { schemaVersion: 2, manifests: null },
])('%j lists nothing', (value) => {
  expect(read(value)).toEqual({ entries: [], unreadable: [] })
})

test.each([{}, { errors: [] }, { schemaVersion: 1 }, { schemaVersion: '2' }])(
  '%j has no list',
  (value) => {
    expect(read(value)).toBeUndefined()
  },
)

test.each(['layers', 'config', 'blobs', 'objects'])('"%s" beside a list is refused', (field) => {
  const both = { manifests: [entry], [field]: [] }
  expect(() => read(both)).toThrow(`"manifest.${field}" must be absent beside "manifests"`)
})

test.each([7, 'x', {}, true])('%j is no list', async (manifests) => {
  const error = await thrownBy(() => read({ manifests }))
  expect(error).toBeInstanceOf(InvalidInputError)
  expect(error).toMatchObject({ code: 'INVALID_MANIFEST', path: 'manifest.manifests' })
  expect((error as Error).message).toContain('must be a list')
})

test('a list under another name says that name', () => {
  expect(() => splitEntries(7, 'references')).toThrow('"manifest.references" must be a list')
  const [first] = splitEntries([7], 'references').unreadable
  expect(first?.error).toMatchObject({ path: 'references[0]' })
})

test('what has more unreadable entries than 1000 is no list of manifests', () => {
  const most = Array(MAX_UNREADABLE).fill(0)
  expect(splitEntries([...most, entry], 'manifests')).toMatchObject({ entries: [entry] })
  expect(() => splitEntries([...most, 0], 'manifests')).toThrow(
    '"manifest.manifests" must be a list, of which at most 1000 entries cannot be read',
  )
})

test('no list, or an empty one, beside errors is the body of an error', () => {
  const errors = [{ code: 'DENIED' }]
  for (const body of [{ manifests: null }, { manifests: [] }, { schemaVersion: 2 }]) {
    expect(read({ ...body, errors })).toBeUndefined()
    expect(read({ ...body, errors: [] })?.entries).toEqual([])
  }
  expect(read({ manifests: [entry], errors })?.entries).toEqual([entry])
})

test.each([
  { errors: 'busy' },
  { errors: { code: 'UNKNOWN' } },
  { error: 'busy' },
  { error: { code: 500 } },
  { message: 'Not Found' },
])('nor is one beside what gateways write: %j', (more) => {
  for (const body of [{ manifests: null }, { manifests: [] }, { schemaVersion: 2 }]) {
    expect(read({ ...body, ...more })).toBeUndefined()
  }
  expect(read({ manifests: [entry], ...more })?.entries).toEqual([entry])
})
