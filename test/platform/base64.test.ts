import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from '../../src/platform/base64.ts'

describe('base64', () => {
  test('writes what Buffer writes, and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64'))
        expect(decodeBase64(text)).toEqual(Uint8Array.from(bytes))
      }),
    )
  })

  test('writes more than one call can have arguments', () => {
    const bytes = new Uint8Array(1_000_000).map((_, i) => i % 251)
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
  })

  test('reads the URL-safe alphabet only where it is asked to', () => {
    const bytes = Uint8Array.of(0xfb, 0xff, 0xfe)
    expect(decodeBase64('+//+')).toEqual(bytes)
    expect(decodeBase64('-__-')).toBeUndefined()
    expect(decodeBase64('-__-', 'either')).toEqual(bytes)
    expect(decodeBase64('+//+', 'either')).toEqual(bytes)
  })

  test('gives nothing for what is no base64', () => {
    expect(decodeBase64('{}')).toBeUndefined()
    expect(decodeBase64('a')).toBeUndefined()
    expect(decodeBase64('')).toEqual(new Uint8Array())
  })
})
