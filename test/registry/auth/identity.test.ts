import { describe, expect, test } from 'vitest'
import { identityOf } from '../../../src/registry/auth/identity.ts'

const fetch = async () => new Response()

describe('identityOf', () => {
  test.each([{ username: 'me', password: 'x' }, { identityToken: 'x' }, { registryToken: 'x' }])(
    'is one for equal credentials: %j',
    (credentials) => {
      const first = identityOf(fetch, { ...credentials })
      expect(identityOf(fetch, { ...credentials })).toBe(first)
      const turned = Object.fromEntries(Object.entries(credentials).reverse())
      expect(identityOf(fetch, turned as typeof credentials)).toBe(first)
    },
  )

  test('is one for anonymous access, and for one function', () => {
    expect(identityOf(fetch, undefined)).toBe(identityOf(fetch, undefined))
    const source = async () => undefined
    expect(identityOf(fetch, source)).toBe(identityOf(fetch, source))
  })

  test('is another for other credentials', () => {
    const all = [
      undefined,
      { username: 'me', password: 'x' },
      { username: 'me', password: 'y' },
      { username: 'you', password: 'x' },
      { identityToken: 'x' },
      { registryToken: 'x' },
      async () => undefined,
      async () => undefined,
    ]
    const identities = all.map((credentials) => identityOf(fetch, credentials))
    expect(new Set(identities).size).toBe(all.length)
  })

  test('is another for another fetch', () => {
    const other = async () => new Response()
    expect(identityOf(other, undefined)).not.toBe(identityOf(fetch, undefined))
    const credentials = { registryToken: 'x' }
    expect(identityOf(other, credentials)).not.toBe(identityOf(fetch, credentials))
  })

  test('forgets the oldest of many, and keeps the newest', () => {
    const own = async () => new Response()
    const first = identityOf(own, { registryToken: '0' })
    const held = [first]
    for (let i = 1; i <= 256; i++) held.push(identityOf(own, { registryToken: `${i}` }))
    expect(identityOf(own, { registryToken: '256' })).toBe(held[256])
    expect(identityOf(own, { registryToken: '0' })).not.toBe(first)
  })

  test('works without WeakRef', () => {
    const own = globalThis.WeakRef
    try {
      delete (globalThis as { WeakRef?: unknown }).WeakRef
      const send = async () => new Response()
      const first = identityOf(send, { registryToken: 'x' })
      expect(identityOf(send, { registryToken: 'x' })).toBe(first)
    } finally {
      globalThis.WeakRef = own
    }
  })
})
