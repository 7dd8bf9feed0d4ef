import { describe, expect, test } from 'vitest'
import { parseAnyManifest } from '../../src/model/any-manifest.ts'
import { parseDescriptor } from '../../src/model/descriptor.ts'
import { encodeManifest } from '../../src/model/manifest.ts'
import { referenceOf } from '../../src/model/reference-field.ts'
import { bytesOf, vector, vectors } from './_vectors.ts'

const of = (...kinds: string[]) => vectors.filter(({ is }) => kinds.includes(is))

test('has the examples of proposals A to F, each with its source', () => {
  expect(vectors).toHaveLength(25)
  for (const { source, changed } of vectors) {
    expect(source).toContain('docs/proposals/PROPOSAL_')
    expect(changed).not.toBe('')
  }
})

describe('the manifests of the proposals’ examples', () => {
  test.each(of('manifest'))('$name is read, and encoded again', ({ document }) => {
    const bytes = bytesOf(document)
    const manifest = parseAnyManifest(bytes, String(document.mediaType))
    const { reference, ...rest } = document
    const expected = reference && Object.keys(reference).length === 0 ? rest : document
    expect(manifest).toEqual(expected)
    const again = encodeManifest(manifest)
    expect(JSON.parse(new TextDecoder().decode(again))).toEqual(expected)
    expect(parseAnyManifest(again, String(document.mediaType))).toEqual(manifest)
  })

  test('are encoded in the order of their fields, byte for byte', () => {
    for (const name of ['a-artifact-manifest', 'c-node-product']) {
      const { document } = vector(name)
      const bytes = bytesOf(document)
      expect(encodeManifest(parseAnyManifest(bytes, String(document.mediaType)))).toEqual(bytes)
    }
  })
})

describe('the descriptors of the proposals’ examples', () => {
  test.each(of('descriptor'))('$name is read', ({ document }) => {
    expect(parseDescriptor(document)).toEqual(document)
  })

  test.each(of('referrers', 'references', 'objects'))('$name lists descriptors', ({ document }) => {
    const list = document.referrers ?? document.manifests ?? document.objects
    for (const entry of list as unknown[]) expect(parseDescriptor(entry)).toEqual(entry)
  })

  test('b-descriptor refers to a manifest', () => {
    const { document } = vector('b-descriptor')
    expect(referenceOf(document)).toEqual(document.reference)
  })
})
