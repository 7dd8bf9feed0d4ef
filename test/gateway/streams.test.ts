import { describe, expect, test } from 'vitest'
import type { Fetch } from '../../src/index.ts'
import { setUp } from './_gateway.ts'

const blob = '/v2/team/app/blobs/sha256:x'
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const streamed = (body: ReadableStream) =>
  ({ method: 'PATCH', body, duplex: 'half' }) as RequestInit

/** Sends a chunk whenever one is wanted, so many times, and then nothing more. */
const chunks = (count: number, size = 1024): ReadableStream<Uint8Array> => {
  let sent = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (sent++ < count) controller.enqueue(new Uint8Array(size))
        else return new Promise(() => {})
        return undefined
      },
    },
    { highWaterMark: 0 },
  )
}

describe('an upstream that stands still', () => {
  test('before its headers is a 504 after "timeout"', async () => {
    const { ask } = setUp({ timeout: 50, upstreamFetch: () => untilAborted })
    const answer = await ask('/v2/')
    expect(answer.status).toBe(504)
    expect((await answer.json()).errors[0].message).toContain('did not answer within 50 ms')
  })

  test('is a 504 even where nothing can be aborted', async () => {
    const { ask } = setUp({ timeout: 50, upstreamFetch: () => () => new Promise(() => {}) })
    expect((await ask('/v2/')).status).toBe(504)
  })

  test('in a body breaks the answer off', async () => {
    const { ask } = setUp({
      timeout: 100,
      upstreamFetch: () => async () => new Response(chunks(3)),
    })
    const answer = await ask(blob)
    await expect(answer.arrayBuffer()).rejects.toThrow('sent nothing more for 100 ms')
  })

  test('and takes no more of an upload is a 504', async () => {
    const { ask } = setUp({
      timeout: 100,
      upstreamFetch: () => async (request) => {
        await request.body!.getReader().read()
        return untilAborted(request)
      },
    })
    const answer = await ask(blob, streamed(chunks(100)))
    expect(answer.status).toBe(504)
  })
})

test('what was sent may take longer than "timeout" to be stored, and a body longer to come', async () => {
  const slow: Fetch = async (request) => {
    await request.arrayBuffer()
    await wait(300)
    return new Response(null, { status: 202 })
  }
  const { ask } = setUp({ timeout: 100, upstreamFetch: () => slow })
  let sent = 0
  const trickle = new ReadableStream({
    async pull(controller) {
      await wait(60)
      if (sent++ < 4) controller.enqueue(new Uint8Array(8))
      else controller.close()
    },
  })
  expect((await ask(blob, streamed(trickle))).status).toBe(202)
})

test('a client that reads slowly is waited for, however long it takes', async () => {
  const { ask } = setUp({ timeout: 50, upstreamFetch: () => async () => new Response(chunks(3)) })
  const reader = (await ask(blob)).body!.getReader()
  for (let n = 0; n < 3; n++) {
    await wait(100)
    expect((await reader.read()).value).toHaveLength(1024)
  }
})

describe('requests of one client', () => {
  const headersOf = (client: string) => ({ headers: { 'x-client': client } })
  const options = {
    concurrency: 2,
    clientOf: (request: Request) => request.headers.get('x-client') ?? undefined,
  }

  test('beyond "concurrency" wait until the body of another was read, or let go', async () => {
    const body = () => new Response('x')
    const { ask, sent } = setUp({ ...options, upstreamFetch: () => async () => body() })
    const first = await ask(blob, headersOf('a'))
    const second = await ask(blob, headersOf('a'))
    const third = ask(blob, headersOf('a'))
    const fourth = ask(blob, headersOf('a'))
    expect((await ask(blob, headersOf('b'))).status).toBe(200)
    expect(sent).toHaveLength(3)
    await first.text()
    expect((await third).status).toBe(200)
    expect(sent).toHaveLength(4)
    await second.body!.cancel()
    expect((await fourth).status).toBe(200)
  })

  test('get a 429 when their turn does not come within "timeout"', async () => {
    const { ask } = setUp({
      ...options,
      timeout: 100,
      upstreamFetch: () => async () => new Response(chunks(1)),
    })
    await Promise.all([ask(blob, headersOf('a')), ask(blob, headersOf('a'))])
    const late = await ask(blob, headersOf('a'))
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await late.json()).errors[0].code).toBe('TOOMANYREQUESTS')
    expect((await ask(blob, headersOf('b'))).status).toBe(200)
  })

  test('end their turn with the client, and what waits with its own', async () => {
    const { ask } = setUp({ ...options, upstreamFetch: () => async () => new Response(chunks(1)) })
    const gone = new AbortController()
    const init = { ...headersOf('a'), signal: gone.signal }
    await Promise.all([ask(blob, init), ask(blob, init)])
    const impatient = new AbortController()
    const given = ask(blob, { ...headersOf('a'), signal: impatient.signal })
    const waiting = ask(blob, headersOf('a'))
    impatient.abort(new Error('no more'))
    await expect(given).rejects.toThrow('no more')
    gone.abort()
    expect((await waiting).status).toBe(200)
  })

  test('whose name cannot be found are a 502, and nothing is thrown', async () => {
    const { ask } = setUp({
      clientOf() {
        throw new Error('no header')
      },
    })
    expect((await ask('/v2/')).status).toBe(502)
  })

  test('of nobody have no limit', async () => {
    const { ask } = setUp({ ...options, upstreamFetch: () => async () => new Response(chunks(1)) })
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(blob)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
  })

  test('end their turn with a failure too', async () => {
    const { ask } = setUp({
      ...options,
      upstreamFetch: () => async () => {
        throw new TypeError('fetch failed')
      },
    })
    for (let n = 0; n < 5; n++) {
      const answer = await ask(blob, headersOf('a'))
      expect([answer.status, (await answer.json()).errors]).toEqual([502, [expect.anything()]])
    }
  })
})

function untilAborted({ signal }: Request): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}
