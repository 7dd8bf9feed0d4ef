import { describe, expect, test, vi } from 'vitest'
import { digestOf, errorOf, pushBlob, type Send, start } from '../_registry.ts'

const text = 'the quick brown fox'
const digest = digestOf(text)

async function open(send: Send, query = ''): Promise<string> {
  const answer = await send('POST', `/v2/app/blobs/uploads/${query}`)
  expect(answer.status).toBe(202)
  return answer.headers.get('Location')!
}

async function pulled(send: Send, name = 'app', wanted = digest): Promise<string | undefined> {
  const answer = await send('GET', `/v2/${name}/blobs/${wanted}`)
  return answer.status === 200 ? answer.text() : undefined
}

describe('POST, then PUT', () => {
  test('stores the blob and says where it can be pulled', async () => {
    const send = start()
    const answer = await send('PUT', `${await open(send)}?digest=${digest}`, { body: text })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('Docker-Content-Digest')).toBe(digest)
    expect(await (await send('GET', answer.headers.get('Location')!)).text()).toBe(text)
  })

  test.each(['sha384', 'sha512'])('stores a blob by %s, announced or not', async (algorithm) => {
    const wanted = digestOf(text, algorithm)
    for (const query of ['', `?digest-algorithm=${algorithm}`]) {
      const send = start()
      const answer = await send('PUT', `${await open(send, query)}?digest=${wanted}`, {
        body: text,
      })
      expect(answer.status).toBe(201)
      expect(answer.headers.get('Docker-Content-Digest')).toBe(wanted)
      expect(await pulled(send, 'app', wanted)).toBe(text)
    }
  })

  test('refuses other bytes than those of the digest, and ends the session', async () => {
    const send = start()
    const location = await open(send)
    const answer = await send('PUT', `${location}?digest=${digest}`, { body: 'other' })
    expect(await errorOf(answer)).toBe('400 DIGEST_INVALID')
    expect(await pulled(send)).toBeUndefined()
    expect(await pulled(send, 'app', digestOf('other'))).toBeUndefined()
    expect((await send('GET', location)).status).toBe(404)
  })

  test('refuses a digest that is missing or malformed, and keeps the session', async () => {
    const send = start()
    const location = await open(send)
    for (const query of ['', '?digest=sha256:bad', '?digest=']) {
      const answer = await send('PUT', `${location}${query}`, { body: text })
      expect(await errorOf(answer)).toBe('400 DIGEST_INVALID')
    }
    expect((await send('GET', location)).status).toBe(204)
  })

  test('opens a session also without the slash at the end', async () => {
    const send = start()
    expect((await send('POST', '/v2/app/blobs/uploads')).status).toBe(202)
  })
})

describe('a single POST', () => {
  test('keeps bytes of a sender that uses one buffer again and again', async () => {
    const send = start()
    const parts = ['the ', 'quick ', 'brown ', 'fox']
    const buffer = new Uint8Array(6)
    const source: UnderlyingDefaultSource<Uint8Array> = {
      pull(controller) {
        const part = parts.shift()
        if (!part) return controller.close()
        new TextEncoder().encodeInto(part, buffer)
        controller.enqueue(buffer.subarray(0, part.length))
      },
    }
    // No chunk is made before the last one was taken.
    const body = new ReadableStream(source, { highWaterMark: 0 })
    const init = { body, duplex: 'half' } as RequestInit
    expect((await send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, init)).status).toBe(201)
    expect(await pulled(send)).toBe(text)
  })

  test('stores the blob at once', async () => {
    const send = start()
    const answer = await send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: text })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('Location')).toBe(`/v2/app/blobs/${digest}`)
    expect(await pulled(send)).toBe(text)
  })

  test('refuses other bytes and malformed digests', async () => {
    const send = start()
    const post = (value: string) =>
      send('POST', `/v2/app/blobs/uploads/?digest=${value}`, { body: 'other' })
    expect(await errorOf(await post(digest))).toBe('400 DIGEST_INVALID')
    expect(await errorOf(await post('sha256:bad'))).toBe('400 DIGEST_INVALID')
    expect(await pulled(send)).toBeUndefined()
  })

  test('opens a session and drops the body where it is not supported', async () => {
    const send = start({ singlePost: false })
    const answer = await send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: text })
    expect(answer.status).toBe(202)
    expect(await pulled(send)).toBeUndefined()
    const location = answer.headers.get('Location')!
    expect((await send('PUT', `${location}?digest=${digest}`, { body: text })).status).toBe(201)
    expect(await pulled(send)).toBe(text)
  })
})

describe('mounting', () => {
  const mount = (send: Send, name: string, query: string, init?: RequestInit) =>
    send('POST', `/v2/${name}/blobs/uploads/?mount=${digest}${query}`, init)

  test('makes the blob of another repository this one’s', async () => {
    const send = start()
    await pushBlob(send, 'app', text)
    const answer = await mount(send, 'other', '&from=app')
    expect(answer.status).toBe(201)
    expect(answer.headers.get('Location')).toBe(`/v2/other/blobs/${digest}`)
    expect(await pulled(send, 'other')).toBe(text)
  })

  test('answers from the same repository whether the blob is there', async () => {
    const send = start()
    expect((await mount(send, 'app', '&from=app')).status).toBe(202)
    await pushBlob(send, 'app', text)
    expect((await mount(send, 'app', '&from=app')).status).toBe(201)
  })

  test('opens a session where there is nothing to mount, or nobody said from where', async () => {
    const send = start()
    await pushBlob(send, 'app', text)
    for (const query of ['', '&from=nobody', '&from=Not/a/Name', '&from=']) {
      const answer = await mount(send, 'other', query)
      expect(answer.status, query).toBe(202)
      expect(await pulled(send, 'other')).toBeUndefined()
      const location = answer.headers.get('Location')!
      expect((await send('GET', location)).status).toBe(204)
    }
  })

  test('refuses a malformed digest', async () => {
    const answer = await start()('POST', '/v2/app/blobs/uploads/?mount=sha256:bad&from=other')
    expect(await errorOf(answer)).toBe('400 DIGEST_INVALID')
  })

  test('stores the body of the same request where there is nothing to mount', async () => {
    const send = start()
    const query = `&from=app&digest=${digest}`
    expect((await mount(send, 'app', query, { body: text })).status).toBe(201)
    expect(await pulled(send)).toBe(text)
    expect((await mount(send, 'app', query, { body: 'ignored' })).status).toBe(201)
    const plain = start({ singlePost: false })
    expect((await mount(plain, 'app', query, { body: text })).status).toBe(202)
  })
})

describe('chunks', () => {
  const chunk = (body: string, range?: string): RequestInit => ({
    body,
    ...(range && { headers: { 'Content-Range': range } }),
  })

  test('are put together in order, the last one with PUT', async () => {
    const send = start()
    const location = await open(send)
    const first = await send('PATCH', location, chunk('the quick ', '0-9'))
    expect(first.status).toBe(202)
    expect(first.headers.get('Range')).toBe('0-9')
    const second = await send('PATCH', first.headers.get('Location')!, chunk('brown ', '10-15'))
    expect(second.headers.get('Range')).toBe('0-15')
    const last = await send('PUT', `${location}?digest=${digest}`, chunk('fox', '16-18'))
    expect(last.status).toBe(201)
    expect(await pulled(send)).toBe(text)
  })

  test('may all come with PATCH, and PUT without a body', async () => {
    const send = start()
    const location = await open(send)
    await send('PATCH', location, chunk(text))
    expect((await send('PUT', `${location}?digest=${digest}`)).status).toBe(201)
    expect(await pulled(send)).toBe(text)
  })

  test.each(['PATCH', 'PUT'])(
    'out of order answer %s with 416, and the session lives',
    async (method) => {
      const send = start()
      const location = await open(send)
      await send('PATCH', location, chunk('the quick ', '0-9'))
      for (const range of ['0-8', '9-17', '11-19']) {
        const target = method === 'PUT' ? `${location}?digest=${digest}` : location
        const answer = await send(method, target, chunk('brown fox', range))
        expect(answer.headers.get('Range')).toBe('0-9')
        expect(answer.headers.get('Location')).toBe(location)
        expect(await errorOf(answer)).toBe('416 BLOB_UPLOAD_INVALID')
      }
      const status = await send('GET', location)
      expect(status.status).toBe(204)
      expect(status.headers.get('Range')).toBe('0-9')
      await send('PATCH', status.headers.get('Location')!, chunk('brown fox', '10-18'))
      expect((await send('PUT', `${location}?digest=${digest}`)).status).toBe(201)
      expect(await pulled(send)).toBe(text)
    },
  )

  test.each(['bytes 0-9/19', '0-', '9-0', 'x', '0-9/*'])(
    'with the Content-Range %s are refused',
    async (range) => {
      const send = start()
      const answer = await send('PATCH', await open(send), chunk('the quick ', range))
      expect(await errorOf(answer)).toBe('400 BLOB_UPLOAD_INVALID')
    },
  )

  test('of another length than announced are refused, and never reach beyond their range', async () => {
    const send = start()
    const location = await open(send)
    const long = await send('PATCH', location, chunk('the quick brown', '0-9'))
    expect(await errorOf(long)).toBe('400 SIZE_INVALID')
    expect((await send('GET', location)).headers.get('Range')).toBe('0-9')
    const short = await send('PATCH', location, chunk('brown', '10-18'))
    expect(await errorOf(short)).toBe('400 SIZE_INVALID')
    expect((await send('GET', location)).headers.get('Range')).toBe('0-14')
    await send('PATCH', location, chunk(' fox', '15-18'))
    expect((await send('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  })

  test('sent at the same time are taken one after the other', async () => {
    const send = start()
    const location = await open(send)
    const answers = await Promise.all([
      send('PATCH', location, chunk('the quick ', '0-9')),
      send('PATCH', location, chunk('the quick ', '0-9')),
      send('PATCH', location, chunk('brown fox', '10-18')),
    ])
    expect(answers.map(({ status }) => status)).toEqual([202, 416, 202])
    expect((await send('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  })

  test('of a request that breaks are kept as far as they came', async () => {
    const send = start()
    const location = await open(send)
    const parts = ['the quick ', 'brown ']
    const body = new ReadableStream({
      pull(controller) {
        const part = parts.shift()
        if (part) controller.enqueue(new TextEncoder().encode(part))
        else controller.error(new Error('line cut'))
      },
    })
    const init = { body, duplex: 'half' } as RequestInit
    await expect(send('PATCH', location, init)).rejects.toThrow('line cut')
    expect((await send('GET', location)).headers.get('Range')).toBe('0-15')
    await send('PATCH', location, chunk('fox', '16-18'))
    expect((await send('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  })
})

describe('sessions', () => {
  test('say how far they are', async () => {
    const send = start()
    const location = await open(send)
    const answer = await send('GET', location)
    expect(answer.status).toBe(204)
    expect(answer.headers.get('Range')).toBe('0-0')
    expect(answer.headers.get('Location')).toBe(location)
  })

  test('can be cancelled', async () => {
    const send = start()
    const location = await open(send)
    await send('PATCH', location, { body: 'x' })
    expect((await send('DELETE', location)).status).toBe(204)
    for (const method of ['GET', 'DELETE', 'PATCH']) {
      expect(await errorOf(await send(method, location))).toBe('404 BLOB_UPLOAD_UNKNOWN')
    }
  })

  test('can be cancelled, and asked, while a request hangs in them', async () => {
    const send = start()
    const location = await open(send)
    let go = () => {}
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(new TextEncoder().encode('xyz'))
        await new Promise<void>((resolve) => {
          go = resolve
        })
      },
    })
    const hanging = send('PATCH', location, { body, duplex: 'half' } as RequestInit)
    await vi.waitFor(async () => {
      expect((await send('GET', location)).headers.get('Range')).toBe('0-2')
    })
    expect((await send('DELETE', location)).status).toBe(204)
    go()
    expect(await errorOf(await hanging)).toBe('404 BLOB_UPLOAD_UNKNOWN')
  })

  test('belong to one repository, end with PUT, and cannot be guessed', async () => {
    const send = start()
    const location = await open(send)
    expect((await send('GET', location.replace('/app/', '/other/'))).status).toBe(404)
    await send('PUT', `${location}?digest=${digest}`, { body: text })
    expect((await send('GET', location)).status).toBe(404)
    expect(location).toMatch(/\/[0-9a-f]{32}$/)
  })

  test('are refused with 429 above their number, until one ends', async () => {
    const send = start({ limits: { uploads: 2 } })
    const locations = [await open(send), await open(send)]
    expect(await errorOf(await send('POST', '/v2/app/blobs/uploads/'))).toBe('429 TOOMANYREQUESTS')
    await pushBlob(send, 'app', 'needs no session')
    await send('DELETE', locations[0]!)
    await open(send)
    expect((await send('PUT', `${locations[1]}?digest=${digest}`, { body: text })).status).toBe(201)
    await open(send)
  })

  test('are counted while they are being opened', async () => {
    const send = start({ limits: { uploads: 3 } })
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => send('POST', '/v2/app/blobs/uploads/')),
    )
    expect(answers.map(({ status }) => status).filter((status) => status === 202)).toHaveLength(3)
  })

  test('that nobody uses make room after the time that the options say', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const send = start({ limits: { uploads: 2, uploadIdle: 60 } })
      const [idle, busy] = [await open(send), await open(send)]
      vi.advanceTimersByTime(50_000)
      await send('PATCH', busy, { body: 'x' })
      vi.advanceTimersByTime(10_000)
      await open(send)
      expect((await send('GET', idle)).status).toBe(404)
      expect((await send('GET', busy)).status).toBe(204)
    } finally {
      vi.useRealTimers()
    }
  })

  test('end where their blob grows over the limit', async () => {
    const send = start({ limits: { blob: 10 } })
    for (const body of ['12345678901', new Blob(['12345678901']).stream()]) {
      const location = await open(send)
      const init = { body, duplex: 'half' } as RequestInit
      expect(await errorOf(await send('PATCH', location, init))).toBe('413 SIZE_INVALID')
      expect((await send('GET', location)).status).toBe(404)
    }
  })

  test('that nobody touched for an hour are dropped when another is opened', async () => {
    vi.useFakeTimers()
    try {
      const send = start()
      const old = await open(send)
      vi.advanceTimersByTime(59 * 60 * 1000)
      await open(send)
      expect((await send('GET', old)).status).toBe(204)
      vi.advanceTimersByTime(61 * 60 * 1000)
      await open(send)
      expect((await send('GET', old)).status).toBe(404)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('aborting', () => {
  test('an upload that waits for its body ends with the reason, and keeps the session', async () => {
    const send = start()
    const location = await open(send)
    const abort = new AbortController()
    const bytes = new TextEncoder().encode('the quick ')
    const body = new ReadableStream({ start: (c) => c.enqueue(bytes) })
    const init = { body, duplex: 'half', signal: abort.signal } as RequestInit
    const hanging = send('PATCH', location, init)
    const reason = new Error('enough')
    setTimeout(() => abort.abort(reason), 10)
    await expect(hanging).rejects.toBe(reason)
    expect((await send('GET', location)).headers.get('Range')).toBe('0-9')
  })
})
