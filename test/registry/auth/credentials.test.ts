import fc from 'fast-check'
import { expect, test } from 'vitest'
import { basic } from '../../../src/registry/auth/credentials.ts'

test.each([
  // RFC 7617, sections 2 and 2.1.
  ['Aladdin', 'open sesame', 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
  ['test', '123£', 'Basic dGVzdDoxMjPCow=='],
  ['', '', 'Basic Og=='],
])('writes Basic credentials of %s in UTF-8', (username, password, value) => {
  expect(basic({ username, password })).toBe(value)
})

test('writes any user name and password as a legal header', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(text, text, (username, password) => {
      const value = basic({ username, password })
      expect(new Headers({ authorization: value }).get('authorization')).toBe(value)
      expect(Buffer.from(value.slice(6), 'base64').toString()).toBe(`${username}:${password}`)
    }),
  )
})
