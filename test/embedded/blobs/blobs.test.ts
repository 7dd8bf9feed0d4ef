import { describe, expect, test } from 'vitest'
import { digestOf, errorOf, pushBlob, start } from '../_registry.ts'

const text = 'the quick brown fox'

describe('pulling blobs', () => {
  test('answers the bytes, their length and their digest', async () => {
    const send = start()
    const digest = await pushBlob(send, 'app', text)
    const answer = await send('GET', `/v2/app/blobs/${digest}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Length')).toBe('19')
    expect(answer.headers.get('Docker-Content-Digest')).toBe(digest)
    expect(answer.headers.get('Accept-Ranges')).toBe('bytes')
    expect(await answer.text()).toBe(text)
  })

  test('answers HEAD with the headers of GET and no body, whatever Range says', async () => {
    const send = start()
    const digest = await pushBlob(send, 'app', text)
    const get = await send('GET', `/v2/app/blobs/${digest}`)
    const head = await send('HEAD', `/v2/app/blobs/${digest}`, { headers: { Range: 'bytes=1-2' } })
    expect(head.status).toBe(200)
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers))
    expect(await head.text()).toBe('')
  })

  test('answers an empty blob', async () => {
    const send = start()
    const digest = await pushBlob(send, 'app', '')
    const answer = await send('GET', `/v2/app/blobs/${digest}`)
    expect(answer.headers.get('Content-Length')).toBe('0')
    expect(await answer.text()).toBe('')
  })

  test('knows only the blobs of the repository', async () => {
    const send = start()
    const digest = await pushBlob(send, 'app', text)
    expect(await errorOf(await send('GET', `/v2/other/blobs/${digest}`))).toBe('404 BLOB_UNKNOWN')
    expect(await errorOf(await send('GET', '/v2/app/blobs/sha256:bad'))).toBe('400 DIGEST_INVALID')
  })

  test('hands out a blob of many chunks piece by piece, unharmed by what readers do', async () => {
    const send = start()
    const big = new Uint8Array(3_000_000).map((_, i) => i % 251)
    const digest = digestOf(big)
    await send('POST', `/v2/app/blobs/uploads/?digest=${digest}`, { body: big })
    const first = await send('GET', `/v2/app/blobs/${digest}`)
    let pieces = 0
    for await (const piece of first.body!) {
      pieces += 1
      piece.fill(0)
    }
    expect(pieces).toBeGreaterThan(5)
    const second = await send('GET', `/v2/app/blobs/${digest}`)
    expect(digestOf(new Uint8Array(await second.arrayBuffer()))).toBe(digest)
  })

  test('fails the body with the reason when the request is aborted', async () => {
    const send = start()
    const digest = await pushBlob(send, 'app', text)
    const abort = new AbortController()
    const answer = await send('GET', `/v2/app/blobs/${digest}`, { signal: abort.signal })
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(answer.body!.getReader().read()).rejects.toBe(reason)
  })
})

describe('ranges', () => {
  test.each([
    ['bytes=4-8', 'quick', 'bytes 4-8/19'],
    ['bytes=0-0', 't', 'bytes 0-0/19'],
    ['bytes=16-', 'fox', 'bytes 16-18/19'],
    ['bytes=-3', 'fox', 'bytes 16-18/19'],
    ['bytes=-500', text, 'bytes 0-18/19'],
    ['bytes=16-500', 'fox', 'bytes 16-18/19'],
    ['Bytes= 16 - 18 ', 'fox', 'bytes 16-18/19'],
    ['bytes=0-99999999999999999999', text, 'bytes 0-18/19'],
  ])('%s answers 206 with just that', async (range, expected, contentRange) => {
    const send = start()
    const digest = await pushBlob(send, 'app', text)
    const answer = await send('GET', `/v2/app/blobs/${digest}`, { headers: { Range: range } })
    expect(answer.status).toBe(206)
    expect(answer.headers.get('Content-Range')).toBe(contentRange)
    expect(answer.headers.get('Content-Length')).toBe(String(expected.length))
    expect(await answer.text()).toBe(expected)
  })

  test.each(['bytes=19-', 'bytes=19-20', 'bytes=500-0', 'bytes=-0'])(
    '%s answers 416 with the size',
    async (range) => {
      const send = start()
      const digest = await pushBlob(send, 'app', text)
      const answer = await send('GET', `/v2/app/blobs/${digest}`, { headers: { Range: range } })
      expect(answer.status).toBe(416)
      expect(answer.headers.get('Content-Range')).toBe('bytes */19')
    },
  )

  test.each(['bytes=-5', 'bytes=0-'])('%s of an empty blob answers 416', async (range) => {
    const send = start()
    const digest = await pushBlob(send, 'app', '')
    const answer = await send('GET', `/v2/app/blobs/${digest}`, { headers: { Range: range } })
    expect(answer.status).toBe(416)
  })

  test.each(['lines=1-2', 'bytes=1-2,4-5', 'bytes=-', 'bytes=a-b', 'bytes'])(
    '%s is ignored and all is answered',
    async (range) => {
      const send = start()
      const digest = await pushBlob(send, 'app', text)
      const answer = await send('GET', `/v2/app/blobs/${digest}`, { headers: { Range: range } })
      expect(answer.status).toBe(200)
      expect(await answer.text()).toBe(text)
    },
  )

  test('a range under an If-Range is ignored, as there is nothing to compare', async () => {
    const send = start()
    const digest = await pushBlob(send, 'app', text)
    const headers = { Range: 'bytes=1-2', 'If-Range': '"x"' }
    expect((await send('GET', `/v2/app/blobs/${digest}`, { headers })).status).toBe(200)
  })

  test('a range may start and end inside chunks that were pushed one by one', async () => {
    const send = start()
    const open = await send('POST', '/v2/app/blobs/uploads/')
    const location = open.headers.get('Location')!
    for (const part of ['the qui', 'ck bro', 'wn fox'])
      await send('PATCH', location, { body: part })
    await send('PUT', `${location}?digest=${digestOf(text)}`)
    for (let start = 0; start < text.length; start += 1) {
      for (let end = start; end < text.length; end += 1) {
        const headers = { Range: `bytes=${start}-${end}` }
        const answer = await send('GET', `/v2/app/blobs/${digestOf(text)}`, { headers })
        expect(await answer.text()).toBe(text.slice(start, end + 1))
      }
    }
  })
})

describe('deleting blobs', () => {
  test('deletes the blob of one repository and leaves those of others', async () => {
    const send = start()
    const digest = await pushBlob(send, 'app', text)
    await send('POST', `/v2/other/blobs/uploads/?mount=${digest}&from=app`)
    expect((await send('DELETE', `/v2/app/blobs/${digest}`)).status).toBe(202)
    expect((await send('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(404)
    expect((await send('HEAD', `/v2/other/blobs/${digest}`)).status).toBe(200)
    expect(await errorOf(await send('DELETE', `/v2/app/blobs/${digest}`))).toBe('404 BLOB_UNKNOWN')
  })

  test('answers 405 where deletes are off', async () => {
    const send = start({ deletes: false })
    const digest = await pushBlob(send, 'app', text)
    expect(await errorOf(await send('DELETE', `/v2/app/blobs/${digest}`))).toBe('405 UNSUPPORTED')
    expect((await send('HEAD', `/v2/app/blobs/${digest}`)).status).toBe(200)
  })
})
