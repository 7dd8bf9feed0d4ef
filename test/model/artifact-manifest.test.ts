import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../../src/errors.ts'
import { parseAnyManifest } from '../../src/model/any-manifest.ts'
import { parseArtifactManifest } from '../../src/model/artifact-manifest.ts'
import { artifactTypeOf, parseManifest } from '../../src/model/manifest.ts'
import { ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST } from '../../src/model/media-types.ts'
import { bytesOf, vector } from './_vectors.ts'

const { document } = vector('a-artifact-manifest')
const [blob] = document.blobs as Record<string, unknown>[]

const parse = (more: Record<string, unknown>, type: typeof ARTIFACT_MANIFEST = ARTIFACT_MANIFEST) =>
  parseArtifactManifest(bytesOf({ ...document, ...more }), type)

function pathOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof InvalidInputError) return `${error.code} ${error.path}`
    throw error
  }
  return 'no error'
}

describe('an artifact manifest', () => {
  test('is read under both of its media types, each told apart from the other', () => {
    expect(parse({}).mediaType).toBe(ARTIFACT_MANIFEST)
    const oras = { ...document, mediaType: ORAS_ARTIFACT_MANIFEST }
    expect(parseAnyManifest(bytesOf(oras), `${ORAS_ARTIFACT_MANIFEST}; charset=utf-8`)).toEqual(
      oras,
    )
    expect(pathOf(() => parseAnyManifest(bytesOf(oras), ARTIFACT_MANIFEST))).toBe(
      'INVALID_MANIFEST manifest.mediaType',
    )
  })

  test('may have no blobs, however that is spelled, no subject and no annotations', () => {
    const bare = { mediaType: ARTIFACT_MANIFEST, artifactType: 'sbom/example' }
    for (const blobs of [undefined, null, []]) {
      const bytes = bytesOf({ ...bare, blobs })
      expect(parseArtifactManifest(bytes, ARTIFACT_MANIFEST)).toEqual({ ...bare, blobs: [] })
    }
  })

  test('may lack a type, as in the release candidates, and is then listed without one', () => {
    expect(artifactTypeOf(parse({}))).toBe('signature/example')
    expect(artifactTypeOf(parse({ artifactType: undefined }))).toBeUndefined()
  })

  test('keeps fields that are not known, also one called schemaVersion', () => {
    expect(parse({ schemaVersion: 3, 'x-more': [1] })).toMatchObject({ 'x-more': [1] })
  })

  test.each([
    ['no media type', { mediaType: undefined }, 'mediaType'],
    [
      'the type of an image',
      { mediaType: 'application/vnd.oci.image.manifest.v1+json' },
      'mediaType',
    ],
    ['an artifactType that is no text', { artifactType: 1 }, 'artifactType'],
    ['blobs that are no list', { blobs: {} }, 'blobs'],
    ['a blob without a size', { blobs: [{ ...blob, size: undefined }] }, 'blobs[0].size'],
    [
      'a blob that is an image',
      { blobs: [{ ...blob, mediaType: 'application/vnd.oci.image.manifest.v1+json' }] },
      'blobs[0].mediaType',
    ],
    [
      'a blob that is a node',
      { blobs: [blob, { ...blob, mediaType: 'application/vnd.oci.node.v1+json' }] },
      'blobs[1].mediaType',
    ],
    [
      'a blob with an artifactType',
      { blobs: [{ ...blob, artifactType: 'a/b' }] },
      'blobs[0].artifactType',
    ],
    ['a subject that is a list', { subject: [] }, 'subject'],
    ['annotations that are no texts', { annotations: { a: 1 } }, 'annotations'],
    ['layers', { layers: [] }, 'layers'],
    ['a config', { config: blob }, 'config'],
    ['manifests', { manifests: [] }, 'manifests'],
    ['objects', { objects: [] }, 'objects'],
  ])('is refused with %s', (_, more, path) => {
    expect(pathOf(() => parse(more))).toBe(`INVALID_MANIFEST manifest.${path}`)
  })

  test('is refused with a subject of no digest', () => {
    const subject = { ...(document.subject as object), digest: 'sha256:abc' }
    expect(pathOf(() => parse({ subject }))).toBe('INVALID_DIGEST manifest.subject.digest')
  })

  test('is no image manifest to those who read only these', () => {
    expect(pathOf(() => parseManifest(bytesOf(document), ARTIFACT_MANIFEST))).toBe(
      'INVALID_MANIFEST manifest.mediaType',
    )
  })
})
