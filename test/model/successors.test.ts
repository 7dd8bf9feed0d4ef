import { expect, test } from 'vitest'
import {
  type Descriptor,
  type Digest,
  type Manifest,
  parseAnyManifest,
  successors,
} from '../../src/index.ts'
import { bytesOf, vectors } from './_vectors.ts'

const named = (digit: string, mediaType = 'application/octet-stream') => ({
  mediaType,
  digest: `sha256:${digit.repeat(64)}` as Digest,
  size: 1,
})
const [one, two, three, four] = [named('1'), named('2'), named('3'), named('4')]
const roles = (manifest: Manifest) =>
  successors(manifest).map(({ role, descriptor }) => [role, descriptor.digest[7]])

test('names the config, layers, subject and reference of an image manifest', () => {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const image = { schemaVersion: 2, mediaType, config: one, layers: [two, two] } as const
  expect(roles({ ...image, subject: three, reference: four })).toEqual([
    ['config', '1'],
    ['layer', '2'],
    ['layer', '2'],
    ['subject', '3'],
    ['reference', '4'],
  ])
  expect(roles({ ...image, reference: null })).toHaveLength(3)
})

test('names the manifests of an index, Docker’s too', () => {
  const mediaType = 'application/vnd.docker.distribution.manifest.list.v2+json'
  expect(roles({ schemaVersion: 2, mediaType, manifests: [one, two], subject: three })).toEqual([
    ['manifest', '1'],
    ['manifest', '2'],
    ['subject', '3'],
  ])
})

test('names the blobs of an artifact manifest and the objects of a node', () => {
  const artifact = 'application/vnd.oci.artifact.manifest.v1+json'
  const type = 'application/spdx+json'
  expect(roles({ mediaType: artifact, artifactType: type, blobs: [one], subject: two })).toEqual([
    ['blob', '1'],
    ['subject', '2'],
  ])
  const node = 'application/vnd.oci.node.v1+json'
  expect(roles({ schemaVersion: 3, mediaType: node, objects: [one], reference: two })).toEqual([
    ['object', '1'],
    ['reference', '2'],
  ])
})

test('refuses a reference that is no descriptor', () => {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const index = { schemaVersion: 2, mediaType, manifests: [], reference: { digest: 'x' } } as const
  expect(() => successors(index)).toThrow('manifest.reference')
})

// Whatever the proposals write down, each descriptor with a digest in it is found.
test.each(vectors.filter(({ is }) => is === 'manifest'))(
  'names all that $name names',
  ({ document }) => {
    const fields = Object.entries(document).flatMap(([key, field]) =>
      key === 'annotations' ? [] : field,
    )
    const digests = fields.flatMap((field) => (field as Partial<Descriptor> | null)?.digest ?? [])
    const manifest = parseAnyManifest(bytesOf(document), document.mediaType as string)
    const found = successors(manifest).map(({ descriptor }) => descriptor.digest)
    expect(found.sort()).toEqual(digests.sort())
  },
)
