import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isDigest } from '../../src/model/digest.ts'
import { parseTag } from '../../src/model/reference.ts'
import { referrersTag } from '../../src/model/referrers-tag.ts'
import vectors from '../vectors/referrers-tag.json' with { type: 'json' }
import { sha } from './_bytes.ts'

test.each(vectors.vectors)("is the specification's example $tag", ({ digest, tag }) => {
  expect(referrersTag(digest)).toBe(tag)
})

test('has all three examples of the specification', () => {
  expect(vectors.vectors).toHaveLength(3)
})

test.each(['sha256', 'sha384', 'sha512'])('keeps %s apart, whole or cut', (algorithm) => {
  const digest = sha('x', algorithm)
  expect(isDigest(digest)).toBe(true)
  expect(referrersTag(digest)).toBe(digest.replace(':', '-').slice(0, 71))
})

test('is a tag, for every digest that the image-spec can spell', () => {
  const algorithm = fc.stringMatching(/^[a-z0-9]+([+._-][a-z0-9]+)*$/)
  const encoded = fc.stringMatching(/^[a-zA-Z0-9=_-]+$/)
  fc.assert(
    fc.property(algorithm, encoded, (algorithm, encoded) => {
      const tag = referrersTag(`${algorithm}:${encoded}`)
      expect(parseTag(tag)).toBe(tag)
      expect(tag).toHaveLength(Math.min(32, algorithm.length) + 1 + Math.min(64, encoded.length))
    }),
  )
})

test('replaces each character that a tag may not hold by one hyphen', () => {
  expect(referrersTag('a+b:c=d=')).toBe('a-b-c-d-')
  expect(referrersTag('a.b_c-d:E_f-9')).toBe('a.b_c-d-E_f-9')
})
