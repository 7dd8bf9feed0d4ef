import { expect, test } from 'vitest'
import { referrersIndex } from '../../src/box/referrers-index.ts'
import type { Digest } from '../../src/model/digest.ts'
import { IMAGE, INDEX } from './_layout.ts'

const entry = (letter: string) => ({
  mediaType: IMAGE,
  digest: `sha256:${letter.repeat(64)}` as Digest,
  size: 1,
})
const index = (...manifests: object[]) =>
  Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }))
const there = () => true
const text = (bytes: Uint8Array | undefined) => bytes && JSON.parse(String(Buffer.from(bytes)))

test('lists what is attached', () => {
  const made = referrersIndex({ listed: [entry('a'), entry('b')], isThere: there })
  expect(text(made?.bytes)).toEqual({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [entry('a'), entry('b')],
  })
  expect(made?.isEmpty).toBe(false)
})

test('keeps entries as others wrote them, and adds what is missing', () => {
  const own = { ...entry('b'), annotations: { by: 'regctl' } }
  const made = referrersIndex({
    listed: [entry('a'), entry('b')],
    before: index(own),
    isThere: there,
  })
  expect(text(made?.bytes).manifests).toEqual([own, entry('a')])
})

test('changes nothing where nothing is missing', () => {
  const before = index(entry('b'), entry('a'))
  expect(referrersIndex({ listed: [entry('a')], before, isThere: there })).toBeUndefined()
})

test('drops entries of manifests that are gone, and says when none is left', () => {
  const before = index(entry('a'))
  expect(referrersIndex({ listed: [], before, isThere: () => false })).toMatchObject({
    isEmpty: true,
  })
})

test('leaves alone what is no index, and makes none that clients cannot read', () => {
  for (const before of ['', '{}', 'x', '[]'].map((content) => Buffer.from(content))) {
    expect(referrersIndex({ listed: [entry('a')], before, isThere: there })).toBeUndefined()
  }
  const large = Array.from({ length: 40_000 }, (_, at) => ({
    ...entry('a'),
    digest: `sha256:${String(at).padStart(64, '0')}` as Digest,
  }))
  expect(referrersIndex({ listed: large, isThere: there })).toBeUndefined()
})
