import { expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { respondBy } from '../../../src/embedded/wire/answer.ts'
import { digestOf } from '../_registry.ts'

const size = 64 * 1024

/** A push of three chunks, which are filled one after the other by the sender. */
function push(chunks: readonly Uint8Array<ArrayBuffer>[]): Request {
  const left = [...chunks]
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = left.shift()
        if (chunk) controller.enqueue(chunk)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  const whole = Buffer.concat(chunks)
  const url = `http://registry.test/v2/app/blobs/uploads/?digest=${digestOf(whole)}`
  return new Request(url, { method: 'POST', body, duplex: 'half' } as RequestInit)
}

const filled = (n: number) => new Uint8Array(size).fill(n)

test('chunks of a stream stay what they are: who sends them may use them again', async () => {
  const chunk = filled(1)
  expect((await embeddedRegistry().fetch(push([chunk, chunk, chunk]))).status).toBe(201)
  expect(chunk).toEqual(filled(1))
})

test('chunks that a server read are given back as soon as they are kept', async () => {
  const chunks = [filled(1), filled(2), filled(3).subarray(1), filled(4).subarray(0, 1000)]
  const request = push(chunks)
  respondBy(request, ({ status, body }) => new Response(body, { status }))
  expect((await embeddedRegistry().fetch(request)).status).toBe(201)
  // A part of a buffer may not be all that is used of it.
  expect(chunks.map(({ byteLength }) => byteLength)).toEqual([0, 0, size - 1, 1000])
})
