import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isLoopback,
  mayAuthenticate,
  mayVisit,
  redact,
  uploadTarget,
} from '../../../src/registry/wire/origins.ts'

const registry = new URL('https://r.test')
const host = (text: string): string => new URL(`http://${text}`).hostname

test.each([
  'localhost',
  'LOCALHOST',
  'localhost.',
  'app.localhost',
  '127.0.0.1',
  '127.1.2.3',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
])('%s is this machine', (text) => {
  expect(isLoopback(host(text))).toBe(true)
})

test.each([
  'r.test',
  'localhost.example.com',
  'notlocalhost',
  '127.0.0.1.example.com',
  '128.0.0.1',
  '10.0.0.1',
  '[::2]',
  '[::ffff:8.8.8.8]',
])('%s is not this machine', (text) => {
  expect(isLoopback(host(text))).toBe(false)
})

describe('mayVisit', () => {
  test.each([
    'localhost',
    'x.localhost',
    'localhost.',
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '127。0。0。1',
    '0.0.0.0',
    '10.1.2.3',
    '167837955',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '0xa9fea9fe',
    '100.64.0.1',
    '100.127.255.255',
    '[::]',
    '[::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:a9fe:a9fe]',
    '[::7f00:1]',
    '[fc00::1]',
    '[fdff::1]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::]',
  ])('is not led to %s', (text) => {
    expect(mayVisit(registry, new URL(`https://${text}/x`))).toBe(false)
    expect(mayVisit(registry, new URL(`https://${text}:5000/x`))).toBe(false)
  })

  test.each([
    'cdn.test',
    '8.8.8.8',
    '11.0.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '192.169.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '[2606:4700::1111]',
    '[2001:4860:4860::8888]',
    '10.example.com',
  ])('may be led to %s', (text) => {
    expect(mayVisit(registry, new URL(`https://${text}/x`))).toBe(true)
  })

  test('is never led from https to http, or to anything else', () => {
    for (const address of [
      'http://cdn.test/',
      'http://r.test/',
      'ftp://cdn.test/',
      'data:,x',
      'file:///etc/passwd',
      'javascript:0',
      'blob:https://r.test/x',
    ]) {
      expect(mayVisit(registry, new URL(address))).toBe(false)
    }
    expect(mayVisit(new URL('http://r.test'), new URL('http://cdn.test'))).toBe(true)
    expect(mayVisit(new URL('http://r.test'), new URL('https://cdn.test'))).toBe(true)
  })

  test('is never led to an address with a user in it', () => {
    for (const user of ['user@', 'user:password@', ':password@']) {
      expect(mayVisit(registry, new URL(`https://${user}cdn.test/`))).toBe(false)
    }
  })

  test.each(['http://localhost:5000', 'http://10.0.0.1', 'https://[fd00::1]'])(
    'may stay in the private network where the registry %s lives',
    (address) => {
      expect(mayVisit(new URL(address), new URL('https://192.168.0.7/'))).toBe(true)
      expect(mayVisit(new URL(address), new URL('https://cdn.test/'))).toBe(true)
    },
  )

  test('is led to no private IPv4 address however it is embedded in an IPv6 one', () => {
    const part = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(part, part, part, (b, c, d) => {
        const mapped = `[::ffff:10.${b}.${c}.${d}]`
        const compatible = `[::10.${b}.${c}.${d}]`
        for (const text of [mapped, compatible]) {
          expect(mayVisit(registry, new URL(`https://${text}/`))).toBe(false)
        }
      }),
    )
  })
})

describe('mayAuthenticate', () => {
  const may = (from: string, realm: string, trusted: string[] = []) =>
    mayAuthenticate(new URL(from), new URL(realm), trusted)

  test.each([
    ['https://r.test', 'https://r.test/token', true],
    ['https://r.test', 'https://r.test:443/token', true],
    ['https://r.test', 'https://r.test:444/token', false],
    ['https://r.test', 'http://r.test/token', false],
    ['https://r.test', 'https://auth.r.test/token', false],
    ['https://r.test', 'https://auth.docker.io/token', false],
    ['https://registry-1.docker.io', 'https://auth.docker.io/token', true],
    ['https://registry-1.docker.io', 'https://auth.docker.io:8443/token', false],
    ['https://registry-1.docker.io', 'https://auth.docker.io.evil.test/token', false],
    ['https://registry.gitlab.com', 'https://gitlab.com/jwt/auth', true],
  ])('credentials of %s go to %s: %s', (from, realm, goes) => {
    expect(may(from, realm)).toBe(goes)
  })

  test('credentials go to trusted hosts, by host and port', () => {
    expect(may('https://r.test', 'https://auth.test/', ['auth.test'])).toBe(true)
    expect(may('https://r.test', 'https://auth.test:8443/', ['auth.test'])).toBe(false)
    expect(may('https://r.test', 'https://auth.test:8443/', ['auth.test:8443'])).toBe(true)
  })
})

describe('uploadTarget', () => {
  const from = 'https://r.test/v2/app/blobs/uploads/?digest=x'
  const target = (location: string, trusted: string[] = []) =>
    uploadTarget(registry, from, location, trusted)?.href

  test.each([
    ['/v2/app/blobs/uploads/1?_state=a', 'https://r.test/v2/app/blobs/uploads/1?_state=a'],
    ['1?_state=a', 'https://r.test/v2/app/blobs/uploads/1?_state=a'],
    ['https://r.test/x', 'https://r.test/x'],
    ['https://r.test:443/x', 'https://r.test/x'],
    // Behind a proxy that ends TLS.
    ['http://r.test/v2/x?a=b', 'https://r.test/v2/x?a=b'],
    ['http://r.test:5000/v2/x', 'https://r.test/v2/x'],
  ])('%s leads to %s', (location, address) => {
    expect(target(location)).toBe(address)
  })

  test.each([
    'https://evil.test/x',
    '//evil.test/x',
    'https://r.test:8443/x',
    'https://r.test@evil.test/x',
    'http://evil.test/x',
    'https://r.test.evil.test/x',
    'ftp://r.test/x',
    'https://',
    'http://[',
  ])('%s leads nowhere', (location) => {
    expect(target(location)).toBeUndefined()
  })

  test.each(['http://r.test//evil.test/x', 'http://r.test:5000///evil.test/x'])(
    'the path of %s names no host',
    (location) => {
      expect(new URL(target(location)!).origin).toBe('https://r.test')
      expect(new URL(target(location)!).pathname).toBe(new URL(location).pathname)
    },
  )

  test('trusted hosts may take the bytes, unless they are private or without TLS', () => {
    expect(target('https://store.test/x', ['store.test'])).toBe('https://store.test/x')
    expect(target('https://store.test:8443/x', ['store.test'])).toBeUndefined()
    expect(target('http://store.test/x', ['store.test'])).toBeUndefined()
    expect(target('https://10.0.0.1/x', ['10.0.0.1'])).toBeUndefined()
    expect(target('https://user:secret@store.test/x', ['store.test'])).toBeUndefined()
  })

  test('an http registry is not taken to https by itself', () => {
    const plain = new URL('http://r.test:5000')
    expect(uploadTarget(plain, plain.href, 'https://r.test:5000/x', [])).toBeUndefined()
  })

  test('any location leads to the registry, to a trusted host, or nowhere', () => {
    const location = fc.oneof(
      fc.webUrl(),
      fc.string(),
      fc
        .array(
          fc.constantFrom(
            'http:',
            'https:',
            '/',
            '//',
            'r.test',
            'evil.test',
            '@',
            ':',
            '\\',
            '?',
            '#',
            '%2F',
            '..',
          ),
        )
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(location, (text) => {
        const { origin } = uploadTarget(registry, from, text, []) ?? registry
        return origin === registry.origin
      }),
      { numRuns: 500 },
    )
  })
})

test('an address for messages has no user, query or fragment', () => {
  expect(redact('https://user:secret@r.test:5000/v2/x?_state=secret#secret')).toBe(
    'https://r.test:5000/v2/x',
  )
  expect(redact(new URL('https://r.test/v2/'))).toBe('https://r.test/v2/')
})
