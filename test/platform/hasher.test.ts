import { afterEach, expect, test, vi } from 'vitest'
import * as node from '../../src/node/hasher.ts'
import { createHasher, hash } from '../../src/platform/hasher.ts'
import { toHex } from '../../src/platform/hex.ts'
import { utf8 } from '../model/_bytes.ts'

afterEach(() => vi.unstubAllGlobals())

const algorithms = ['sha256', 'sha384', 'sha512'] as const

test.each(algorithms)('hashes by WebCrypto what node:crypto hashes: %s', async (algorithm) => {
  const digest = vi.spyOn(globalThis.crypto.subtle, 'digest')
  const found = await hash(algorithm, utf8('abc'))
  expect(found).toBe(await node.hash(algorithm, utf8('abc')))
  expect(digest).toHaveBeenCalledOnce()
  digest.mockRestore()
})

test.each(algorithms)('hashes %s on pages that have no WebCrypto', async (algorithm) => {
  const wanted = await node.hash(algorithm, utf8('abc'))
  for (const crypto of [undefined, {}]) {
    vi.stubGlobal('crypto', crypto)
    expect(await hash(algorithm, utf8('abc'))).toBe(wanted)
  }
})

test.each(algorithms)('hashes %s piece by piece', async (algorithm) => {
  const hasher = await createHasher(algorithm)
  const other = await createHasher(algorithm)
  other.update(utf8('something else'))
  for (const text of ['a', '', 'bc']) hasher.update(utf8(text))
  const wanted = await node.hash(algorithm, utf8('abc'))
  expect(await hasher.digest()).toBe(wanted)
})

test('writes hex in an engine that has no method for it, and in one that has', () => {
  const bytes = Uint8Array.of(0, 1, 15, 16, 171, 255)
  // Both in any engine: a method of the array's own stands above that of its kind.
  expect(toHex(Object.assign(bytes.slice(), { toHex: () => 'own' }))).toBe('own')
  expect(toHex(Object.assign(bytes, { toHex: undefined }) as never)).toBe('00010f10abff')
})
