import { describe, expect, test } from 'vitest'
import { type ImageIndex, type ImageManifest, parseManifest } from '../../src/model/manifest.ts'
import { IMAGE_INDEX, IMAGE_MANIFEST } from '../../src/model/media-types.ts'
import { type Referring, referenceOf } from '../../src/model/reference-field.ts'
import { bytesOf, vector } from './_vectors.ts'

const entry = vector('b-descriptor').document
const reference = entry.reference as Referring<ImageManifest>['reference']
const image = { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config: reference, layers: [] }

describe('the reference field', () => {
  test('is read from an image manifest, an index, and an entry of an index', () => {
    const manifest = parseManifest(bytesOf({ ...image, reference }), IMAGE_MANIFEST)
    expect(referenceOf(manifest)).toEqual(reference)
    const index = parseManifest(
      bytesOf({ schemaVersion: 2, manifests: [entry], reference }),
      IMAGE_INDEX,
    ) as ImageIndex
    expect(referenceOf(index)).toEqual(reference)
    expect(referenceOf(index.manifests[0]!)).toEqual(reference)
  })

  test('is none where it is absent or null', () => {
    expect(referenceOf(parseManifest(bytesOf(image), IMAGE_MANIFEST))).toBeUndefined()
    expect(referenceOf({ reference: null })).toBeUndefined()
  })

  test('may hold anything in documents of others, and is refused only when asked for', () => {
    for (const foreign of ['v1', 1, [], {}, { ...reference, digest: 'x' }]) {
      const bytes = bytesOf({ ...image, reference: foreign })
      const manifest = parseManifest(bytes, IMAGE_MANIFEST)
      expect(() => referenceOf(manifest)).toThrow('manifest.reference')
    }
  })
})
