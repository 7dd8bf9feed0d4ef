import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseChallenges } from '../../../src/registry/auth/challenge.ts'

/** Challenges as plain data. */
const parse = (header: string | null): unknown[] =>
  parseChallenges(header).map(({ scheme, params }) => [scheme, Object.fromEntries(params)])

test.each<[string, unknown[]]>([
  [
    'Bearer realm="https://auth.test/token",service="r.test",scope="repository:team/app:pull,push"',
    [
      [
        'bearer',
        {
          realm: 'https://auth.test/token',
          service: 'r.test',
          scope: 'repository:team/app:pull,push',
        },
      ],
    ],
  ],
  ['Basic realm="Registry Realm"', [['basic', { realm: 'Registry Realm' }]]],
  ['Basic', [['basic', {}]]],
  // zot's, without quotes and in lower case.
  [
    'bearer realm=https://r.test/zot/auth,scope=x',
    [['bearer', { realm: 'https://r.test/zot/auth', scope: 'x' }]],
  ],
  ['basic realm=zot', [['basic', { realm: 'zot' }]]],
  ['BEARER REALM="a", SERVICE="b"', [['bearer', { realm: 'a', service: 'b' }]]],
  ['Bearer realm = "a" , service = "b"', [['bearer', { realm: 'a', service: 'b' }]]],
  [
    'Basic realm="a", Bearer realm="b",service="c"',
    [
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b', service: 'c' }],
    ],
  ],
  [
    'Negotiate, Basic realm="a"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'a' }],
    ],
  ],
  ['Bearer realm="a \\"quoted\\" \\\\ b"', [['bearer', { realm: 'a "quoted" \\ b' }]]],
  ['Bearer realm="a, Basic realm=\\"b\\""', [['bearer', { realm: 'a, Basic realm="b"' }]]],
  ['Bearer realm=""', [['bearer', { realm: '' }]]],
  [',, Bearer ,realm="a",,', [['bearer', { realm: 'a' }]]],
  ['Bearer realm="a",realm="b"', [['bearer', { realm: 'a' }]]],
  ['Bearer __proto__="a",realm="b"', [['bearer', JSON.parse('{"__proto__":"a","realm":"b"}')]]],
])('reads %s', (header, challenges) => {
  expect(parse(header)).toEqual(challenges)
})

test.each([null, '', '   ', ',', '"Bearer"', '=', '<html>'])('reads nothing in %j', (header) => {
  expect(parse(header)).toEqual([])
})

test('keeps what came before a part that cannot be read', () => {
  expect(parse('Bearer service="s",realm="open')).toEqual([['bearer', { service: 's' }]])
  expect(parse('Basic realm="a", <x>')).toEqual([['basic', { realm: 'a' }]])
})

test('never throws, whatever the header', () => {
  const pieces = fc
    .array(
      fc.constantFrom(
        'Bearer',
        'Basic ',
        'realm',
        '=',
        '"',
        '\\',
        ',',
        ' ',
        '\t',
        'a b',
        'é',
        '\0',
        ';',
      ),
      { maxLength: 30 },
    )
    .map((all) => all.join(''))
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), pieces), (header) => {
      return parseChallenges(header).every(({ scheme }) => scheme === scheme.toLowerCase())
    }),
    { numRuns: 300 },
  )
})

test('reads back any challenges that are written by the rules', () => {
  const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,7}$/)
  const value = fc.stringMatching(/^[ -~]{0,12}$/)
  const challenge = fc.tuple(token, fc.dictionary(token, value, { minKeys: 1, maxKeys: 3 }))
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: 3 }), (challenges) => {
      const header = challenges
        .map(([scheme, params]) => {
          const quoted = Object.entries(params).map(
            ([key, text]) => `${key}="${text.replace(/["\\]/g, '\\$&')}"`,
          )
          return `${scheme} ${quoted.join(', ')}`
        })
        .join(', ')
      expect(parse(header)).toEqual(challenges.map(([scheme, params]) => [scheme, { ...params }]))
    }),
  )
})

test('decides about 100 000 characters at once', () => {
  const started = performance.now()
  for (const text of ['a', 'a ', '"', '\\"', 'a=', ', ']) {
    parseChallenges(`Bearer realm="${text.repeat(50_000)}`)
    parseChallenges(text.repeat(50_000))
  }
  expect(performance.now() - started).toBeLessThan(3000)
})
