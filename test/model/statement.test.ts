import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { digestOf } from '../../src/index.ts'
import {
  announcedPredicate,
  announcesStatements,
  isAbout,
  parseStatements,
} from '../../src/model/statement.ts'

const SLSA = 'https://slsa.dev/provenance/v1'
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: SLSA,
  predicate: { buildDefinition: {} },
}
const base64 = (text: string) => Buffer.from(text).toString('base64')
const envelope = (payload: unknown, payloadType = 'application/vnd.in-toto+json') => ({
  payloadType,
  payload: base64(JSON.stringify(payload)),
  signatures: [{ sig: 'MEUCIQ==' }],
})
const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

describe('parseStatements', () => {
  test.each([
    ['a bare statement', statement, 'none'],
    [
      'a statement of version 0.1',
      { ...statement, _type: 'https://in-toto.io/Statement/v0.1' },
      'none',
    ],
    ['a DSSE envelope', envelope(statement), 'dsse'],
    [
      'an envelope in the URL-safe alphabet',
      {
        ...envelope(statement),
        payload: Buffer.from(JSON.stringify({ ...statement, predicate: '??>>' })).toString(
          'base64url',
        ),
      },
      'dsse',
    ],
    ['an envelope of another payload type', envelope(statement, 'application/json'), 'dsse'],
    [
      'a Sigstore bundle',
      {
        mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
        verificationMaterial: {},
        dsseEnvelope: envelope(statement),
      },
      'bundle',
    ],
    ["a bundle in protobuf's own spelling", { dsse_envelope: envelope(statement) }, 'bundle'],
  ])('reads %s', (_, value, wrapper) => {
    const [found, ...others] = parseStatements(bytes(value))
    expect(others).toEqual([])
    expect(found).toMatchObject({ wrapper, statement: { predicateType: SLSA } })
  })

  test('reads one in each line', () => {
    const lines = [statement, envelope({ ...statement, predicateType: 'other' })]
    const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
    const found = parseStatements(bytes(text))
    expect(found.map(({ statement: { predicateType } }) => predicateType)).toEqual([SLSA, 'other'])
  })

  test.each([
    ['an SBOM', { spdxVersion: 'SPDX-2.3' }],
    ['a signature of an image', { critical: { image: {} } }],
    ['a bundle of a message signature', { messageSignature: { signature: 'MEU=' } }],
    ['an envelope of something else', envelope({ any: 1 }, 'text/plain')],
    ['a list', [statement]],
    ['null', null],
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['lines of no JSON', 'a\nb\nc'],
  ])('finds none in %s', (_, value) => {
    expect(parseStatements(bytes(value))).toEqual([])
  })

  test.each([
    ['blob.payload', { payloadType: 'application/vnd.in-toto+json', payload: 7 }],
    ['blob.payload', { payloadType: 'application/vnd.in-toto+json', payload: '!' }],
    ['blob.payload', envelope({ no: 'statement' })],
    ['blob.dsseEnvelope', { dsseEnvelope: 'text' }],
    ['blob.predicateType', { ...statement, predicateType: 7 }],
    ['blob.subject', { ...statement, subject: {} }],
    ['blob.subject[0].digest', { ...statement, subject: [{ digest: 'text' }] }],
    ['blob.subject[0].digest', { ...statement, subject: [null] }],
    ['blob, line 2', `${JSON.stringify(statement)}\n{"cut`],
  ])('refuses a broken one, naming %s', (path, value) => {
    expect(() => parseStatements(bytes(value))).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', path }),
    )
  })

  test('says what should be there', () => {
    const digest = { ...statement, subject: [{ digest: 'text' }] }
    expect(() => parseStatements(bytes(digest))).toThrow('must be a map of strings, got "text"')
    const cut = `${JSON.stringify(statement)}\n{"cut`
    expect(() => parseStatements(bytes(cut))).toThrow('"blob, line 2" must be JSON, got "{\\"cut"')
  })

  test('gives statements or an error of its own for any bytes', () => {
    const near = fc.oneof(
      fc.uint8Array(),
      fc.json().map(bytes),
      fc.record({ _type: fc.constant(statement._type), subject: fc.jsonValue() }).map(bytes),
      fc.record({ payload: fc.jsonValue(), payloadType: fc.jsonValue() }).map(bytes),
      fc.record({ dsseEnvelope: fc.jsonValue() }).map(bytes),
    )
    fc.assert(
      fc.property(near, (input) => {
        try {
          for (const { statement } of parseStatements(input)) {
            expect(typeof statement.predicateType).toBe('string')
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_INPUT' })
        }
      }),
    )
  })
})

test('a list of subjects that is null, as encoders of Go write an empty one, is empty', () => {
  const text = JSON.stringify({ ...statement, subject: null })
  const payload = btoa(text)
  for (const content of [text, JSON.stringify({ payloadType: 'x', payload })]) {
    const [found] = parseStatements(new TextEncoder().encode(content))
    expect(found!.statement.subject).toEqual([])
  }
})

describe('isAbout', () => {
  test('goes by the digest, in either case', async () => {
    const digest = await digestOf(bytes('image'))
    const hex = digest.slice('sha256:'.length)
    expect(isAbout({ subject: [{ digest: { sha256: hex } }] }, digest)).toBe(true)
    expect(isAbout({ subject: [{ digest: { sha256: hex.toUpperCase() } }] }, digest)).toBe(true)
    expect(isAbout({ subject: [{ digest: {} }, { digest: { sha256: hex } }] }, digest)).toBe(true)
  })

  test('is false for another digest, another algorithm, and for none', async () => {
    const digest = await digestOf(bytes('image'))
    const hex = digest.slice('sha256:'.length)
    expect(isAbout({ subject: [{ digest: { sha256: 'b'.repeat(64) } }] }, digest)).toBe(false)
    expect(isAbout({ subject: [{ digest: { sha512: hex } }] }, digest)).toBe(false)
    expect(isAbout({ subject: [] }, digest)).toBe(false)
  })
})

test.each([
  ['application/vnd.in-toto+json', true],
  ['application/vnd.in-toto.provenance+dsse', true],
  ['application/vnd.dsse.envelope.v1+json', true],
  ['application/vnd.dev.sigstore.bundle.v0.3+json', true],
  ['application/vnd.dev.sigstore.bundle+json;version=0.2', true],
  ['application/spdx+json', false],
  [undefined, false],
])('%s announces statements: %s', (mediaType, expected) => {
  expect(announcesStatements(mediaType)).toBe(expected)
})

test.each(['dev.sigstore.bundle.predicateType', 'in-toto.io/predicate-type', 'predicateType'])(
  '%s announces a predicate type',
  (key) => {
    expect(announcedPredicate({ [key]: SLSA })).toBe(SLSA)
  },
)

test('no other annotation announces one', () => {
  expect(announcedPredicate({ predicate: SLSA })).toBeUndefined()
  expect(announcedPredicate(undefined)).toBeUndefined()
})
