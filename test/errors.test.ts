import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  type AnyOcilinkError,
  AuthError,
  ConflictError,
  ConnectionError,
  ContentError,
  CopyError,
  type ErrorCode,
  InvalidInputError,
  isOcilinkError,
  NoMatchError,
  RegistryError,
  UnsupportedError,
} from '../src/errors.ts'

const url = 'https://r.test/v2/app/manifests/v1'
const answered = (status: number) => new RegistryError({ method: 'GET', url, status })

const each: readonly AnyOcilinkError[] = [
  answered(500),
  new AuthError('AUTH_DENIED', 'no', { realm: 'https://r.test/token', scope: 's' }),
  new ConnectionError('TIMEOUT', 'late', url),
  new ContentError('SIZE_MISMATCH', 'blob in bytes', 1, 2),
  new InvalidInputError('INVALID_TAG', 'tag', 'a tag', '?'),
  new UnsupportedError('no', { strategy: 's', missing: ['m'], alternatives: ['a'] }),
  new ConflictError('taken', 'v1', 3, { alternatives: ['a'] }),
  new NoMatchError('none', 'linux/arm64', ['linux/amd64']),
  new CopyError('lost', { side: 'source', descriptor: { mediaType: 't', digest: 'd', size: 1 } }),
]

/** The module a second time, as a second copy of the package has it. */
async function copy(): Promise<typeof import('../src/errors.ts')> {
  const again: string = '../src/errors.ts?copy'
  return import(/* @vite-ignore */ again)
}

describe('RegistryError', () => {
  test.each<[number, string]>([
    [404, 'NOT_FOUND'],
    [429, 'RATE_LIMITED'],
    [502, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [504, 'UNAVAILABLE'],
    [400, 'REGISTRY_RESPONSE'],
    [405, 'REGISTRY_RESPONSE'],
    [409, 'REGISTRY_RESPONSE'],
    [500, 'REGISTRY_RESPONSE'],
    [501, 'REGISTRY_RESPONSE'],
    [505, 'REGISTRY_RESPONSE'],
    [200, 'REGISTRY_RESPONSE'],
  ])('with %d has the code %s', (status, code) => {
    expect(answered(status)).toMatchObject({ code, status })
  })

  test('says method, address, status, codes and what to do', () => {
    const errors = [{ code: 'DENIED', message: 'no' }, { code: 'OTHER' }]
    const error = new RegistryError({ method: 'PUT', url, status: 400, errors, hint: 'Do that' })
    expect(error.message).toBe(`PUT ${url} answered 400: DENIED (no), OTHER. Do that`)
    expect(error.errors).toBe(errors)
  })
})

test('ContentError says how much was allowed', () => {
  const error = new ContentError('TOO_LARGE', 'pages', 3, 4, { hint: 'Pass maxPages' })
  expect(error.message).toBe('pages: at most 3, got 4. Pass maxPages')
  expect(error).toMatchObject({ expected: 3, actual: 4 })
})

describe('isOcilinkError', () => {
  test('knows every class, also of another copy of the package', async () => {
    const other = await copy()
    expect(other.RegistryError).not.toBe(RegistryError)
    for (const error of each) {
      expect(isOcilinkError(error)).toBe(true)
      expect(other.isOcilinkError(error)).toBe(true)
    }
    const foreign = new other.RegistryError({ method: 'GET', url, status: 404 })
    expect(foreign).not.toBeInstanceOf(RegistryError)
    expect(isOcilinkError(foreign, 'NOT_FOUND')).toBe(true)
    expect(JSON.parse(JSON.stringify(new Error('x', { cause: foreign })))).toEqual({})
    expect(answered(500).toJSON()).toEqual(
      new other.RegistryError({ method: 'GET', url, status: 500 }).toJSON(),
    )
  })

  test.each([
    Object.assign(new Error('no'), { name: 'ConnectionError', code: 'CONNECTION' }),
    { name: 'RegistryError', code: 'NOT_FOUND', message: '' },
    new Error('no'),
    'RegistryError',
    null,
    undefined,
    0,
  ])('does not know %j', (value) => {
    expect(isOcilinkError(value)).toBe(false)
    expect(isOcilinkError(value, 'CONNECTION')).toBe(false)
  })

  test('does not know what structuredClone leaves of an error; its toJSON() goes through whole', () => {
    for (const error of each) {
      expect(isOcilinkError(structuredClone(error))).toBe(false)
      const { name, code, message } = error
      expect(structuredClone(error.toJSON())).toEqual(error.toJSON())
      expect(structuredClone(error.toJSON())).toMatchObject({ name, code, message })
    }
  })

  test('knows codes', () => {
    expect(isOcilinkError(answered(404), 'NOT_FOUND')).toBe(true)
    expect(isOcilinkError(answered(404), 'CONFLICT', 'NOT_FOUND')).toBe(true)
    expect(isOcilinkError(answered(404), 'RATE_LIMITED', 'UNAVAILABLE')).toBe(false)
  })

  test('narrows by code, in the guard and in a switch', () => {
    const error: unknown = answered(404)
    if (isOcilinkError(error, 'NOT_FOUND')) {
      expectTypeOf(error.status).toEqualTypeOf<number>()
      expectTypeOf(error.code).toEqualTypeOf<'NOT_FOUND'>()
    }
    if (isOcilinkError(error, 'AUTH_REQUIRED', 'AUTH_DENIED')) {
      expectTypeOf(error.realm).toEqualTypeOf<string | undefined>()
    }
    if (isOcilinkError(error) && error.code === 'CONFLICT') {
      expectTypeOf(error.tag).toEqualTypeOf<string>()
    }
    function handle(known: AnyOcilinkError) {
      switch (known.code) {
        case 'NOT_FOUND':
        case 'RATE_LIMITED':
          return known.status
        case 'TIMEOUT':
          return known.url
        case 'TOO_LARGE':
          return known.actual
        default:
          return known.message
      }
    }
    expect(handle(answered(404))).toBe(404)
    expectTypeOf<ErrorCode>().toEqualTypeOf<AnyOcilinkError['code']>()
    // @ts-expect-error: there is no such code
    isOcilinkError(error, 'NO_SUCH_CODE')
  })
})

describe('toJSON', () => {
  test('gives name, message, code and the fields of every class', () => {
    expect(each.map((error) => JSON.parse(JSON.stringify(error)))).toEqual([
      {
        name: 'RegistryError',
        message: `GET ${url} answered 500`,
        code: 'REGISTRY_RESPONSE',
        status: 500,
        method: 'GET',
        url,
        errors: [],
      },
      {
        name: 'AuthError',
        message: 'no',
        code: 'AUTH_DENIED',
        realm: 'https://r.test/token',
        scope: 's',
      },
      { name: 'ConnectionError', message: 'late', code: 'TIMEOUT', url },
      {
        name: 'ContentError',
        message: 'blob in bytes: expected 1, got 2',
        code: 'SIZE_MISMATCH',
        expected: 1,
        actual: 2,
      },
      {
        name: 'InvalidInputError',
        message: '"tag" must be a tag, got "?"',
        code: 'INVALID_TAG',
        input: '"?"',
        path: 'tag',
      },
      {
        name: 'UnsupportedError',
        message: 'no',
        code: 'UNSUPPORTED',
        strategy: 's',
        missing: ['m'],
        alternatives: ['a'],
      },
      {
        name: 'ConflictError',
        message: 'taken',
        code: 'CONFLICT',
        tag: 'v1',
        attempts: 3,
        alternatives: ['a'],
      },
      {
        name: 'NoMatchError',
        message: 'none',
        code: 'NO_MATCH',
        wanted: 'linux/arm64',
        available: ['linux/amd64'],
      },
      {
        name: 'CopyError',
        message: 'lost',
        code: 'COPY_FAILED',
        side: 'source',
        descriptor: { mediaType: 't', digest: 'd', size: 1 },
      },
    ])
  })

  test('gives causes, of our own errors with their fields', () => {
    const inner = Object.assign(new Error('reset'), { code: 'ECONNRESET', secret: 'x' })
    const middle = new ConnectionError('CONNECTION', 'broken', url, { cause: inner })
    const error = new ConflictError('taken', 'v1', 3, { cause: middle })
    expect(error.toJSON().cause).toEqual({
      name: 'ConnectionError',
      message: 'broken',
      code: 'CONNECTION',
      url,
      cause: { name: 'Error', message: 'reset', code: 'ECONNRESET' },
    })
  })

  test('follows causes five deep, also in a circle', () => {
    const circle = new Error('round')
    circle.cause = circle
    const text = JSON.stringify(new ConflictError('taken', 'v1', 1, { cause: circle }))
    expect(text.match(/round/g)).toHaveLength(5)
  })

  test('shows what is no error as a short text', () => {
    const json = (cause: unknown) => new ConflictError('taken', 'v1', 1, { cause }).toJSON().cause
    expect(json('x'.repeat(1000))).toHaveLength(162)
    expect(json({ password: 'x' })).toBe('an object of type Object')
    expect(json(7)).toBe('7')
    expect(json(null)).toBe('null')
  })

  test('is bounded, whatever the input', () => {
    const input = { deep: 'x'.repeat(1_000_000) }
    const error = new InvalidInputError('INVALID_INPUT', 'a', 'b', input, {
      cause: new Error('y'.repeat(1_000_000)),
    })
    expect(JSON.stringify(error).length).toBeLessThan(5000)
    const big = new InvalidInputError('INVALID_INPUT', 'a', 'b', 'z'.repeat(1_000_000))
    expect(JSON.stringify(big).length).toBeLessThan(5000)
  })

  test('keeps queries out of the texts of others, and out of a realm', () => {
    const cause = new Error('error sending request for url (https://r.test/u?_state=secret): reset')
    const error = new AuthError(
      'AUTH_DENIED',
      'see https://r.test/token?password=secret',
      { realm: 'https://r.test/token?account=secret' },
      { cause },
    )
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(error.toJSON()).toMatchObject({ realm: 'https://r.test/token' })
  })
})
