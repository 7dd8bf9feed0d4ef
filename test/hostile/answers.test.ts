// Answers that are no HTTP, lie about their length, never end, or say one thing in two ways.
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isOcilinkError } from '../../src/errors.ts'
import type { Digest } from '../../src/model/digest.ts'
import { getBlobBytes } from '../../src/registry/blobs/get.ts'
import { findManifest } from '../../src/registry/manifests.ts'
import { repository } from '../../src/registry/repository.ts'
import { referrers } from '../../src/tasks/referrers.ts'
import { all, fakeRepository, json, sha, thrownBy } from '../registry/_registry.ts'
import {
  answers,
  expectContentOrOurs,
  expectNeverNone,
  image,
  oddRegistry,
  subject,
} from './_answers.ts'
import { listen } from './_server.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
describe.each(Object.entries(answers))('%s', (_, answer) => {
  const setUp = async () => {
    const { host } = await oddRegistry(answer)
    return repository(`${host}/team/app`, { retries: 0, timeout: 2000 })
  }

  test('is content or an error of ours, and content is what was asked for', async () => {
    await expectContentOrOurs(await setUp())
  })

  test('is never "there is none"', async () => {
    await expectNeverNone(await setUp())
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
