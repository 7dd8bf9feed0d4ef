import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import type { ImageIndex } from '../../src/model/manifest.ts'
import { deleteManifest } from '../../src/registry/delete-manifest.ts'
import {
  findManifest,
  getManifest,
  headManifest,
  putManifest,
} from '../../src/registry/manifests.ts'
import { repository } from '../../src/registry/repository.ts'
import { empty, endless, fakeRepository, sha, streamOf, thrownBy, utf8 } from './_registry.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const index: ImageIndex = { schemaVersion: 2, mediaType: INDEX, manifests: [] }
const text = JSON.stringify(index)
const digest = sha(text)
const whole = { mediaType: INDEX, digest, size: text.length }

/** The headers of an honest answer, some of them changed; `undefined` leaves one out. */
function headers(changes: Record<string, string | undefined> = {}): Record<string, string> {
  const all = {
    'content-type': INDEX,
    'content-length': String(text.length),
    'docker-content-digest': digest,
    ...changes,
  }
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** A registry that has one manifest. */
const serving = (changes: Record<string, string | undefined> = {}, body: string = text) =>
  fakeRepository(
    ({ method }) => new Response(method === 'HEAD' ? null : body, { headers: headers(changes) }),
  )

describe('on a registry', () => {
  const open = () => repository('r.test/app', { fetch: embeddedRegistry().fetch })

  test('a manifest is read as it was written, by tag and by digest', async () => {
    const app = open()
    const { descriptor } = await putManifest(app, 'v1', index)
    expect(descriptor).toEqual(whole)
    for (const reference of ['v1', digest]) {
      expect(await headManifest(app, reference)).toEqual(whole)
      const stored = await getManifest(app, reference)
      expect(stored.descriptor).toEqual(whole)
      expect(new TextDecoder().decode(stored.bytes)).toBe(text)
    }
  })

  test('what is not there is undefined, or 404 for who must have it', async () => {
    const app = open()
    for (const reference of ['v1', digest]) {
      expect(await headManifest(app, reference)).toBeUndefined()
      expect(await findManifest(app, reference)).toBeUndefined()
      expect(await deleteManifest(app, reference)).toBe(false)
      expect(await thrownBy(() => getManifest(app, reference))).toMatchObject({
        name: 'RegistryError',
        code: 'NOT_FOUND',
        status: 404,
        url: `https://r.test/v2/app/manifests/${reference}`,
        errors: [{ code: 'NAME_UNKNOWN' }],
        message: expect.stringContaining('There is no such repository'),
      })
    }
  })

  test('an error for what is not there holds what the registry said, and nothing else', async () => {
    const app = open()
    await putManifest(app, 'v1', index)
    expect(await thrownBy(() => getManifest(app, 'v2'))).toMatchObject({
      code: 'NOT_FOUND',
      errors: [{ code: 'MANIFEST_UNKNOWN' }],
    })
    for (const body of ['', '<html>', '{}']) {
      const { repo } = fakeRepository(() => new Response(body, { status: 404 }))
      expect(await thrownBy(() => getManifest(repo, 'v2'))).toMatchObject({
        code: 'NOT_FOUND',
        errors: [],
      })
    }
  })

  test('deleting a tag leaves the manifest, deleting the manifest takes its tags', async () => {
    const app = open()
    await putManifest(app, 'v1', index)
    await putManifest(app, 'v2', index)
    expect(await deleteManifest(app, 'v1')).toBe(true)
    expect(await headManifest(app, 'v1')).toBeUndefined()
    expect(await headManifest(app, 'v2')).toEqual(whole)
    expect(await deleteManifest(app, digest)).toBe(true)
    expect(await headManifest(app, 'v2')).toBeUndefined()
  })

  test.each(['sha384', 'sha512'])('a manifest is kept by its %s', async (algorithm) => {
    const app = open()
    const wanted = sha(text, algorithm)
    const { descriptor } = await putManifest(app, wanted, index)
    expect(descriptor).toEqual({ ...whole, digest: wanted })
    expect((await getManifest(app, wanted)).descriptor).toEqual({ ...whole, digest: wanted })
    expect(await headManifest(app, wanted)).toEqual({ ...whole, digest: wanted })
  })

  test('a condition keeps what changed meanwhile', async () => {
    const app = open()
    await putManifest(app, 'v1', index)
    const { etag } = await getManifest(app, 'v1')
    const other = { ...index, annotations: { a: 'b' } }
    await putManifest(app, 'v1', other, { ifMatch: etag })
    const late = { ...index, annotations: { c: 'd' } }
    for (const options of [{ ifMatch: etag }, { ifNoneMatch: '*' } as const]) {
      expect(await thrownBy(() => putManifest(app, 'v1', late, options))).toMatchObject({
        name: 'RegistryError',
        status: 412,
      })
    }
    expect((await getManifest(app, 'v1')).descriptor.digest).toBe(sha(JSON.stringify(other)))
    await putManifest(app, 'v2', late, { ifNoneMatch: '*' })
  })
})

describe('headManifest', () => {
  test('is one HEAD where the answer says everything', async () => {
    const { repo, lines } = serving()
    expect(await headManifest(repo, 'v1')).toEqual(whole)
    expect(lines()).toEqual(['HEAD /v2/team/app/manifests/v1'])
  })

  test.each([
    ['no digest', { 'docker-content-digest': undefined }],
    ['a digest of another kind', { 'docker-content-digest': 'md5:abc' }],
    ['no length', { 'content-length': undefined }],
    ['a length that is no whole number', { 'content-length': '1.5' }],
    ['a length that a proxy changed', { 'content-encoding': 'gzip' }],
  ])('reads and hashes where a HEAD has %s', async (_, changes) => {
    const { repo, lines } = fakeRepository(({ method }) =>
      method === 'HEAD'
        ? empty(200, headers(changes))
        : new Response(text, { headers: headers({ 'docker-content-digest': undefined }) }),
    )
    expect(await headManifest(repo, 'v1')).toEqual(whole)
    expect(lines()).toEqual(['HEAD /v2/team/app/manifests/v1', 'GET /v2/team/app/manifests/v1'])
  })

  test('needs no digest from the registry where the caller has one', async () => {
    const { repo, calls } = serving({ 'docker-content-digest': undefined })
    expect(await headManifest(repo, digest)).toEqual(whole)
    expect(calls).toHaveLength(1)
  })

  test('gives the digest that was asked for, not another one of the same bytes', async () => {
    const wanted = sha(text, 'sha512')
    const { repo } = serving()
    expect(await headManifest(repo, wanted)).toEqual({ ...whole, digest: wanted })
  })

  test('reads past the parameters of a type', async () => {
    const { repo } = serving({ 'content-type': `${INDEX}; charset=utf-8` })
    expect(await headManifest(repo, 'v1')).toEqual(whole)
  })

  test('gives undefined when the manifest goes away between HEAD and GET', async () => {
    const { repo } = fakeRepository(({ method }) =>
      method === 'HEAD' ? empty(200, headers({ 'docker-content-digest': undefined })) : empty(404),
    )
    expect(await headManifest(repo, 'v1')).toBeUndefined()
  })
})

describe('findManifest', () => {
  test('hashes where the registry tells no digest', async () => {
    const { repo } = serving({ 'docker-content-digest': undefined })
    expect((await findManifest(repo, 'v1'))!.descriptor).toEqual(whole)
  })

  test('counts bytes, not characters', async () => {
    const body = JSON.stringify({ ...index, annotations: { k: 'ü€😀' } })
    const { repo } = serving(
      { 'docker-content-digest': undefined, 'content-length': undefined },
      body,
    )
    const { descriptor, bytes } = (await findManifest(repo, 'v1'))!
    expect(descriptor).toEqual({
      mediaType: INDEX,
      digest: sha(body),
      size: Buffer.byteLength(body),
    })
    expect(bytes).toEqual(utf8(body))
  })

  test("refuses bytes that are not the registry's digest", async () => {
    const { repo } = serving({ 'docker-content-digest': sha('other') })
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
      name: 'ContentError',
      code: 'DIGEST_MISMATCH',
      expected: sha('other'),
      actual: digest,
    })
  })

  test("refuses bytes that are not the caller's digest, whatever the registry says", async () => {
    for (const told of [sha('other'), digest, undefined]) {
      const { repo } = serving({ 'docker-content-digest': told })
      expect(await thrownBy(() => findManifest(repo, sha('other')))).toMatchObject({
        code: 'DIGEST_MISMATCH',
        actual: digest,
      })
    }
  })

  test('does not mind a digest of another algorithm than it asked by', async () => {
    const wanted = sha(text, 'sha512')
    const { repo } = serving()
    expect((await findManifest(repo, wanted))!.descriptor.digest).toBe(wanted)
  })

  test.each([
    'text/html',
    'text/html; charset=utf-8',
    'text/plain',
    'application/octet-stream',
    undefined,
  ])('refuses what comes as %s with 200', async (type) => {
    const html = '<html>Sign in</html>'
    const { repo } = serving(
      { 'content-type': type, 'docker-content-digest': undefined, 'content-length': undefined },
      html,
    )
    for (const read of [headManifest, findManifest, getManifest]) {
      expect(await thrownBy(() => read(repo, 'v1'))).toMatchObject({
        name: 'RegistryError',
        status: 200,
        message: expect.stringMatching(/is no manifest: is this a registry/),
      })
    }
  })

  test('refuses HTML that a HEAD answers for a digest', async () => {
    const { repo } = serving({ 'content-type': 'text/html' }, '<html>Sign in</html>')
    expect(await thrownBy(() => headManifest(repo, digest))).toMatchObject({
      name: 'RegistryError',
    })
  })

  test('takes JSON types that it does not know, without parameters', async () => {
    for (const [type, version] of [
      ['application/json', 1],
      ['application/vnd.docker.distribution.manifest.v1+prettyjws', 1],
      ['application/vnd.example.manifest+json', undefined],
    ]) {
      const changes = {
        'content-type': `${type};charset=utf-8`,
        'docker-content-digest': undefined,
      }
      const { repo } = serving(changes, JSON.stringify({ schemaVersion: version }))
      expect((await findManifest(repo, 'v1'))!.descriptor.mediaType).toBe(type)
    }
  })

  test('reads no more than 4 MiB, announced or not', async () => {
    const MiB = new Uint8Array(1024 * 1024).fill(0x20)
    for (const length of [undefined, String(5 * MiB.byteLength)]) {
      const { stream, sent } = endless(MiB)
      const { repo } = fakeRepository(
        () =>
          new Response(stream, {
            headers: headers({ 'content-length': length, 'docker-content-digest': undefined }),
          }),
      )
      expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
        name: 'ContentError',
        code: 'TOO_LARGE',
        expected: 4 * 1024 * 1024,
      })
      expect(sent()).toBeLessThanOrEqual(6)
    }
  })

  test('reads exactly 4 MiB', async () => {
    const body = text.padEnd(4 * 1024 * 1024)
    const { repo } = serving(
      { 'docker-content-digest': undefined, 'content-length': undefined },
      body,
    )
    expect((await findManifest(repo, 'v1'))!.descriptor.size).toBe(4 * 1024 * 1024)
  })

  test('puts a body together that comes in pieces', async () => {
    const { repo } = fakeRepository(
      () =>
        new Response(streamOf(...text) as ReadableStream<Uint8Array<ArrayBuffer>>, {
          headers: headers(),
        }),
    )
    expect((await findManifest(repo, 'v1'))!.bytes).toEqual(utf8(text))
  })

  test('tells a body that broke off as a broken connection', async () => {
    const { repo } = fakeRepository(
      () =>
        new Response(
          new ReadableStream({ pull: (stream) => stream.error(new TypeError('terminated')) }),
          { headers: headers() },
        ),
    )
    expect(await thrownBy(() => findManifest(repo, 'v1'))).toMatchObject({
      name: 'ConnectionError',
      code: 'CONNECTION',
      message: expect.stringContaining('terminated'),
    })
  })

  test('asks for the types that it reads first', async () => {
    const { repo, calls } = serving()
    await findManifest(repo, 'v1')
    const accept = calls[0]!.headers.get('accept')!.split(', ')
    expect(accept.slice(0, 2)).toEqual([INDEX, 'application/vnd.oci.image.manifest.v1+json'])
    expect(accept).toContain('application/vnd.docker.distribution.manifest.v2+json')
    expect(accept.at(-1)).toBe('*/*;q=0.1')
  })

  test('gives the ETag, where there is one', async () => {
    expect((await findManifest(serving({ etag: '"abc"' }).repo, 'v1'))!.etag).toBe('"abc"')
    expect((await findManifest(serving().repo, 'v1'))!.etag).toBeUndefined()
  })
})

describe('putManifest', () => {
  test.each([200, 201, 202, 204])('takes %d for a manifest that is kept', async (status) => {
    const { repo } = fakeRepository(() => empty(status))
    expect((await putManifest(repo, 'v1', index)).descriptor).toEqual(whole)
  })

  test.each([301, 304, 400, 409, 422])('takes %d for none', async (status) => {
    const { repo } = fakeRepository(() => empty(status), { retries: 0 })
    expect(await thrownBy(() => putManifest(repo, 'v1', index))).toMatchObject({ status })
  })

  const storing = (answer: Record<string, string> = {}) => fakeRepository(() => empty(201, answer))

  test('writes the bytes it digested, with their type, by tag or by digest', async () => {
    const { repo, calls } = storing()
    expect((await putManifest(repo, 'v1', index)).descriptor).toEqual(whole)
    expect((await putManifest(repo, undefined, index)).descriptor).toEqual(whole)
    expect(calls.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
      'PUT /v2/team/app/manifests/v1',
      `PUT /v2/team/app/manifests/${digest}`,
    ])
    for (const { body, headers } of calls) {
      expect(body).toBe(text)
      expect(headers.get('content-type')).toBe(INDEX)
      expect(headers.has('if-match') || headers.has('if-none-match')).toBe(false)
    }
  })

  test('writes bytes as they are', async () => {
    const { repo, calls } = storing()
    const odd = ' {"b":1, "a":"ü"}\n'
    const { descriptor } = await putManifest(repo, 'v1', utf8(odd), {
      mediaType: 'application/json',
    })
    expect(calls[0]!.body).toBe(odd)
    expect(descriptor).toEqual({
      mediaType: 'application/json',
      digest: sha(odd),
      size: Buffer.byteLength(odd),
    })
  })

  test.each([undefined, '', 'json', 'a/b\nX-Header: c', 'a/b; charset=utf-8', 'ä/b'])(
    'refuses bytes of the type %j',
    async (mediaType) => {
      const { repo, calls } = storing()
      expect(
        await thrownBy(() => putManifest(repo, 'v1', utf8(text), { mediaType })),
      ).toMatchObject({
        name: 'InvalidInputError',
        code: 'INVALID_INPUT',
        path: 'mediaType',
      })
      expect(calls).toHaveLength(0)
    },
  )

  test('sends conditions', async () => {
    const { repo, calls } = storing()
    await putManifest(repo, 'v1', index, { ifMatch: '"abc"' })
    await putManifest(repo, 'v1', index, { ifNoneMatch: '*' })
    expect(calls[0]!.headers.get('if-match')).toBe('"abc"')
    expect(calls[1]!.headers.get('if-none-match')).toBe('*')
  })

  test('gives the subject that the registry acknowledged', async () => {
    expect((await putManifest(storing().repo, 'v1', index)).subject).toBeUndefined()
    const { repo } = storing({ 'oci-subject': sha('subject') })
    expect((await putManifest(repo, 'v1', index)).subject).toBe(sha('subject'))
  })

  test('fails when the registry stored something else', async () => {
    const { repo } = storing({ 'docker-content-digest': sha('other') })
    expect(await thrownBy(() => putManifest(repo, 'v1', index))).toMatchObject({
      name: 'ContentError',
      code: 'DIGEST_MISMATCH',
      expected: digest,
      actual: sha('other'),
    })
  })

  test.each([sha(text, 'sha512'), 'nonsense'])('does not mind being told %s', async (told) => {
    const { repo } = storing({ 'docker-content-digest': told })
    expect((await putManifest(repo, 'v1', index)).descriptor).toEqual(whole)
  })

  test('refuses a digest that is not that of the bytes, before sending them', async () => {
    const { repo, calls } = storing()
    expect(await thrownBy(() => putManifest(repo, sha('other'), index))).toMatchObject({
      code: 'DIGEST_MISMATCH',
      expected: sha('other'),
      actual: digest,
    })
    expect(calls).toHaveLength(0)
  })

  test('refuses more than 4 MiB, and takes 4 MiB', async () => {
    const { repo, calls } = storing()
    const limit = 4 * 1024 * 1024
    const json = { mediaType: 'application/json' }
    expect(
      await thrownBy(() => putManifest(repo, 'v1', new Uint8Array(limit + 1), json)),
    ).toMatchObject({ code: 'TOO_LARGE', expected: limit, actual: limit + 1 })
    expect(calls).toHaveLength(0)
    await putManifest(repo, 'v1', new Uint8Array(limit), json)
    expect(calls).toHaveLength(1)
  })
})

test('references are checked before a request is made', async () => {
  const { repo, calls } = serving()
  const bad: [string, string][] = [
    ['', 'INVALID_TAG'],
    ['../x', 'INVALID_TAG'],
    ['a/b', 'INVALID_TAG'],
    ['a?b', 'INVALID_TAG'],
    ['x'.repeat(129), 'INVALID_TAG'],
    ['sha256:abc', 'INVALID_DIGEST'],
    [digest.toUpperCase(), 'INVALID_DIGEST'],
    ['md5:abc', 'INVALID_DIGEST'],
  ]
  for (const [reference, code] of bad) {
    for (const call of [headManifest, findManifest, getManifest, deleteManifest]) {
      expect(await thrownBy(() => call(repo, reference))).toMatchObject({ code, path: 'reference' })
    }
    expect(await thrownBy(() => putManifest(repo, reference, index))).toMatchObject({
      code,
      path: 'tag',
    })
  }
  expect(calls).toHaveLength(0)
})
