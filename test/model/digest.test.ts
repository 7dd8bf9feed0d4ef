import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  algorithmOf,
  createDigester,
  type Digest,
  digestOf,
  digestOfStream,
  isDigest,
  parseDigest,
  verifyBytes,
} from '../../src/model/digest.ts'
import { verifyStream } from '../../src/model/verify-stream.ts'
import type { Algorithm } from '../../src/platform/hasher.ts'
import { endless, sha, streamOf, thrownBy, utf8 } from './_bytes.ts'

const algorithms = ['sha256', 'sha384', 'sha512'] as const

// FIPS 180-4's example messages: "abc", and the empty one.
const known: readonly [Algorithm, string, string][] = [
  ['sha256', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha384',
    '',
    '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
  ],
  [
    'sha384',
    'abc',
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  ],
  [
    'sha512',
    '',
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  ],
  [
    'sha512',
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
]

describe('digestOf', () => {
  test.each(known)('computes the known %s of "%s"', async (algorithm, text, hex) => {
    expect(await digestOf(utf8(text), algorithm)).toBe(`${algorithm}:${hex}`)
  })

  test('computes sha256 when nothing else is asked', async () => {
    expect(await digestOf(utf8('abc'))).toBe(`sha256:${known[1]![2]}`)
  })

  test('hashes only the part of a buffer that a view shows', async () => {
    expect(await digestOf(utf8('xabcx').subarray(1, 4))).toBe(sha('abc'))
  })

  test('agrees with node:crypto on any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(...algorithms),
        async (bytes, algorithm) => {
          expect(await digestOf(bytes, algorithm)).toBe(sha(bytes, algorithm))
        },
      ),
    )
  })
})

describe('digestOfStream', () => {
  test.each(known)('computes the known %s of "%s", and its size', async (algorithm, text, hex) => {
    const chunks = [...text].map(utf8)
    expect(await digestOfStream(streamOf(...chunks), algorithm)).toEqual({
      digest: `${algorithm}:${hex}`,
      size: text.length,
    })
  })

  test('does not depend on where a stream is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 200 })), async (chunks) => {
        const { digest, size } = await digestOfStream(streamOf(...chunks))
        expect(digest).toBe(sha(Buffer.concat(chunks)))
        expect(size).toBe(Buffer.concat(chunks).byteLength)
      }),
    )
  })

  test("passes a stream's own error through", async () => {
    const broken = new Error('disk on fire')
    const stream = new ReadableStream({ pull: (controller) => controller.error(broken) })
    expect(await thrownBy(() => digestOfStream(stream))).toBe(broken)
  })
})

test('a digester counts bytes, not chunks or characters', async () => {
  const digester = await createDigester('sha512')
  expect(digester.size).toBe(0)
  digester.update(utf8('ü'))
  digester.update(utf8('ber'))
  expect(digester.size).toBe(5)
  expect(await digester.digest()).toBe(sha('über', 'sha512'))
})

describe('parseDigest', () => {
  test.each(algorithms)('accepts %s and gives the same text back', (algorithm) => {
    const text = sha('x', algorithm)
    expect(parseDigest(text)).toBe(text)
    expect(isDigest(text)).toBe(true)
    expect(algorithmOf(parseDigest(text))).toBe(algorithm)
  })

  const hex = 'a'.repeat(64)
  test.each([
    ['upper-case hex', `sha256:${hex.toUpperCase()}`],
    ['one upper-case digit', `sha256:${hex.slice(1)}A`],
    ['an upper-case algorithm', `SHA256:${hex}`],
    ['too few digits', `sha256:${hex.slice(1)}`],
    ['too many digits', `sha256:${hex}a`],
    ["sha512's length for sha256", `sha256:${hex}${hex}`],
    ["sha256's length for sha384", `sha384:${hex}`],
    ["sha256's length for sha512", `sha512:${hex}`],
    ['an unknown algorithm', `sha1:${'a'.repeat(40)}`],
    ['md5', `md5:${'a'.repeat(32)}`],
    ['an algorithm with separators', `sha256+b64:${hex}`],
    ['a digit that is no hex', `sha256:${hex.slice(1)}g`],
    ['no algorithm', hex],
    ['no hex', 'sha256:'],
    ['white space around', ` sha256:${hex}`],
    ['a line end after', `sha256:${hex}\n`],
    ['a path in it', `sha256:${hex.slice(10)}/../../x`],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(isDigest(text)).toBe(false)
    expect(() => parseDigest(text)).toThrow(
      expect.objectContaining({
        name: 'InvalidInputError',
        code: 'INVALID_DIGEST',
        path: 'digest',
        input: text,
      }),
    )
  })

  test('names the field it was asked about', () => {
    expect(() => parseDigest('x', 'subject.digest')).toThrow(/"subject\.digest" must be sha256:/)
  })

  test.each([undefined, null, 7, {}, [sha('x')]])('takes %s for no digest', (value) => {
    expect(isDigest(value)).toBe(false)
  })

  test('agrees with its grammar on any text', () => {
    const anything = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom(...algorithms), fc.stringMatching(/^[0-9a-fA-F]{60,130}$/))
        .map((parts) => parts.join(':')),
    )
    const grammar = /^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/
    fc.assert(fc.property(anything, (text) => isDigest(text) === grammar.test(text)))
  })
})

describe('verifyBytes', () => {
  test.each(algorithms)('accepts bytes of the right %s and size', async (algorithm) => {
    const digest = parseDigest(sha('hello', algorithm))
    await expect(verifyBytes(utf8('hello'), { digest, size: 5 })).resolves.toBeUndefined()
    await expect(verifyBytes(utf8('hello'), { digest })).resolves.toBeUndefined()
  })

  test('refuses other bytes, and says both digests', async () => {
    const digest = parseDigest(sha('hello'))
    expect(await thrownBy(() => verifyBytes(utf8('hellO'), { digest, size: 5 }))).toMatchObject({
      name: 'ContentError',
      code: 'DIGEST_MISMATCH',
      expected: digest,
      actual: sha('hellO'),
    })
  })

  test('refuses another size, and says both', async () => {
    const digest = parseDigest(sha('hello'))
    expect(await thrownBy(() => verifyBytes(utf8('hello'), { digest, size: 6 }))).toMatchObject({
      code: 'SIZE_MISMATCH',
      expected: 6,
      actual: 5,
    })
  })
})

describe('verifyStream', () => {
  const digest = parseDigest(sha('hello world'))

  /** What comes out of the check, and what it fails with. */
  async function pass(
    chunks: readonly (string | Uint8Array)[],
    expected: { digest: Digest; size?: number },
  ): Promise<{ text: string; error?: unknown }> {
    const reader = streamOf(...chunks)
      .pipeThrough(verifyStream(expected))
      .getReader()
    let text = ''
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return { text }
        text += new TextDecoder().decode(value)
      }
    } catch (error) {
      return { text, error }
    }
  }

  test.each(algorithms)('hands on a stream of the right %s unchanged', async (algorithm) => {
    const expected = { digest: parseDigest(sha('hello world', algorithm)), size: 11 }
    expect(await pass(['hello', ' ', 'world'], expected)).toEqual({ text: 'hello world' })
  })

  test('checks the digest where the size is not known', async () => {
    expect(await pass(['hello world'], { digest })).toEqual({ text: 'hello world' })
    const { error } = await pass(['hello there'], { digest })
    expect(error).toMatchObject({ name: 'ContentError', code: 'DIGEST_MISMATCH' })
  })

  test('fails at the end of a stream that is too short', async () => {
    const { text, error } = await pass(['hello', ' '], { digest, size: 11 })
    expect(text).toBe('hello ')
    expect(error).toMatchObject({ code: 'SIZE_MISMATCH', expected: 11, actual: 6 })
  })

  test('fails a stream that is empty', async () => {
    const { error } = await pass([], { digest, size: 11 })
    expect(error).toMatchObject({ code: 'SIZE_MISMATCH', expected: 11, actual: 0 })
  })

  test('fails a stream that is too long, and hands on nothing beyond its size', async () => {
    const { text, error } = await pass(['hello', ' world', ' and more', 'x'], { digest, size: 11 })
    expect(text).not.toContain('and more')
    expect('hello world').toContain(text)
    expect(error).toMatchObject({ code: 'SIZE_MISMATCH', expected: 11, actual: 20 })
  })

  test('hands on nothing of a first chunk that is too long', async () => {
    const { text, error } = await pass(['hello world!'], { digest, size: 11 })
    expect(text).toBe('')
    expect(error).toMatchObject({ code: 'SIZE_MISMATCH' })
  })

  test('fails at the end of a stream of the right size and other bytes', async () => {
    const { error } = await pass(['hello', ' w0rld'], { digest, size: 11 })
    expect(error).toMatchObject({
      code: 'DIGEST_MISMATCH',
      expected: digest,
      actual: `sha256:${createHash('sha256').update('hello w0rld').digest('hex')}`,
    })
  })

  test('stops the source when too much comes', async () => {
    const { stream, cancelled } = endless(utf8('hello'))
    const reading = new Response(
      stream.pipeThrough(verifyStream({ digest, size: 11 })) as ReadableStream<
        Uint8Array<ArrayBuffer>
      >,
    ).text()
    expect(await thrownBy(() => reading)).toMatchObject({ code: 'SIZE_MISMATCH' })
    expect(cancelled()).toBe(true)
  })
})
