import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../../src/errors.ts'
import {
  formatReference,
  parseReference,
  parseTag,
  parseTagOrDigest,
  type Reference,
} from '../../src/model/reference.ts'
import { sha } from './_bytes.ts'

const digest = sha('x')

describe('parseReference', () => {
  test.each<[string, Partial<Reference>]>([
    ['registry.example.com/team/app', { registry: 'registry.example.com', name: 'team/app' }],
    ['registry.example.com/app:v1', { registry: 'registry.example.com', name: 'app', tag: 'v1' }],
    [`registry.example.com/app@${digest}`, { name: 'app', digest: digest as never }],
    [`registry.example.com/app:v1@${digest}`, { tag: 'v1', digest: digest as never }],
    [
      'registry.example.com:5000/a/b/c/d',
      { registry: 'registry.example.com:5000', name: 'a/b/c/d' },
    ],
    ['localhost/app', { registry: 'localhost', name: 'app' }],
    ['localhost:5000/team/app:v1', { registry: 'localhost:5000', name: 'team/app', tag: 'v1' }],
    ['host:5000/app', { registry: 'host:5000', name: 'app' }],
    ['127.0.0.1:5000/app', { registry: '127.0.0.1:5000', name: 'app' }],
    ['[::1]/app', { registry: '[::1]', name: 'app' }],
    ['[::1]:5000/app:v1', { registry: '[::1]:5000', name: 'app', tag: 'v1' }],
    ['[2001:db8::1]:443/app', { registry: '[2001:db8::1]:443', name: 'app' }],
    ['[::ffff:192.0.2.1]/app', { registry: '[::ffff:192.0.2.1]', name: 'app' }],
    ['r.example/a-b/c__d/e_f/g.h/i--j', { name: 'a-b/c__d/e_f/g.h/i--j' }],
    ['r.example/a:_Tag.with-ALL_0123', { tag: '_Tag.with-ALL_0123' }],
  ])('takes %s apart', (text, parts) => {
    const reference = parseReference(text)
    expect(reference).toMatchObject(parts)
    expect(Object.keys(reference).sort()).toEqual(
      [
        'registry',
        'name',
        ...(text.includes('@') ? ['digest'] : []),
        ...(reference.tag ? ['tag'] : []),
      ].sort(),
    )
    expect(formatReference(reference)).toBe(text)
  })

  test.each<[string, string]>([
    ['alpine', 'docker.io/library/alpine'],
    ['alpine:3', 'docker.io/library/alpine:3'],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`],
    ['team/app', 'docker.io/team/app'],
    ['docker.io/alpine', 'docker.io/library/alpine'],
    ['docker.io/library/alpine', 'docker.io/library/alpine'],
    ['index.docker.io/alpine', 'docker.io/library/alpine'],
    ['index.docker.io/team/app:v1', 'docker.io/team/app:v1'],
    ['registry-1.docker.io/team/app', 'docker.io/team/app'],
    ['Docker.IO/alpine', 'docker.io/library/alpine'],
    // Without a dot or colon a first part is no host, and without a slash there is none.
    ['registry/app', 'docker.io/registry/app'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
  ])("reads %s with Docker Hub's defaults", (text, whole) => {
    expect(formatReference(parseReference(text))).toBe(whole)
  })

  test.each([
    ['r.example/../x', 'reference.name'],
    ['r.example/a/../b', 'reference.name'],
    ['r.example/a/./b', 'reference.name'],
    ['..', 'reference.name'],
    ['r.example/a..b', 'reference.name'],
    ['r.example/a%2Fb', 'reference.name'],
    ['r.example/a%2fb', 'reference.name'],
    ['r.example/Upper', 'reference.name'],
    ['r.example/a//b', 'reference.name'],
    ['r.example//a', 'reference.name'],
    ['r.example/a/', 'reference.name'],
    ['r.example/', 'reference.name'],
    ['r.example/-a', 'reference.name'],
    ['r.example/a-', 'reference.name'],
    ['r.example/a___b', 'reference.name'],
    ['r.example/a._b', 'reference.name'],
    ['r.example/a?x=y', 'reference.name'],
    ['r.example/a#x', 'reference.name'],
    ['r.example/a b', 'reference.name'],
    ['r.example/a\n', 'reference.name'],
    ['r.example/ä', 'reference.name'],
    ['r.example/a\\b', 'reference.name'],
    ['Upper', 'reference.name'],
    ['', 'reference.name'],
    ['.example/app', 'reference.registry'],
    ['-r.example/app', 'reference.registry'],
    ['r.example-/app', 'reference.registry'],
    ['user:pass@r.example/app', 'reference'],
    ['r_x.example/app', 'reference.registry'],
    ['r.example:/app', 'reference.registry'],
    ['r.example:x/app', 'reference.registry'],
    ['r.example:123456/app', 'reference.registry'],
    ['r.example:65536/app', 'reference.registry'],
    ['1.2.3.4.5/app', 'reference.registry'],
    ['256.1.1.1/app', 'reference.registry'],
    ['[::1/app', 'reference.registry'],
    ['[:::]/app', 'reference.registry'],
    ['[1:2]:80/app', 'reference.registry'],
    ['[::1%25eth0]/app', 'reference.registry'],
    ['rämen.example/app', 'reference.registry'],
    ['https://r.example/app', 'reference'],
    ['r.example/app:', 'reference.tag'],
    ['r.example/app:.x', 'reference.tag'],
    ['r.example/app:a:b', 'reference.tag'],
    ['r.example/app@', 'reference.digest'],
    ['r.example/app@sha256:abc', 'reference.digest'],
    [`r.example/app@${digest.toUpperCase()}`, 'reference.digest'],
    [`r.example/app@${digest}@${digest}`, 'reference'],
  ])('refuses %j at %s', (text, path) => {
    const codes = { tag: 'INVALID_TAG', digest: 'INVALID_DIGEST' } as Record<string, string>
    const code = codes[path.split('.')[1] ?? ''] ?? 'INVALID_REFERENCE'
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', code, path }),
    )
  })

  test('shows no password of what has several "@"', () => {
    expect(() => parseReference(`user:secret@r.example/app@${digest}`)).toThrow(
      expect.objectContaining({
        path: 'reference',
        message: `"reference" must be host/name[:tag][@digest], got "${digest}"`,
      }),
    )
  })

  test('allows 255 characters of host and name, not 256', () => {
    const host = 'registry.example.com'
    const name = 'a'.repeat(255 - host.length - 1)
    expect(parseReference(`${host}/${name}`).name).toBe(name)
    expect(() => parseReference(`${host}/${name}a`)).toThrow(
      expect.objectContaining({ code: 'INVALID_REFERENCE', path: 'reference.name' }),
    )
  })

  test('decides about 100 000 characters at once', () => {
    const started = performance.now()
    for (const text of ['a-', 'a/', '-', 'a.', 'a_', '[:', ':', '@']) {
      expect(() => parseReference(`r.example/${text.repeat(50_000)}!`)).toThrow(InvalidInputError)
      expect(() => parseReference(`${text.repeat(50_000)}!`)).toThrow(InvalidInputError)
    }
    expect(performance.now() - started).toBeLessThan(3000)
  })

  test.each([undefined, null, 7, {}])('wants text, not %j', (value) => {
    expect(() => parseReference(value as never)).toThrow(
      new TypeError(`"reference" must be a string, got ${typeof value}`),
    )
  })

  const part = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}$/)
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/)
  const host = fc.oneof(
    fc.tuple(label, label).map((labels) => labels.join('.')),
    fc.constant('localhost'),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  )
  const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
  const reference = fc
    .tuple(
      host,
      port,
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.option(fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/), { nil: undefined }),
      fc.option(fc.constantFrom('sha256', 'sha384', 'sha512'), { nil: undefined }),
    )
    .map(([host, port, parts, tag, algorithm]) => ({
      registry: port === undefined ? host : `${host}:${port}`,
      name: parts.join('/'),
      ...(tag !== undefined && { tag }),
      ...(algorithm && { digest: sha(host, algorithm) }),
    }))

  test('reads back what formatReference writes', () => {
    fc.assert(
      fc.property(reference, (parts) => {
        expect(parseReference(formatReference(parts as Reference))).toEqual(parts)
      }),
      { numRuns: 500 },
    )
  })

  test('throws nothing but InvalidInputError on any text, and what it takes reads the same again', () => {
    const pieces = fc.array(
      fc.constantFrom(
        'a',
        'B',
        '/',
        ':',
        '@',
        '.',
        '..',
        '_',
        '-',
        '[',
        ']',
        '%2F',
        '\0',
        'é',
        '1',
        digest,
        'localhost',
      ),
      { maxLength: 12 },
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      pieces.map((all) => all.join('')),
    )
    let taken = 0
    fc.assert(
      fc.property(text, (text) => {
        try {
          const parts = parseReference(text)
          taken++
          expect(parseReference(formatReference(parts))).toEqual(parts)
          expect(new URL(`https://${parts.registry}/v2/${parts.name}/`).pathname).toBe(
            `/v2/${parts.name}/`,
          )
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError)
        }
      }),
      { numRuns: 2000 },
    )
    expect(taken).toBeGreaterThan(10)
  })
})

describe('parseTag', () => {
  test.each(['v1', '_', 'A', '0', 'latest', 'a.b-c_d', 'x'.repeat(128)])('takes %s', (tag) => {
    expect(parseTag(tag)).toBe(tag)
  })

  test.each(['', 'x'.repeat(129), '.a', '-a', 'a b', 'a/b', 'a:b', 'a+b', 'ä', 'a\n', '..', '%2F'])(
    'refuses %j',
    (tag) => {
      expect(() => parseTag(tag, 'tags[0]')).toThrow(
        expect.objectContaining({
          name: 'InvalidInputError',
          code: 'INVALID_TAG',
          path: 'tags[0]',
          input: tag,
        }),
      )
    },
  )

  test('says what a tag looks like without repeating all of a long one', () => {
    expect(() => parseTag('x'.repeat(5000))).toThrow(/^.{0,400}$/)
    expect(() => parseTag('x'.repeat(5000))).toThrow(/"tag" must be 1 to 128 characters/)
  })
})

describe('parseTagOrDigest', () => {
  test('takes both', () => {
    expect(parseTagOrDigest('v1', 'subject')).toBe('v1')
    expect(parseTagOrDigest(digest, 'subject')).toBe(digest)
  })

  test('takes whatever has a colon for a digest', () => {
    expect(() => parseTagOrDigest('sha256:abc', 'subject')).toThrow(
      expect.objectContaining({ code: 'INVALID_DIGEST', path: 'subject' }),
    )
    expect(() => parseTagOrDigest('a/b', 'subject')).toThrow(
      expect.objectContaining({ code: 'INVALID_TAG', path: 'subject' }),
    )
  })

  test.each([undefined, null, 7, {}])('throws one of our errors or a TypeError for %j', (value) => {
    expect(() => parseTagOrDigest(value as never, 'subject')).toThrow(/subject|string/)
  })
})

test.each([
  [
    'https://r.example/team/app',
    '"reference" must not begin with "https://": pass "r.example/team/app"',
  ],
  [
    'http://r.example:5000/app:v1',
    'must not begin with "http://": pass "r.example:5000/app:v1", with plainHttp: true for http',
  ],
  ['docker://r.example/app', 'must not begin with "docker://": pass "r.example/app"'],
  ['oci://r.example/app', 'must not begin with "oci://": pass "r.example/app"'],
  [
    'https://me:secret@r.example/app?token=secret',
    'must not begin with "https://": pass "r.example/app"',
  ],
])('says what to pass for an address with a scheme: %s', (text, message) => {
  try {
    parseReference(text)
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_REFERENCE', path: 'reference' })
    expect(String(error)).toContain(message)
    expect(JSON.stringify(error)).not.toContain('secret')
  }
})

describe('what is passed in place of a tag or a digest', () => {
  test.each(['host/name:tag', 'team/app', `v1@${digest}`, { digest }])(
    'is named, with what takes it: %j',
    (given) => {
      expect(() => parseTagOrDigest(given as string, 'reference')).toThrow(/locate\(\)/)
    },
  )

  test('a user before the host is refused, and no password is shown', () => {
    const error = (() => {
      try {
        return parseReference('user:secret@host.test/name')
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({ code: 'INVALID_REFERENCE', path: 'reference' })
    expect(`${error} ${JSON.stringify(error)}`).not.toContain('secret')
  })
})
