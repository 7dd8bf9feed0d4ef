// Answers that are no HTTP, lie about their length, never end, or say one thing in two ways.
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isOcilinkError } from '../../src/errors.ts'
import { type Digest, digestOf } from '../../src/model/digest.ts'
import { getBlobBytes } from '../../src/registry/blobs/get.ts'
import { findManifest, headManifest, putManifest } from '../../src/registry/manifests.ts'
import { repository } from '../../src/registry/repository.ts'
import { hasReferrer } from '../../src/tasks/has-referrer.ts'
import { referrers } from '../../src/tasks/referrers.ts'
import { all, fakeRepository, json, sha, thrownBy, utf8 } from '../registry/_registry.ts'
import { listen, raw } from './_server.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha('{}'), size: 2 }
const image = JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config, layers: [] })
const subject = sha('subject')
const list = JSON.stringify({
  schemaVersion: 2,
  mediaType: INDEX,
  manifests: [{ mediaType: IMAGE, digest: sha('x'), size: 2, artifactType: 'a/b' }],
})

/** What is answered, by the type and the body that the request is for. */
const answers: Record<string, (type: string, body: string) => string> = {
  'a length that is too large': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length + 50}\r\n\r\n${body}`,
  'a length that is too small': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length - 5}\r\n\r\n${body}`,
  'chunks without an end': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
  'a body that is cut': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nConnection: close\r\n\r\n${body.slice(0, 40)}`,
  'two lengths': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 5\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  'a length beyond all numbers': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: 18446744073709551615\r\n\r\n${body}`,
  'a negative length': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: -1\r\n\r\n${body}`,
  'no HTTP': () => '\x00\x01\x02 garbage\r\n\r\n',
  nothing: () => '',
  'a header of 1 MB': () => `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(1 << 20)}\r\n\r\n`,
  'NUL in a header': (type, body) =>
    `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nX: a\0b\r\n\r\n${body}`,
  'status 999': () => 'HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n',
  'status 600': () => 'HTTP/1.1 600 X\r\nContent-Length: 3\r\n\r\nabc',
  'status 000': () => 'HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n',
  'status 204': (type) => `HTTP/1.1 204 X\r\nContent-Type: ${type}\r\n\r\n`,
  'status 205': (type) => `HTTP/1.1 205 X\r\nContent-Type: ${type}\r\nContent-Length: 3\r\n\r\nabc`,
  'status 206': (type, body) =>
    `HTTP/1.1 206 X\r\nContent-Type: ${type}\r\nContent-Length: 5\r\n\r\n${body.slice(0, 5)}`,
  'status 304': (type) => `HTTP/1.1 304 X\r\nContent-Type: ${type}\r\n\r\n`,
}

describe.each(Object.entries(answers))('%s', (_, answer) => {
  const setUp = async () => {
    const { host } = await raw((request) =>
      request.includes('/referrers/') ? answer(INDEX, list) : answer(IMAGE, image),
    )
    return repository(`${host}/team/app`, { retries: 0, timeout: 2000 })
  }

  test('is content or an error of ours, and content is what was asked for', async () => {
    const repo = await setUp()
    const calls = [
      () => findManifest(repo, sha(image)),
      () => headManifest(repo, 'v1'),
      () => getBlobBytes(repo, { digest: sha(image) as Digest, size: image.length }),
      () => putManifest(repo, 'v1', utf8(image), { mediaType: IMAGE }),
    ]
    for (const call of calls) {
      const outcome = await call().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
      if ('error' in outcome) expect(isOcilinkError(outcome.error)).toBe(true)
      const found = 'value' in outcome ? outcome.value : undefined
      if (found && 'bytes' in found) expect(await digestOf(found.bytes)).toBe(sha(image))
      if (found instanceof Uint8Array) expect(await digestOf(found)).toBe(sha(image))
    }
  })

  test('is never "there is none"', async () => {
    const repo = await setUp()
    const outcome = await hasReferrer(repo, subject).catch((error: unknown) => error)
    if (outcome !== true) expect(isOcilinkError(outcome)).toBe(true)
  })
})

describe('a bomb', () => {
  const zip = gzipSync(Buffer.alloc(64 * 1024 * 1024, 32))

  test.each(['manifests', 'referrers', 'tags', 'errors', 'token'])(
    'of 64 MiB of spaces in 64 kB ends after the bytes that are allowed: %s',
    async (where) => {
      let sent = 0
      const { host } = await listen((request, response) => {
        const path = request.url!
        if (where === 'token' && !path.startsWith('/token')) {
          const challenge = `Bearer realm="http://${host}/token"`
          return void response.writeHead(401, { 'www-authenticate': challenge }).end()
        }
        sent++
        const status = where === 'errors' ? 500 : 200
        const type = where === 'referrers' ? INDEX : IMAGE
        response.writeHead(status, { 'content-type': type, 'content-encoding': 'gzip' }).end(zip)
      })
      const repo = repository(`${host}/team/app`, { retries: 0 })
      const before = process.memoryUsage.rss()
      const call =
        where === 'referrers' ? () => all(referrers(repo, subject)) : () => findManifest(repo, 'v1')
      expect(isOcilinkError(await thrownBy(call))).toBe(true)
      expect(sent).toBe(1)
      expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024)
    },
  )

  test('of brackets is an error of ours', async () => {
    const deep = `{"schemaVersion":2,"manifests":[],"x":${'['.repeat(1e6)}${']'.repeat(1e6)}}`
    const { repo } = fakeRepository(
      () => new Response(deep, { headers: { 'content-type': INDEX } }),
    )
    const outcome = await all(referrers(repo, subject)).catch((error: unknown) => error)
    if (!Array.isArray(outcome)) expect(isOcilinkError(outcome)).toBe(true)
  })

  test.each([1e9, 2 ** 53 - 1])(
    'of a size of %d in a descriptor allocates nothing',
    async (size) => {
      const { repo, calls } = fakeRepository(() => new Response('x'))
      const error = await thrownBy(() => getBlobBytes(repo, { digest: sha('x') as Digest, size }))
      expect(error).toMatchObject({ code: 'TOO_LARGE' })
      expect(calls).toHaveLength(0)
    },
  )
})

describe('another content than was asked for', () => {
  const other = image.replace('[]', '[ ]')
  test.each([
    ['other bytes', sha(image), other, {}],
    [
      'other bytes, and a header that says otherwise',
      sha(image),
      other,
      { 'docker-content-digest': sha(image) },
    ],
    ['a header with another digest', 'v1', image, { 'docker-content-digest': sha(other) }],
  ])('is refused: %s', async (_, reference, body, headers) => {
    const { repo } = fakeRepository(
      () => new Response(body, { headers: { 'content-type': IMAGE, ...headers } }),
    )
    expect(await thrownBy(() => findManifest(repo, reference))).toMatchObject({
      code: 'DIGEST_MISMATCH',
    })
  })

  test.each([
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `SHA256:${'a'.repeat(64)}`,
    `md5:${'a'.repeat(32)}`,
    'sha256:../../../etc/passwd',
    `sha256:${'a'.repeat(64)}\n`,
    'sha256:',
  ])('is not asked for by a digest that is none: %j', async (digest) => {
    const { repo, calls } = fakeRepository(() => json({}))
    expect(isOcilinkError(await thrownBy(() => findManifest(repo, digest)))).toBe(true)
    expect(isOcilinkError(await thrownBy(() => getBlobBytes(repo, digest)))).toBe(true)
    expect(calls).toHaveLength(0)
  })
})
