import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, fieldsOf, readBounded } from '../../src/platform/body.ts'
import { endless, stalled, streamOf, thrownBy, utf8 } from '../registry/_registry.ts'

const answer = (...chunks: string[]): Response =>
  new Response(streamOf(...chunks) as ReadableStream<Uint8Array<ArrayBuffer>>)

describe('readBounded', () => {
  test('reads a body of exactly the limit', async () => {
    expect(await readBounded(answer('abc', 'def'), 6)).toEqual(utf8('abcdef'))
  })

  test('reads no body as no bytes', async () => {
    expect(await readBounded(new Response(null), 6)).toEqual(utf8(''))
  })

  test('refuses one byte more', async () => {
    expect(await thrownBy(() => readBounded(answer('abc', 'defg'), 6))).toMatchObject({
      name: 'ContentError',
      code: 'TOO_LARGE',
      expected: 6,
      actual: 7,
    })
  })

  test('stops reading an endless body, and cancels it', async () => {
    const { stream, sent, cancelled } = endless(utf8('abc'))
    expect(await thrownBy(() => readBounded(new Response(stream), 6))).toMatchObject({
      code: 'TOO_LARGE',
    })
    expect(sent()).toBeLessThanOrEqual(4)
    expect(cancelled()).toBe(true)
  })

  test('refuses what announces too much, before it reads anything', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
      { pull: () => void pulled++ },
      { highWaterMark: 0 },
    )
    const response = new Response(body, { headers: { 'content-length': '7' } })
    expect(await thrownBy(() => readBounded(response, 6))).toMatchObject({
      code: 'TOO_LARGE',
      actual: 7,
    })
    expect(pulled).toBe(0)
  })

  test('cuts what is too long where that is wanted, also when it says so', async () => {
    expect(await readBounded(answer('abc', 'defg'), 5, 'cut')).toEqual(utf8('abcde'))
    const told = new Response('abcdefg', { headers: { 'content-length': '7' } })
    expect(await readBounded(told, 5, 'cut')).toEqual(utf8('abcde'))
  })

  test('passes an error of the body through', async () => {
    const broken = new TypeError('terminated')
    const body = new ReadableStream({ pull: (controller) => controller.error(broken) })
    expect(await thrownBy(() => readBounded(new Response(body), 6))).toBe(broken)
  })

  test('ends with the reason of a signal, and lets go of a body that stalls', async () => {
    const controller = new AbortController()
    const response = new Response(stalled(utf8('abc')))
    const reading = thrownBy(() => readBounded(response, 6, 'throw', controller.signal))
    await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort('enough')
    expect(await reading).toBe('enough')
    const late = thrownBy(() => readBounded(answer('abc'), 6, 'throw', controller.signal))
    expect(await late).toBe('enough')
  })
})

test('concat puts chunks together and cuts them to the size', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), fc.nat(20), (chunks, size) => {
      const whole = Buffer.concat(chunks)
      expect(Buffer.from(concat(chunks, whole.length))).toEqual(whole)
      const cut = Math.min(size, whole.length)
      expect(Buffer.from(concat(chunks, cut))).toEqual(whole.subarray(0, cut))
    }),
  )
})

describe('fieldsOf', () => {
  test('gives the fields of an object, and the places of a list', () => {
    expect(fieldsOf(utf8('{"a":1,"b":null}'))).toEqual({ a: 1, b: null })
    expect(fieldsOf(utf8('[1,2]'))[1]).toBe(2)
  })

  test.each(['', '{', 'null', 'true', '<html>', '\ufeff{'])('has no fields of %j', (text) => {
    expect(Object.keys(fieldsOf(utf8(text)))).toEqual([])
  })

  test('has no fields of no bytes', () => {
    expect(fieldsOf(undefined)).toEqual({})
  })
})
