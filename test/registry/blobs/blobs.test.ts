import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { deleteBlob, hasBlob, mountBlob } from '../../../src/registry/blobs/blobs.ts'
import { getBlobBytes } from '../../../src/registry/blobs/get.ts'
import { pushBlob } from '../../../src/registry/blobs/push.ts'
import { repository } from '../../../src/registry/repository.ts'
import { empty, fakeRepository, sha, thrownBy, utf8 } from '../_registry.ts'

const digest = sha('x')

describe('on a registry', () => {
  test('a blob is there after it was pushed, and gone after it was deleted', async () => {
    const { fetch } = embeddedRegistry()
    const app = repository('r.test/app', { fetch })
    expect(await hasBlob(app, digest)).toBe(false)
    await pushBlob(app, 'x')
    expect(await hasBlob(app, digest)).toBe(true)
    expect(await deleteBlob(app, digest)).toBe(true)
    expect(await deleteBlob(app, digest)).toBe(false)
    expect(await hasBlob(app, digest)).toBe(false)
  })

  test('a blob is mounted from another repository without its bytes', async () => {
    const { fetch } = embeddedRegistry()
    const base = repository('r.test/base', { fetch })
    const app = repository('r.test/app', { fetch })
    await pushBlob(base, 'x')
    expect(await mountBlob(app, digest, 'base')).toBe(true)
    expect(await getBlobBytes(app, digest)).toEqual(utf8('x'))
    expect(await mountBlob(app, sha('y'), 'base')).toBe(false)
    expect(await hasBlob(app, sha('y'))).toBe(false)
  })

  test('deletes that are refused say so', async () => {
    const app = repository('r.test/app', { fetch: embeddedRegistry({ deletes: false }).fetch })
    expect(await thrownBy(() => deleteBlob(app, digest))).toMatchObject({
      name: 'RegistryError',
      status: 405,
    })
  })
})

test('each is one request', async () => {
  const { repo, calls } = fakeRepository(() => empty(202))
  await hasBlob(repo, digest)
  await mountBlob(repo, digest, 'team/base')
  await deleteBlob(repo, digest)
  expect(
    calls.map(({ method, url }) => `${method} ${decodeURIComponent(url.pathname + url.search)}`),
  ).toEqual([
    `HEAD /v2/team/app/blobs/${digest}`,
    `POST /v2/team/app/blobs/uploads/?mount=${digest}&from=team/base`,
    `DELETE /v2/team/app/blobs/${digest}`,
  ])
})

test.each([401, 403, 405, 429, 500])(
  'what could not be asked, %d, is never "no"',
  async (status) => {
    const { repo } = fakeRepository(() => empty(status), { retries: 0 })
    for (const ask of [() => hasBlob(repo, digest), () => deleteBlob(repo, digest)]) {
      expect(await thrownBy(ask)).toBeInstanceOf(Error)
    }
  },
)

test.each([400, 403, 404, 405, 500])(
  'a mount that is refused with %d is none, and the bytes can be pushed',
  async (status) => {
    const { repo } = fakeRepository(() => empty(status))
    expect(await mountBlob(repo, digest, 'base')).toBe(false)
  },
)

test('a login that may not read from where a blob is mounted may be good enough to push it', async () => {
  const credentials = { username: 'me', password: 'x' }
  const { repo } = fakeRepository(() => empty(401), { credentials })
  expect(await mountBlob(repo, digest, 'base')).toBe(false)
  const { repo: unknown } = fakeRepository(() => empty(401))
  expect(await thrownBy(() => mountBlob(unknown, digest, 'base'))).toMatchObject({
    code: 'AUTH_REQUIRED',
  })
})

test.each([429, 502, 503])('a mount that is answered %d could not be tried', async (status) => {
  const { repo } = fakeRepository(() => empty(status))
  expect(await thrownBy(() => mountBlob(repo, digest, 'base'))).toMatchObject({ status })
})

test('names and digests are checked before a request is made', async () => {
  const { repo, calls } = fakeRepository(() => empty(200))
  for (const bad of ['', 'x', 'sha256:abc', digest.toUpperCase(), `${digest}/../x`]) {
    for (const ask of [hasBlob, deleteBlob, getBlobBytes]) {
      expect(await thrownBy(() => ask(repo, bad))).toMatchObject({ code: 'INVALID_DIGEST' })
    }
    expect(await thrownBy(() => mountBlob(repo, bad, 'base'))).toMatchObject({
      code: 'INVALID_DIGEST',
    })
  }
  for (const bad of ['', '../x', 'A', 'a//b', 'a?x', 'a%2Fb']) {
    expect(await thrownBy(() => mountBlob(repo, digest, bad))).toMatchObject({
      code: 'INVALID_REFERENCE',
    })
  }
  expect(calls).toHaveLength(0)
})

test.each(['base:v1', `base@${sha('x')}`, 'Base', 'https://r.test/base', ''])(
  'a mount from %j is refused before any request',
  async (from) => {
    const { repo, calls } = fakeRepository(() => empty(201))
    expect(await thrownBy(() => mountBlob(repo, sha('x'), from))).toMatchObject({
      name: 'InvalidInputError',
      path: expect.stringMatching(/^from/),
    })
    expect(calls).toHaveLength(0)
  },
)
