import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../../src/errors.ts'
import { parseDescriptor } from '../../src/model/descriptor.ts'
import { artifactTypeOf } from '../../src/model/manifest.ts'
import { isExternal, parseNodeManifest } from '../../src/model/node-manifest.ts'
import { bytesOf, vector } from './_vectors.ts'

const { document } = vector('c-node-product')
const [object] = document.objects as Record<string, unknown>[]

const parse = (more: Record<string, unknown>) =>
  parseNodeManifest(bytesOf({ ...document, ...more }))

function pathOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof InvalidInputError) return `${error.code} ${error.path}`
    throw error
  }
  return 'no error'
}

describe('a node manifest', () => {
  test('keeps the order of its objects', () => {
    expect(parse({}).objects).toEqual(document.objects)
  })

  test('has no reference, whether that is absent, null or {}', () => {
    for (const reference of [undefined, null, {}]) {
      const node = parse({ reference })
      expect(Object.hasOwn(node, 'reference')).toBe(false)
    }
  })

  test('may have an empty list of objects and no description', () => {
    expect(parse({ objects: [], description: undefined }).objects).toEqual([])
    expect(parse({ objects: null }).objects).toEqual([])
  })

  test('may hold manifests among its objects', () => {
    const image = { ...object, mediaType: 'application/vnd.oci.image.manifest.v1+json' }
    expect(parse({ objects: [object, image] }).objects).toEqual([object, image])
  })

  test('may refer to another node', () => {
    const reference = { ...object, mediaType: 'application/vnd.oci.node.v1+json' }
    expect(parse({ reference }).reference).toEqual(reference)
  })

  test('has no artifact type', () => {
    expect(artifactTypeOf(parse({ artifactType: 'a/b' }))).toBeUndefined()
  })

  test('tells a reference that leaves the registry from one that does not', () => {
    const urls = ['https://example.com/parent']
    expect(isExternal(parse({ reference: { ...object, urls } }).reference!)).toBe(true)
    expect(isExternal(parseDescriptor({ ...object, urls: [] }))).toBe(false)
    expect(isExternal(parseDescriptor(object))).toBe(false)
  })

  test.each([
    ['schemaVersion 2', { schemaVersion: 2 }, 'schemaVersion'],
    ['schemaVersion as text', { schemaVersion: '3' }, 'schemaVersion'],
    ['no schemaVersion', { schemaVersion: undefined }, 'schemaVersion'],
    ['no media type', { mediaType: undefined }, 'mediaType'],
    ['the type of an index', { mediaType: 'application/vnd.oci.image.index.v1+json' }, 'mediaType'],
    ['a description that is no text', { description: ['a'] }, 'description'],
    ['no objects', { objects: undefined }, 'objects'],
    [
      'an object without a media type',
      { objects: [{ ...object, mediaType: '' }] },
      'objects[0].mediaType',
    ],
    [
      'a node among its objects',
      { objects: [object, { ...object, mediaType: 'application/vnd.oci.node.v1+json' }] },
      'objects[1].mediaType',
    ],
    ['two references', { reference: [object, object] }, 'reference'],
    ['a reference that is text', { reference: 'v1' }, 'reference'],
    ['a reference without a size', { reference: { ...object, size: undefined } }, 'reference.size'],
    ['layers', { layers: [] }, 'layers'],
    ['a config', { config: object }, 'config'],
    ['manifests', { manifests: [] }, 'manifests'],
    ['blobs', { blobs: [] }, 'blobs'],
  ])('is refused with %s', (_, more, path) => {
    expect(pathOf(() => parse(more))).toBe(`INVALID_MANIFEST manifest.${path}`)
  })
})
