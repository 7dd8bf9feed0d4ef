import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Digest } from '../../src/model/digest.ts'
import { checkTagType } from '../../src/model/digest-tag-type.ts'
import {
  digestTag,
  digestTagPrefix,
  isCut,
  objectTag,
  parseDigestTag,
  suffixTag,
} from '../../src/model/digest-tags.ts'
import { parseTag } from '../../src/model/reference.ts'
import { referrersTag } from '../../src/model/referrers-tag.ts'

const bytes = { sha256: 32, sha384: 48, sha512: 64 } as const
const digests = fc.constantFrom('sha256', 'sha384', 'sha512').chain((algorithm) => {
  const length = bytes[algorithm as keyof typeof bytes]
  const content = fc.uint8Array({ minLength: length, maxLength: length })
  return content.map((raw) => `${algorithm}:${Buffer.from(raw).toString('hex')}` as Digest)
})
const types = fc.stringMatching(/^[A-Za-z0-9._-]{1,39}$/)
const zeros = `sha256:${'0'.repeat(64)}` as Digest
const fours = `sha256:${'04'.repeat(32)}` as Digest

test("is the proposal's example", () => {
  expect(digestTag(zeros, fours, 'sbom')).toBe(
    'sha256-0000000000000000000000000000000000000000000000000000000000000000.0404040404040404.sbom',
  )
})

test("an artifact's tag is a tag, and taken apart it is what it was made of", () => {
  fc.assert(
    fc.property(digests, digests, types, (subject, artifact, type) => {
      const tag = digestTag(subject, artifact, type)
      expect(parseTag(tag)).toBe(tag)
      expect(tag).toHaveLength(89 + type.length)
      const [algorithm, hex] = subject.split(':')
      expect(parseDigestTag(tag)).toEqual({
        kind: 'artifact',
        tag,
        algorithm,
        hex: hex!.slice(0, 64),
        hash: artifact.slice(7, 23),
        type,
      })
      expect(tag.startsWith(digestTagPrefix(subject))).toBe(true)
    }),
  )
})

test("cosign's tag and the referrers tag are taken apart as such", () => {
  fc.assert(
    fc.property(digests, fc.stringMatching(/^[A-Za-z0-9_-]{1,39}$/), (subject, suffix) => {
      const tag = suffixTag(subject, suffix)
      expect(parseTag(tag)).toBe(tag)
      expect(parseDigestTag(tag)).toMatchObject({ kind: 'suffixed', suffix })
      const bare = referrersTag(subject)
      expect(parseDigestTag(bare)).toMatchObject({ kind: 'bare', hex: subject.slice(7, 71) })
    }),
  )
})

test('no two of the four spellings share a tag', () => {
  const tags = [
    referrersTag(zeros),
    suffixTag(zeros, 'sbom'),
    digestTag(zeros, fours, 'sbom'),
    objectTag(zeros),
  ]
  const kinds = ['bare', 'suffixed', 'artifact', 'object']
  expect(tags.map((tag) => parseDigestTag(tag)?.kind)).toEqual(kinds)
  expect(tags.map((tag) => tag.length)).toEqual([71, 76, 93, 78])
})

test("the tag of a node's object is a tag, and names the object", () => {
  fc.assert(
    fc.property(digests, (object) => {
      const tag = objectTag(object)
      const [algorithm, hex] = object.split(':')
      expect(parseTag(tag)).toBe(tag)
      expect(parseDigestTag(tag)).toEqual({
        kind: 'object',
        tag,
        algorithm,
        hex: hex!.slice(0, 64),
      })
    }),
  )
})

test('splits at the first two dots only', () => {
  const tag = digestTag(zeros, fours, 'my.type.v1')
  expect(parseDigestTag(tag)).toMatchObject({ hash: '0404040404040404', type: 'my.type.v1' })
})

const hex = '0'.repeat(64)
test.each([
  'v1',
  'latest',
  '',
  `sha256-${hex}0`,
  `sha256-${hex.slice(1)}`,
  `sha256-${hex.slice(1)}A`,
  `sha256:${hex}`,
  `md5-${hex}`,
  `xsha256-${hex}`,
  `object-sha256-${hex}.sig`,
  `object-sha256-${hex}.0404040404040404.sbom`,
  `object-object-sha256-${hex}`,
  `object-sha256-${hex}0`,
  `sha256-${hex}.`,
  `sha256-${hex}..sbom`,
  `sha256-${hex}.0404.`,
  `sha256-${hex}.sig.old`,
  `sha256-${hex}.04040404040404040.sbom`,
  `sha256-${hex}.0404040404040404.sb om`,
  `sha256-${hex}.0404040404040404.sbom\n`,
  `sha256-${hex}.0404040404040404.${'x'.repeat(40)}`,
])('takes %j for no digest tag', (tag) => {
  expect(parseDigestTag(tag)).toBeUndefined()
})

test('takes any text, and never throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = parseDigestTag(text)
      if (found) expect(found.tag).toBe(text)
    }),
  )
})

test.each(['', 'x'.repeat(40), 'a b', 'a+b', 'é', 'a/b', 7 as never])(
  'refuses %j for a type, and names the field',
  (type) => {
    const refusal = { code: 'INVALID_INPUT', path: 'type', input: type }
    expect(() => digestTag(zeros, fours, type)).toThrow(expect.objectContaining(refusal))
    expect(() => checkTagType(type, 'options.type')).toThrow(
      expect.objectContaining({ path: 'options.type' }),
    )
  },
)

test('refuses a suffix with dots, which would read as something else', () => {
  expect(() => suffixTag(zeros, '0404.sbom')).toThrow(expect.objectContaining({ path: 'suffix' }))
})

test('knows whose digest does not fit', () => {
  expect(isCut(zeros)).toBe(false)
  expect(isCut(`sha384:${'0'.repeat(96)}` as Digest)).toBe(true)
  expect(isCut(`sha512:${'0'.repeat(128)}` as Digest)).toBe(true)
})
