import { expect, test } from 'vitest'
import { createRecentBytes } from '../../src/platform/recent-bytes.ts'

const manifest = (size: number) => ({ bytes: new Uint8Array(size), headers: [] })

test('keeps what was used last, within its bytes', () => {
  const cache = createRecentBytes<ReturnType<typeof manifest>>(10_000)
  for (const name of ['a', 'b', 'c']) cache.set(name, manifest(2000))
  cache.get('a')
  cache.set('d', manifest(2000))
  expect(['a', 'b', 'c', 'd'].filter((name) => cache.get(name))).toEqual(['a', 'c', 'd'])
})

test('does not keep what is larger than all, nor counts twice what is set twice', () => {
  const cache = createRecentBytes<ReturnType<typeof manifest>>(10_000)
  cache.set('large', manifest(10_000))
  expect(cache.get('large')).toBeUndefined()
  for (let i = 0; i < 10; i++) cache.set('same', manifest(5000))
  cache.set('other', manifest(2000))
  expect([cache.get('same'), cache.get('other')]).toEqual([manifest(5000), manifest(2000)])
})

test('counts keys too, which come from outside', () => {
  const cache = createRecentBytes<ReturnType<typeof manifest>>(10_000)
  for (const name of ['a', 'b', 'c']) cache.set(name.repeat(2000), manifest(0))
  expect(cache.get('a'.repeat(2000))).toBeUndefined()
  expect(cache.get('c'.repeat(2000))).toBeDefined()
})
