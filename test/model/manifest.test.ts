import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  artifactTypeOf,
  encodeManifest,
  type ImageIndex,
  type ImageManifest,
  isIndexType,
  isManifestType,
  MANIFEST_LIMIT,
  type Manifest,
  parseManifest,
} from '../../src/model/manifest.ts'
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
} from '../../src/model/media-types.ts'
import { sha, utf8 } from './_bytes.ts'

const entry = { mediaType: 'text/plain', digest: sha('x'), size: 1 }
const image = { schemaVersion: 2, mediaType: IMAGE_MANIFEST, config: entry, layers: [entry] }
const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [entry] }

const parse = (value: unknown, type: string): Manifest =>
  parseManifest(utf8(JSON.stringify(value)), type)

const recorded = (name: string): Uint8Array =>
  readFileSync(new URL(`../vectors/recorded/${name}.json`, import.meta.url))

describe('manifests that real tools wrote', () => {
  const bundle = 'application/vnd.dev.sigstore.bundle.v0.3+json'
  const imageConfig = 'application/vnd.oci.image.config.v1+json'

  test.each([
    ['subject', imageConfig, false],
    ['cosign3-sig', imageConfig, false],
    ['cosign3-att', imageConfig, false],
    ['cosign3-sbom', imageConfig, false],
    ['cosign3-bundle-sign', bundle, true],
    ['cosign3-bundle-attest', bundle, true],
    ['notation1-signature', 'application/vnd.cncf.notary.signature', true],
    ['oras1-attach', 'application/vnd.x', true],
    ['regctl0-artifact', 'application/vnd.y', true],
    ['buildkit0-attestation', 'application/vnd.docker.attestation.manifest.v1+json', true],
  ])('%s is an image manifest of type %s', (name, type, referrer) => {
    const bytes = recorded(name)
    const manifest = parseManifest(bytes, IMAGE_MANIFEST)
    expect(manifest).toEqual(JSON.parse(Buffer.from(bytes).toString()))
    expect(artifactTypeOf(manifest)).toBe(type)
    expect(manifest.subject !== undefined).toBe(referrer)
    if (referrer && name !== 'buildkit0-attestation')
      expect(manifest.subject!.digest).toBe(sha(recorded('subject')))
  })

  test.each([
    ['docker-registry-referrers-tag', 5],
    ['olareg-referrers', 5],
    ['buildkit0-index', 4],
  ])('%s is an index of %d entries', (name, entries) => {
    const bytes = recorded(name)
    const manifest = parseManifest(bytes, IMAGE_INDEX) as ImageIndex
    expect(manifest).toEqual(JSON.parse(Buffer.from(bytes).toString()))
    expect(manifest.manifests).toHaveLength(entries)
    expect(artifactTypeOf(manifest)).toBeUndefined()
  })

  test('what one tool left out of the bytes is not put in', () => {
    const bytes = recorded('oras1-attach')
    expect(Buffer.from(encodeManifest(parseManifest(bytes, IMAGE_MANIFEST)))).toEqual(
      Buffer.from(bytes),
    )
  })
})

describe('parseManifest', () => {
  test('keeps unknown fields, wherever they are', () => {
    const more = { ...entry, 'x-entry': true }
    expect(parse({ ...image, 'x-top': [1], config: more, layers: [more] }, IMAGE_MANIFEST)).toEqual(
      {
        ...image,
        'x-top': [1],
        config: more,
        layers: [more],
      },
    )
    expect(parse({ ...index, 'x-top': null, manifests: [more] }, IMAGE_INDEX)).toEqual({
      ...index,
      'x-top': null,
      manifests: [more],
    })
  })

  test.each([
    [image, IMAGE_MANIFEST],
    [image, DOCKER_MANIFEST],
    [index, IMAGE_INDEX],
    [index, DOCKER_MANIFEST_LIST],
  ])('gives a manifest without mediaType the one it was served with', (value, type) => {
    expect(parse({ ...value, mediaType: undefined }, type).mediaType).toBe(type)
  })

  test('reads past parameters and case of a Content-Type', () => {
    expect(parse(image, `${IMAGE_MANIFEST}; charset=utf-8`).mediaType).toBe(IMAGE_MANIFEST)
    expect(parse(image, IMAGE_MANIFEST.toUpperCase()).mediaType).toBe(IMAGE_MANIFEST)
  })

  test.each([null, undefined])('takes %j for an empty list of manifests', (manifests) => {
    expect(parse({ ...index, manifests }, IMAGE_INDEX)).toEqual({ ...index, manifests: [] })
  })

  test.each(['annotations', 'artifactType', 'data', 'urls', 'platform', 'subject'])(
    'takes null for no "%s", in a manifest and in an entry',
    (field) => {
      const manifests = [{ ...entry, [field]: null }]
      const read = parse({ ...index, manifests, [field]: null }, IMAGE_INDEX)
      expect(read).toEqual(index)
      expect(Object.keys(read)).not.toContain(field)
    },
  )

  test('takes no layers and no manifests', () => {
    expect((parse({ ...image, layers: [] }, IMAGE_MANIFEST) as ImageManifest).layers).toEqual([])
    expect((parse({ ...index, manifests: [] }, IMAGE_INDEX) as ImageIndex).manifests).toEqual([])
  })

  test.each(['layers', 'config', 'blobs', 'objects'])(
    'refuses an index that also has %s (CVE-2021-41190)',
    (key) => {
      for (const value of [[], null, entry]) {
        expect(() => parse({ ...index, [key]: value }, IMAGE_INDEX)).toThrow(
          expect.objectContaining({
            code: 'INVALID_MANIFEST',
            path: `manifest.${key}`,
            message: expect.stringContaining('must be absent beside "manifests"'),
          }),
        )
      }
    },
  )

  test('refuses an image manifest that also has manifests (CVE-2021-41190)', () => {
    for (const type of [IMAGE_MANIFEST, DOCKER_MANIFEST]) {
      for (const manifests of [[], null]) {
        expect(() => parse({ ...image, mediaType: undefined, manifests }, type)).toThrow(
          expect.objectContaining({ code: 'INVALID_MANIFEST', path: 'manifest.manifests' }),
        )
      }
    }
  })

  test.each([
    [image, IMAGE_INDEX],
    [index, IMAGE_MANIFEST],
    [image, DOCKER_MANIFEST],
    [{ ...image, mediaType: null }, IMAGE_MANIFEST],
    [{ ...image, mediaType: 7 }, IMAGE_MANIFEST],
    [image, 'application/json'],
  ])('refuses a body of another type than announced', (value, type) => {
    expect(() => parse(value, type)).toThrow(
      expect.objectContaining({
        name: 'InvalidInputError',
        code: 'INVALID_MANIFEST',
        path: 'manifest.mediaType',
      }),
    )
  })

  test.each(['', 'text/html', 'application/vnd.docker.distribution.manifest.v1+prettyjws'])(
    'refuses the type "%s"',
    (type) => {
      expect(() => parse({ ...image, mediaType: undefined }, type)).toThrow(
        expect.objectContaining({ code: 'INVALID_MANIFEST', path: 'manifest.mediaType' }),
      )
    },
  )

  test.each([
    ['HTML', utf8('<!doctype html><p>Sign in')],
    ['nothing', utf8('')],
    ['cut JSON', utf8('{"schemaVersion":2,')],
    ['two JSON texts', utf8('{}{}')],
    ['Latin-1', Uint8Array.of(0x7b, 0x22, 0xfc, 0x22, 0x3a, 0x31, 0x7d)],
    ['UTF-16', new Uint8Array(Buffer.from(JSON.stringify(image), 'utf16le'))],
    ['very deep JSON that ends nowhere', utf8('['.repeat(200_000))],
  ])('refuses %s as no JSON', (_, bytes) => {
    expect(() => parseManifest(bytes, IMAGE_MANIFEST)).toThrow(
      expect.objectContaining({
        name: 'InvalidInputError',
        code: 'INVALID_MANIFEST',
        path: 'manifest',
        message: expect.stringMatching(/^"manifest" must be JSON in UTF-8, got .{0,400}$/s),
      }),
    )
  })

  test.each([[], null, 'x', 7, true])('refuses the JSON %j', (value) => {
    expect(() => parse(value, IMAGE_MANIFEST)).toThrow(
      expect.objectContaining({ code: 'INVALID_MANIFEST', path: 'manifest' }),
    )
  })

  test('does not give up with another error on very deep JSON', () => {
    const text = `{"x":${'['.repeat(200_000)}${']'.repeat(200_000)},${JSON.stringify(image).slice(1)}`
    let outcome: unknown
    try {
      outcome = parseManifest(utf8(text), IMAGE_MANIFEST)
    } catch (error) {
      outcome = error
    }
    expect(outcome).toSatisfy(
      (value) =>
        (value as Manifest).mediaType === IMAGE_MANIFEST ||
        (value as { code?: string }).code === 'INVALID_MANIFEST',
    )
  })

  test.each<[object, string, string, string]>([
    [{ schemaVersion: 1 }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.schemaVersion'],
    [{ schemaVersion: '2' }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.schemaVersion'],
    [{ schemaVersion: undefined }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.schemaVersion'],
    [{ config: undefined }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.config'],
    [{ config: null }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.config'],
    [
      { config: { ...entry, digest: 'x' } },
      IMAGE_MANIFEST,
      'INVALID_DIGEST',
      'manifest.config.digest',
    ],
    [{ layers: {} }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.layers'],
    [
      { layers: [entry, { ...entry, size: -1 }] },
      IMAGE_MANIFEST,
      'INVALID_MANIFEST',
      'manifest.layers[1].size',
    ],
    [{ subject: {} }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.subject.mediaType'],
    [
      { subject: { ...entry, digest: 'sha256:' } },
      IMAGE_MANIFEST,
      'INVALID_DIGEST',
      'manifest.subject.digest',
    ],
    [{ artifactType: 7 }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.artifactType'],
    [{ annotations: [] }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.annotations'],
    [{ annotations: { a: null } }, IMAGE_MANIFEST, 'INVALID_MANIFEST', 'manifest.annotations'],
    [{ schemaVersion: 1 }, IMAGE_INDEX, 'INVALID_MANIFEST', 'manifest.schemaVersion'],
    [{ manifests: {} }, IMAGE_INDEX, 'INVALID_MANIFEST', 'manifest.manifests'],
    [{ manifests: [entry, 7] }, IMAGE_INDEX, 'INVALID_MANIFEST', 'manifest.manifests[1]'],
    [
      { manifests: [{ ...entry, digest: 'x' }] },
      IMAGE_INDEX,
      'INVALID_DIGEST',
      'manifest.manifests[0].digest',
    ],
    [{ subject: 'x' }, IMAGE_INDEX, 'INVALID_MANIFEST', 'manifest.subject'],
    [{ annotations: { a: 1 } }, IMAGE_INDEX, 'INVALID_MANIFEST', 'manifest.annotations'],
  ])('refuses %j in %s as %s at %s', (change, type, code, path) => {
    const value = { ...(type === IMAGE_INDEX ? index : image), ...change }
    expect(() => parse(value, type)).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', code, path }),
    )
  })

  test('takes __proto__ for a key like any other', () => {
    const text = JSON.stringify({ ...image, annotations: { a: 'b' } })
      .replace('{"a"', '{"__proto__":"p","toString":"t","a"')
      .replace('{', '{"__proto__":{"polluted":true},')
    const manifest = parseManifest(utf8(text), IMAGE_MANIFEST)
    expect((manifest as unknown as Record<string, unknown>).polluted).toBeUndefined()
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(JSON.stringify(manifest.annotations)).toBe('{"__proto__":"p","toString":"t","a":"b"}')
  })

  test('gives annotations no prototype, wherever they are: absent keys are undefined', () => {
    const annotations = { a: 'b' }
    const annotated = { ...entry, annotations }
    const one = parse(
      { ...image, annotations, config: annotated, layers: [annotated], subject: annotated },
      IMAGE_MANIFEST,
    ) as ImageManifest
    const other = parse({ ...index, manifests: [annotated] }, IMAGE_INDEX) as ImageIndex
    for (const { annotations } of [
      one,
      one.config,
      one.layers[0]!,
      one.subject!,
      other.manifests[0]!,
    ]) {
      expect(annotations).toEqual({ a: 'b' })
      expect(annotations!.constructor).toBeUndefined()
      expect(annotations!.toString).toBeUndefined()
    }
  })
})

describe('encodeManifest', () => {
  test('writes the fields in the order they were given, in UTF-8', () => {
    const manifest = { ...image, annotations: { k: 'ü€😀' } } as unknown as ImageManifest
    const bytes = encodeManifest(manifest)
    expect(new TextDecoder().decode(bytes)).toBe(JSON.stringify(manifest))
    expect(bytes.byteLength).toBe(Buffer.byteLength(JSON.stringify(manifest)))
    expect(bytes.byteLength).toBe(JSON.stringify(manifest).length + 1 + 2 + 2)
  })

  test('writes what parseManifest reads back the same', () => {
    for (const value of [image, index]) {
      const manifest = parse(value, value.mediaType)
      expect(parseManifest(encodeManifest(manifest), value.mediaType)).toEqual(manifest)
    }
  })
})

test('tells the types of manifests apart', () => {
  for (const type of [IMAGE_MANIFEST, DOCKER_MANIFEST]) {
    expect([isManifestType(type), isIndexType(type)]).toEqual([true, false])
  }
  for (const type of [IMAGE_INDEX, DOCKER_MANIFEST_LIST]) {
    expect([isManifestType(type), isIndexType(type)]).toEqual([true, true])
  }
  expect([isManifestType('application/json'), isIndexType('application/json')]).toEqual([
    false,
    false,
  ])
})

test("falls back to the config's type for images, and to nothing for indexes", () => {
  const typed = parse({ ...image, artifactType: 'a/b' }, IMAGE_MANIFEST)
  expect(artifactTypeOf(typed)).toBe('a/b')
  expect(artifactTypeOf(parse(image, IMAGE_MANIFEST))).toBe('text/plain')
  expect(artifactTypeOf(parse({ ...image, artifactType: '' }, IMAGE_MANIFEST))).toBe('text/plain')
  expect(artifactTypeOf(parse(index, IMAGE_INDEX))).toBeUndefined()
  expect(artifactTypeOf(parse({ ...index, artifactType: 'a/b' }, IMAGE_INDEX))).toBe('a/b')
})

test('a manifest may have 4 MiB, as registries have to take (distribution-spec 1.1)', () => {
  expect(MANIFEST_LIMIT).toBe(4_194_304)
})
