import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../../src/embedded/index.ts'
import {
  descriptor,
  digestOf,
  errorOf,
  IMAGE,
  INDEX,
  image,
  index,
  pushBlob,
  pushImage,
  putManifest,
  start,
} from '../_registry.ts'

describe('pulling manifests', () => {
  test('answers the bytes that were pushed, by tag and by digest', async () => {
    const send = start()
    await pushBlob(send, 'team/app', '{}')
    const text = `${image().slice(0, -1)},\n  "x-unknown": "ü" }`
    const digest = digestOf(text)
    expect((await putManifest(send, 'team/app', 'v1', text)).status).toBe(201)
    for (const reference of ['v1', digest]) {
      const answer = await send('GET', `/v2/team/app/manifests/${reference}`)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('Content-Type')).toBe(IMAGE)
      expect(answer.headers.get('Content-Length')).toBe(
        String(new TextEncoder().encode(text).byteLength),
      )
      expect(answer.headers.get('Docker-Content-Digest')).toBe(digest)
      expect(await answer.text()).toBe(text)
    }
  })

  test('answers HEAD with the headers of GET and no body', async () => {
    const send = start()
    await pushImage(send, 'app', 'v1')
    const get = await send('GET', '/v2/app/manifests/v1')
    const head = await send('HEAD', '/v2/app/manifests/v1')
    expect(head.status).toBe(200)
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers))
    expect(await head.text()).toBe('')
  })

  test('does not care what Accept says', async () => {
    const send = start()
    await pushImage(send, 'app', 'v1')
    const answer = await send('GET', '/v2/app/manifests/v1', { headers: { Accept: INDEX } })
    expect(answer.status).toBe(200)
  })

  test('tells an unknown repository from an unknown manifest', async () => {
    const send = start()
    await pushImage(send, 'app', 'v1')
    expect(await errorOf(await send('GET', '/v2/app/manifests/v2'))).toBe('404 MANIFEST_UNKNOWN')
    expect(await errorOf(await send('GET', '/v2/other/manifests/v1'))).toBe('404 NAME_UNKNOWN')
    const head = await send('HEAD', '/v2/app/manifests/v2')
    expect(head.status).toBe(404)
    expect(await head.text()).toBe('')
  })

  test('takes a digest whose colon is percent-encoded', async () => {
    const send = start()
    const digest = await pushImage(send, 'app', 'v1')
    const path = `/v2/app/manifests/${digest.replace(':', '%3A')}`
    expect((await send('GET', path)).status).toBe(200)
  })

  test.each([
    ['sha256:baddigeststring', '400 DIGEST_INVALID'],
    [`sha256:${'A'.repeat(64)}`, '400 DIGEST_INVALID'],
    [`md5:${'a'.repeat(32)}`, '400 DIGEST_INVALID'],
    ['.v1', '400 MANIFEST_INVALID'],
    ['v%2F1', '400 MANIFEST_INVALID'],
    ['%', '400 MANIFEST_INVALID'],
    ['a'.repeat(129), '400 MANIFEST_INVALID'],
  ])('refuses the reference %s', async (reference, expected) => {
    const send = start()
    await pushImage(send, 'app', 'v1')
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const init = method === 'PUT' ? { body: image(), headers: { 'Content-Type': IMAGE } } : {}
      expect(await errorOf(await send(method, `/v2/app/manifests/${reference}`, init))).toBe(
        expected,
      )
    }
  })
})

describe('pushing manifests', () => {
  test('says where the manifest can be pulled', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const answer = await putManifest(send, 'app', 'v1', image())
    expect(answer.status).toBe(201)
    expect(answer.headers.get('Docker-Content-Digest')).toBe(digestOf(image()))
    expect((await send('GET', answer.headers.get('Location')!)).status).toBe(200)
  })

  test.each(['sha256', 'sha384', 'sha512'])('keeps the algorithm of a push by %s', async (name) => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const digest = digestOf(image(), name)
    const put = await putManifest(send, 'app', digest, image())
    expect(put.status).toBe(201)
    expect(put.headers.get('Docker-Content-Digest')).toBe(digest)
    const get = await send('GET', `/v2/app/manifests/${digest}`)
    expect(get.headers.get('Docker-Content-Digest')).toBe(digest)
    expect(await get.text()).toBe(image())
  })

  test('refuses bytes that are not those of the digest, and keeps nothing', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const digest = digestOf('something else')
    const answer = await putManifest(send, 'app', digest, image())
    expect(await errorOf(answer)).toBe('400 DIGEST_INVALID')
    expect((await send('GET', `/v2/app/manifests/${digest}`)).status).toBe(404)
    expect((await send('GET', `/v2/app/manifests/${digestOf(image())}`)).status).toBe(404)
  })

  test('moves a tag and keeps what it pointed at', async () => {
    const send = start()
    const first = await pushImage(send, 'app', 'v1')
    const second = await pushImage(send, 'app', 'v1', { annotations: { a: 'b' } })
    const answer = await send('HEAD', '/v2/app/manifests/v1')
    expect(answer.headers.get('Docker-Content-Digest')).toBe(second)
    expect((await send('HEAD', `/v2/app/manifests/${first}`)).status).toBe(200)
  })

  test('ignores parameters of Content-Type and does not serve them', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const headers = { 'Content-Type': `${IMAGE}; charset=utf-8` }
    expect((await putManifest(send, 'app', 'v1', image(), headers)).status).toBe(201)
    const answer = await send('GET', '/v2/app/manifests/v1')
    expect(answer.headers.get('Content-Type')).toBe(IMAGE)
  })

  test.each([
    ['text that is not JSON', IMAGE, 'not json'],
    ['JSON that is no object', IMAGE, '[]'],
    ['an image without a config', IMAGE, image({ config: undefined })],
    ['layers that are no list', IMAGE, image({ layers: {} })],
    ['both layers and manifests', IMAGE, image({ manifests: [] })],
    ['both manifests and layers', INDEX, index([], { layers: [] })],
    ['an index that is served as an image', IMAGE, index()],
    ['an image that is served as an index', INDEX, image()],
    [
      'a subject with a nonsense digest',
      IMAGE,
      image({ subject: { ...descriptor('x'), digest: 'x' } }),
    ],
    ['annotations that are no strings', IMAGE, image({ annotations: { a: 1 } })],
    ['a media type that is no manifest', 'application/json', image({ mediaType: undefined })],
    ['no media type at all', '', image()],
    ['a key that is given twice', IMAGE, `${image().slice(0, -1)},"layers":[]}`],
    [
      'JSON nested 200000 deep',
      IMAGE,
      `${image().slice(0, -1)},"x":${'['.repeat(2e5)}${']'.repeat(2e5)}}`,
    ],
  ])('refuses %s', async (_, contentType, body) => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const answer = await putManifest(send, 'app', 'v1', body, { 'Content-Type': contentType })
    expect(await errorOf(answer)).toBe('400 MANIFEST_INVALID')
  })

  test('refuses bytes that are not UTF-8', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const body = Uint8Array.of(...new TextEncoder().encode(image()), 0xff)
    expect(await errorOf(await putManifest(send, 'app', 'v1', body))).toBe('400 MANIFEST_INVALID')
  })

  test('keeps keys and annotations that are called __proto__', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const subject = JSON.stringify(descriptor('subject', IMAGE))
    const text = `${image().slice(0, -1)},"__proto__":{"layers":1},"subject":${subject},"annotations":{"__proto__":"x"}}`
    expect((await putManifest(send, 'app', 'v1', text)).status).toBe(201)
    expect(await (await send('GET', '/v2/app/manifests/v1')).text()).toBe(text)
    const listed = await send('GET', `/v2/app/referrers/${digestOf('subject')}`)
    expect(await listed.text()).toContain('"annotations":{"__proto__":"x"}')
  })

  test('names the blob that an image needs and the repository lacks', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    await pushBlob(send, 'other', 'layer')
    const answer = await putManifest(send, 'app', 'v1', image({ layers: [descriptor('layer')] }))
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      errors: [{ code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: digestOf('layer') } }],
    })
    const config = image({ config: descriptor('config') })
    expect(await errorOf(await putManifest(send, 'app', 'v1', config))).toBe(
      '400 MANIFEST_BLOB_UNKNOWN',
    )
  })

  test('does not ask for layers that may not be distributed', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const layers = [
      descriptor('a', 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'),
      descriptor('b', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'),
    ]
    expect((await putManifest(send, 'app', 'v1', image({ layers }))).status).toBe(201)
  })

  test('asks an index for its manifests and for nothing else', async () => {
    const send = start()
    const digest = await pushImage(send, 'app')
    const headers = { 'Content-Type': INDEX }
    const put = (entries: object[]) => putManifest(send, 'app', 'v1', index(entries), headers)
    expect((await put([{ mediaType: IMAGE, digest, size: image().length }])).status).toBe(201)
    expect((await put([descriptor('some text', 'text/plain')])).status).toBe(201)
    expect(await errorOf(await put([descriptor('missing', IMAGE)]))).toBe(
      '400 MANIFEST_BLOB_UNKNOWN',
    )
  })

  test.each([undefined, 'distribution2'] as const)(
    'takes an index without its manifests where that is wanted, of the profile %s too',
    async (profile) => {
      const send = start({ profile, missingEntries: 'accept' })
      const headers = { 'Content-Type': INDEX }
      const text = index([descriptor('missing', IMAGE)])
      expect((await putManifest(send, 'app', 'v1', text, headers)).status).toBe(201)
    },
  )

  test('looks once for content that a manifest names many times, and reads none of it', async () => {
    const storage = memoryStorage()
    const counts: Record<string, number> = {}
    const counted = <Args extends unknown[], Result>(
      name: string,
      call: (...args: Args) => Result,
    ) => {
      counts[name] = 0
      return (...args: Args) => {
        counts[name]! += 1
        return call(...args)
      }
    }
    const app = storage.repository('app')
    const repository = {
      ...app,
      findBlob: counted('findBlob', app.findBlob),
      findManifest: counted('findManifest', app.findManifest),
      headManifest: counted('headManifest', app.headManifest!),
    }
    const send = start({ storage: { ...storage, repository: () => repository } })
    await pushImage(send, 'app', 'v1')
    const entry = descriptor(image(), IMAGE)
    const layer = descriptor('{}')
    const reset = () => {
      for (const name of Object.keys(counts)) counts[name] = 0
    }
    reset()
    const entries = index(Array.from({ length: 2500 }, () => entry))
    const headers = { 'Content-Type': INDEX }
    expect((await putManifest(send, 'app', 'many', entries, headers)).status).toBe(201)
    expect(counts).toEqual({ findBlob: 0, findManifest: 0, headManifest: 1 })
    reset()
    const layers = image({ layers: Array.from({ length: 2500 }, () => layer) })
    expect((await putManifest(send, 'app', 'layers', layers)).status).toBe(201)
    expect(counts).toEqual({ findBlob: 1, findManifest: 0, headManifest: 0 })
  })

  test('stops looking for content when the request is aborted', async () => {
    const storage = memoryStorage()
    const app = storage.repository('app')
    const abort = new AbortController()
    let looked = 0
    const repository = {
      ...app,
      async findBlob(digest: never) {
        looked += 1
        if (looked === 5) abort.abort(new Error('enough'))
        return app.findBlob(digest)
      },
    }
    const send = start({ storage: { ...storage, repository: () => repository } })
    const layers: object[] = []
    for (let n = 0; n < 20; n += 1) {
      await pushBlob(send, 'app', String(n))
      layers.push(descriptor(String(n)))
    }
    await pushBlob(send, 'app', '{}')
    looked = 0
    const put = send('PUT', '/v2/app/manifests/v1', {
      body: image({ layers }),
      headers: { 'Content-Type': IMAGE },
      signal: abort.signal,
    })
    await expect(put).rejects.toThrow('enough')
    expect(looked).toBe(5)
  })

  test('takes an image without layers and an empty index', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    expect((await putManifest(send, 'app', 'v1', image({ layers: [] }))).status).toBe(201)
    const headers = { 'Content-Type': INDEX }
    expect((await putManifest(send, 'app', 'v2', index(), headers)).status).toBe(201)
  })

  test('takes 4 MiB and answers 413 for more', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const limit = 4 * 1024 * 1024
    const text = image()
    expect((await putManifest(send, 'app', 'v1', text.padEnd(limit))).status).toBe(201)
    const more = await putManifest(send, 'app', 'v2', text.padEnd(limit + 1))
    expect(await errorOf(more)).toBe('413 SIZE_INVALID')
    const endless = await send('PUT', '/v2/app/manifests/v3', {
      body: new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(1 << 20)) }),
      headers: { 'Content-Type': IMAGE },
      duplex: 'half',
    } as RequestInit)
    expect(endless.status).toBe(413)
  })

  test('sets the tags of the query when pushed by digest, and names them', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const digest = digestOf(image())
    const answer = await putManifest(send, 'app', `${digest}?tag=1.2.3&tag=latest`, image())
    expect(answer.headers.get('OCI-Tag')).toBe('1.2.3, latest')
    for (const tag of ['1.2.3', 'latest']) {
      const head = await send('HEAD', `/v2/app/manifests/${tag}`)
      expect(head.headers.get('Docker-Content-Digest')).toBe(digest)
    }
  })

  test('has no ear for the query of a push by tag', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const answer = await putManifest(send, 'app', 'v1?tag=v2', image())
    expect(answer.status).toBe(201)
    expect(answer.headers.get('OCI-Tag')).toBeNull()
    expect((await send('HEAD', '/v2/app/manifests/v2')).status).toBe(404)
  })

  test('sets no tag when one of the query is bad', async () => {
    const send = start()
    await pushBlob(send, 'app', '{}')
    const digest = digestOf(image())
    const answer = await putManifest(send, 'app', `${digest}?tag=good&tag=.bad`, image())
    expect(await errorOf(answer)).toBe('400 MANIFEST_INVALID')
    expect((await send('HEAD', '/v2/app/manifests/good')).status).toBe(404)
  })
})

describe('deleting manifests', () => {
  test('deletes a tag and leaves its manifest', async () => {
    const send = start()
    const digest = await pushImage(send, 'app', 'v1')
    expect((await send('DELETE', '/v2/app/manifests/v1')).status).toBe(202)
    expect((await send('GET', '/v2/app/manifests/v1')).status).toBe(404)
    expect((await send('GET', `/v2/app/manifests/${digest}`)).status).toBe(200)
  })

  test('deletes a manifest and all tags that point at it', async () => {
    const send = start()
    const digest = await pushImage(send, 'app', 'v1')
    await pushImage(send, 'app', 'latest')
    await pushImage(send, 'app', 'other', { annotations: { a: 'b' } })
    expect((await send('DELETE', `/v2/app/manifests/${digest}`)).status).toBe(202)
    for (const gone of [digest, 'v1', 'latest']) {
      expect((await send('HEAD', `/v2/app/manifests/${gone}`)).status).toBe(404)
    }
    expect(await (await send('GET', '/v2/app/tags/list')).json()).toMatchObject({ tags: ['other'] })
  })

  test('answers 404 for what is not there', async () => {
    const send = start()
    const digest = await pushImage(send, 'app', 'v1')
    await send('DELETE', `/v2/app/manifests/${digest}`)
    for (const reference of [digest, 'v1', 'v2']) {
      const answer = await send('DELETE', `/v2/app/manifests/${reference}`)
      expect(await errorOf(answer)).toBe('404 MANIFEST_UNKNOWN')
    }
    expect(await errorOf(await send('DELETE', '/v2/no/manifests/v1'))).toBe('404 NAME_UNKNOWN')
  })

  test('answers 405 where deletes are off', async () => {
    const send = start({ deletes: false })
    const digest = await pushImage(send, 'app', 'v1')
    for (const reference of [digest, 'v1']) {
      const answer = await send('DELETE', `/v2/app/manifests/${reference}`)
      expect(answer.headers.get('Allow')).toBe('GET, HEAD, PUT')
      expect(await errorOf(answer)).toBe('405 UNSUPPORTED')
    }
    expect((await send('HEAD', '/v2/app/manifests/v1')).status).toBe(200)
  })
})
