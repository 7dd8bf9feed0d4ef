import { describe, expect, test } from 'vitest'
import { type Descriptor, EMPTY, EMPTY_BYTES, parseDescriptor } from '../../src/model/descriptor.ts'
import { descriptorOf } from '../../src/model/descriptor-of.ts'
import { sha, utf8 } from './_bytes.ts'

const plain = { mediaType: 'text/plain', digest: sha('x'), size: 1 }

describe('parseDescriptor', () => {
  test('gives the value itself back, unknown fields and their order kept', () => {
    const value = {
      'x-unknown': { deep: [1] },
      size: 1,
      digest: plain.digest,
      mediaType: 'text/plain',
      platform: { os: 'linux', architecture: 'arm64', 'os.features': ['x'] },
      annotations: { b: '', a: 'ü' },
      urls: ['https://example.com/x'],
      data: 'eA==',
      artifactType: 'text/x',
    }
    const text = JSON.stringify(value)
    expect(parseDescriptor(value)).toBe(value)
    expect(JSON.stringify(value)).toBe(text)
  })

  test.each([0, 1, Number.MAX_SAFE_INTEGER])('takes the size %d', (size) => {
    expect(parseDescriptor({ ...plain, size }).size).toBe(size)
  })

  test.each<[object, string, string]>([
    [{ mediaType: undefined }, 'INVALID_MANIFEST', 'descriptor.mediaType'],
    [{ mediaType: '' }, 'INVALID_MANIFEST', 'descriptor.mediaType'],
    [{ mediaType: 7 }, 'INVALID_MANIFEST', 'descriptor.mediaType'],
    [{ digest: undefined }, 'INVALID_DIGEST', 'descriptor.digest'],
    [{ digest: plain.digest.toUpperCase() }, 'INVALID_DIGEST', 'descriptor.digest'],
    [{ digest: 'sha256:../../x' }, 'INVALID_DIGEST', 'descriptor.digest'],
    [{ size: undefined }, 'INVALID_MANIFEST', 'descriptor.size'],
    [{ size: -1 }, 'INVALID_MANIFEST', 'descriptor.size'],
    [{ size: 1.5 }, 'INVALID_MANIFEST', 'descriptor.size'],
    [{ size: 2 ** 53 }, 'INVALID_MANIFEST', 'descriptor.size'],
    [{ size: Number.NaN }, 'INVALID_MANIFEST', 'descriptor.size'],
    [{ size: '1' }, 'INVALID_MANIFEST', 'descriptor.size'],
    [{ artifactType: 7 }, 'INVALID_MANIFEST', 'descriptor.artifactType'],
    [{ annotations: [] }, 'INVALID_MANIFEST', 'descriptor.annotations'],
    [{ annotations: { a: 1 } }, 'INVALID_MANIFEST', 'descriptor.annotations'],
    [{ annotations: 'x' }, 'INVALID_MANIFEST', 'descriptor.annotations'],
    [{ data: 7 }, 'INVALID_MANIFEST', 'descriptor.data'],
    [{ urls: 'x' }, 'INVALID_MANIFEST', 'descriptor.urls'],
    [{ urls: ['x', 7] }, 'INVALID_MANIFEST', 'descriptor.urls[1]'],
  ])('refuses %j as %s at %s', (change, code, path) => {
    expect(() => parseDescriptor({ ...plain, ...change })).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', code, path }),
    )
  })

  test.each([undefined, null, 'x', 7, [], true])('refuses %j', (value) => {
    expect(() => parseDescriptor(value, 'subject')).toThrow(
      expect.objectContaining({
        name: 'InvalidInputError',
        code: 'INVALID_MANIFEST',
        path: 'subject',
      }),
    )
  })

  test('says what was expected and what was there', () => {
    expect(() => parseDescriptor({ ...plain, size: '1' }, 'config')).toThrow(
      '"config.size" must be a whole number of bytes, got "1"',
    )
    expect(() => parseDescriptor({ ...plain, urls: {} })).toThrow(
      '"descriptor.urls" must be of type array, got an object of type Object',
    )
  })

  test('is not misled by the keys of prototypes', () => {
    const value = JSON.parse(
      `{"__proto__":{"size":1},"mediaType":"a/b","digest":"${plain.digest}"}`,
    )
    expect(() => parseDescriptor(value)).toThrow(/"descriptor\.size"/)
    const kept: Descriptor = parseDescriptor(
      JSON.parse(`{"__proto__":{"polluted":1},${JSON.stringify(plain).slice(1)}`),
    )
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect((kept as unknown as Record<string, unknown>).polluted).toBeUndefined()
  })
})

test('describes bytes in memory: sizes are bytes, not characters', async () => {
  expect(await descriptorOf(utf8('{"k":"ü€😀"}'), 'application/json')).toEqual({
    mediaType: 'application/json',
    digest: sha('{"k":"ü€😀"}'),
    size: 17,
  })
  expect(await descriptorOf(utf8(''), 'a/b', { k: 'v' })).toEqual({
    mediaType: 'a/b',
    digest: sha(''),
    size: 0,
    annotations: { k: 'v' },
  })
})

test('the empty descriptor names the two bytes {}', async () => {
  expect(EMPTY_BYTES).toEqual(utf8('{}'))
  expect(await descriptorOf(EMPTY_BYTES, EMPTY.mediaType)).toEqual(EMPTY)
  expect(EMPTY.mediaType).toBe('application/vnd.oci.empty.v1+json')
})
