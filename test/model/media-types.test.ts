import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  baseType,
  IMAGE_MANIFEST,
  isKnownManifestType,
  isMediaType,
  MANIFEST_TYPES,
} from '../../src/model/media-types.ts'

test.each([
  'application/json',
  'application/vnd.oci.image.manifest.v1+json',
  'text/spdx+json',
  'a/b',
  `${'a'.repeat(127)}/${'b'.repeat(127)}`,
  'application/x-$&^_.#!+-',
])('takes %s for a media type', (text) => {
  expect(isMediaType(text)).toBe(true)
})

test.each([
  '',
  'json',
  '/json',
  'application/',
  'application/json; charset=utf-8',
  'application/json ',
  'application/json\n',
  'application//json',
  'a/b/c',
  '*/*',
  '+a/b',
  'ä/b',
  `${'a'.repeat(128)}/b`,
  `a/${'b'.repeat(128)}`,
  undefined,
  7,
])('takes %j for no media type', (text) => {
  expect(isMediaType(text)).toBe(false)
})

test('a media type is always a legal header value that keeps its base', () => {
  const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,20}$/)
  fc.assert(
    fc.property(part, part, (type, subtype) => {
      const text = `${type}/${subtype}`
      expect(isMediaType(text)).toBe(true)
      const header = new Headers({ 'content-type': `${text}; charset=utf-8` })
      expect(baseType(header.get('content-type'))).toBe(text.toLowerCase())
    }),
  )
})

test.each([
  [IMAGE_MANIFEST, IMAGE_MANIFEST],
  [`${IMAGE_MANIFEST}; charset=utf-8`, IMAGE_MANIFEST],
  [` ${IMAGE_MANIFEST} ;charset=utf-8;x=y`, IMAGE_MANIFEST],
  ['Application/JSON', 'application/json'],
  ['', ''],
  [null, ''],
  [undefined, ''],
])('reads %j as the type %j', (header, type) => {
  expect(baseType(header)).toBe(type)
})

test('manifests are of these types, spelled as their specifications have them', () => {
  expect(MANIFEST_TYPES).toEqual([
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.oci.artifact.manifest.v1+json',
    'application/vnd.cncf.oras.artifact.manifest.v1+json',
    'application/vnd.oci.node.v1+json',
  ])
  expect(MANIFEST_TYPES.every(isKnownManifestType)).toBe(true)
  expect(isKnownManifestType('application/vnd.oci.image.config.v1+json')).toBe(false)
})
