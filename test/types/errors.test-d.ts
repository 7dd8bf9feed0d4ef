// `switch (error.code)` narrows to the class, and with it to its fields.
import {
  type AnyOcilinkError,
  type AuthError,
  type ConflictError,
  type ConnectionError,
  type ContentError,
  type CopyError,
  type ErrorCode,
  type InvalidInputError,
  isOcilinkError,
  type NoMatchError,
  type OcilinkError,
  type RegistryError,
  type UnsupportedError,
} from 'ocilink'
import { test } from 'vitest'

declare const error: AnyOcilinkError
declare const thrown: unknown

test('a code names one class', () => {
  switch (error.code) {
    case 'REGISTRY_RESPONSE':
    case 'NOT_FOUND':
    case 'RATE_LIMITED':
    case 'UNAVAILABLE': {
      const { status, method, url }: RegistryError = error
      return void [status, method, url]
    }
    case 'AUTH_REQUIRED':
    case 'AUTH_DENIED': {
      const { realm, scope }: AuthError = error
      return void [realm, scope]
    }
    case 'CONNECTION':
    case 'TIMEOUT': {
      const { url }: ConnectionError = error
      return void url
    }
    case 'DIGEST_MISMATCH':
    case 'SIZE_MISMATCH':
    case 'TOO_LARGE': {
      const { expected, actual }: ContentError = error
      return void [expected, actual]
    }
    case 'INVALID_DIGEST':
    case 'INVALID_REFERENCE':
    case 'INVALID_TAG':
    case 'INVALID_MANIFEST':
    case 'INVALID_INPUT': {
      const { input, path }: InvalidInputError = error
      return void [input, path]
    }
    case 'UNSUPPORTED': {
      const { missing, alternatives }: UnsupportedError = error
      return void [missing, alternatives]
    }
    case 'CONFLICT': {
      const { tag, attempts, alternatives }: ConflictError = error
      return void [tag, attempts, alternatives]
    }
    case 'NO_MATCH': {
      const { wanted, available }: NoMatchError = error
      return void [wanted, available]
    }
    case 'COPY_FAILED': {
      const { side, descriptor }: CopyError = error
      return void [side, descriptor]
    }
    default:
      // A code that is new makes this fail.
      return error satisfies never
  }
})

test('fields are there only where the code says so', () => {
  // @ts-expect-error not every error has a status
  error.status
  if (error.code === 'CONFLICT') {
    // @ts-expect-error a conflict has none
    error.status
  }
  // @ts-expect-error there is no such code
  if (error.code === 'NO_SUCH_CODE') return
})

test('the guard gives the union, and the union has every code', () => {
  // @ts-expect-error anything may be thrown
  thrown.code
  if (!isOcilinkError(thrown)) return
  const narrowed: AnyOcilinkError = thrown
  const base: OcilinkError = narrowed
  const code: ErrorCode = narrowed.code
  const known: AnyOcilinkError['code'] = code
  void [base, known]
})

test('the guard takes codes, and narrows by them', () => {
  if (isOcilinkError(thrown, 'NOT_FOUND', 'UNAVAILABLE')) {
    const status: number = thrown.status
    // @ts-expect-error neither of the two
    if (thrown.code === 'RATE_LIMITED') return
    void status
  }
  // @ts-expect-error there is no such code
  isOcilinkError(thrown, 'MISSING')
})

test('an error is plain data too', () => {
  const { name, code }: { name: string; code: ErrorCode } = error.toJSON()
  void [name, code]
})
