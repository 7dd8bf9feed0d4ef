import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { isOcilinkError } from '../../src/errors.ts'
import { deleteBlob, hasBlob, mountBlob } from '../../src/registry/blobs/blobs.ts'
import { getBlob, getBlobBytes } from '../../src/registry/blobs/get.ts'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { deleteManifest } from '../../src/registry/delete-manifest.ts'
import { listTags } from '../../src/registry/lists/tags.ts'
import {
  findManifest,
  getManifest,
  headManifest,
  putManifest,
} from '../../src/registry/manifests.ts'
import { type Repository, repository } from '../../src/registry/repository.ts'
import { all, empty, fakeRepository, sha, thrownBy } from './_registry.ts'

const digest = sha('x')

describe('options of repository()', () => {
  test('an embedded registry as options says to pass its fetch', () => {
    expect(() => repository('r.test/app', embeddedRegistry())).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining('pass { fetch: registry.fetch }'),
      }),
    )
    expect(() => repository('r.test/app', { fetch: embeddedRegistry() as never })).toThrow(
      '"fetch" must be a function, such as registry.fetch, got an object',
    )
  })

  test.each<[string, unknown, string?]>([
    ['retries', -1],
    ['retries', 1.5],
    ['retries', '2'],
    ['timeout', 'x'],
    ['timeout', 0],
    ['timeout', Number.NaN],
    ['timeout', Number.POSITIVE_INFINITY],
    ['timeout', null],
    ['maxRetryAfter', -1],
    ['concurrency', 0],
    ['concurrency', Number.POSITIVE_INFINITY],
    ['fetch', 'fetch'],
    ['fetch', null],
    ['plainHttp', 'yes'],
    ['userAgent', ''],
    ['userAgent', 'a\r\nb: c'],
    ['trustedHosts', 'auth.test'],
    ['trustedHosts', ['https://auth.test']],
    ['trustedHosts', ['auth.test/token']],
    ['trustedHosts', [7]],
    ['onRequest', {}],
    ['onProgress', 'log'],
    ['onWarning', null],
    ['credentials', 'x'],
    ['credentials', null],
    ['credentials', []],
    ['credentials', {}],
    ['credentials', { user: 'me', pass: 'x' }],
    ['credentials', { username: 'me', password: 'x', registryToken: 'y' }],
    ['credentials', { username: undefined }, 'credentials.username'],
    ['credentials', { username: 'me' }, 'credentials.password'],
    ['credentials', { username: 'me', password: 7 }, 'credentials.password'],
    ['credentials', { identityToken: undefined }, 'credentials.identityToken'],
    ['credentials', { registryToken: null }, 'credentials.registryToken'],
    ['capabilities', { referrersApi: true }, 'capabilities.referrersApi'],
    ['capabilities', { referrersApi: 'yes' }, 'capabilities.referrersApi'],
    ['capabilities', { referrerApi: 'supported' }, 'capabilities.referrerApi'],
  ])('%s: %j is refused', (name, value, path = name) => {
    const make = () => repository('r.test/app', { [name]: value })
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', path }))
  })

  test.each([
    [{ credential: {} }, 'credentials'],
    [{ timeOut: 5 }, 'timeout'],
    [{ plainHTTP: true }, 'plainHttp'],
    [{ retry: 1 }, 'retries'],
    [{ fetcher: fetch }, 'fetch'],
    [{ onrequest: () => {} }, 'onRequest'],
  ])('%j is not known, and the nearest name is said', (options, meant) => {
    expect(() => repository('r.test/app', options as never)).toThrow(`did you mean "${meant}"?`)
  })

  test.each([
    ['a string', 'secret'],
    ['a field', { username: 'me', password: ['secret'] }],
    ['a wrong pair', { username: 'secret', registryToken: 'secret' }],
    ['an unknown name', { name: 'me', secret: 'secret', password: 'secret' }],
  ])('an error about credentials holds none of them: %s', (_, credentials) => {
    try {
      repository('r.test/app', { credentials: credentials as never })
      expect.unreachable()
    } catch (error) {
      expect(`${error} ${JSON.stringify(error)}`).not.toContain('secret')
      expect(isOcilinkError(error, 'INVALID_INPUT') && error.input).not.toContain?.('secret')
    }
  })

  test.each([null, 'x', 7, []])('%j are no options', (options) => {
    expect(() => repository('r.test/app', options as never)).toThrow(TypeError)
  })

  test('that are right are taken, and undefined is left out', async () => {
    const { repo } = fakeRepository(() => empty(200), {
      credentials: undefined,
      plainHttp: undefined,
      userAgent: 'mine/1.0',
      timeout: 0.5,
      retries: 0,
      maxRetryAfter: 0,
      concurrency: 1,
      trustedHosts: ['auth.test', 'auth.test:5000', '[::1]:5000'],
      capabilities: { referrersApi: 'supported', tagSeek: undefined } as never,
      onRequest: undefined,
    })
    expect(repo.capabilities).toMatchObject({ referrersApi: 'supported', tagSeek: 'unknown' })
    for (const credentials of [
      { username: '', password: '' },
      { identityToken: 'x' },
      { registryToken: 'x' },
      { username: 'me', password: 'x', registryToken: undefined },
      async () => undefined,
    ])
      repository('r.test/app', { credentials: credentials as never })
  })

  test.each([null, 'secret', { user: 'me' }, { username: 'me' }])(
    'what a source of credentials gives is checked: %j',
    async (found) => {
      const { repo } = fakeRepository(() => empty(401, { 'www-authenticate': 'Basic realm="r"' }), {
        credentials: async () => found as never,
      })
      const error = await thrownBy(() => hasBlob(repo, digest))
      expect(error).toMatchObject({
        code: 'INVALID_INPUT',
        path: expect.stringMatching(/^credentials\(\)/),
      })
      expect(JSON.stringify(error)).not.toContain('secret')
    },
  )
})

/** Every public call that takes options, with good arguments. */
const calls: [string, (repo: Repository, options: never) => unknown][] = [
  ['headManifest', (repo, options) => headManifest(repo, 'v1', options)],
  ['findManifest', (repo, options) => findManifest(repo, 'v1', options)],
  ['getManifest', (repo, options) => getManifest(repo, 'v1', options)],
  ['putManifest', (repo, options) => putManifest(repo, 'v1', new Uint8Array(), options)],
  ['deleteManifest', (repo, options) => deleteManifest(repo, 'v1', options)],
  ['hasBlob', (repo, options) => hasBlob(repo, digest, options)],
  ['mountBlob', (repo, options) => mountBlob(repo, digest, 'base', options)],
  ['deleteBlob', (repo, options) => deleteBlob(repo, digest, options)],
  ['getBlob', (repo, options) => getBlob(repo, digest, options)],
  ['getBlobBytes', (repo, options) => getBlobBytes(repo, digest, options)],
  ['pushBlob', (repo, options) => pushBlob(repo, 'x', options)],
  ['listTags', (repo, options) => all(listTags(repo, options))],
]

describe.each(calls)('%s', (_, call) => {
  test.each<[unknown, string]>([
    [{ signal: {} }, 'signal'],
    [{ signal: null }, 'signal'],
    [{ signal: new AbortController() }, 'signal'],
    [{ sginal: undefined }, 'sginal'],
  ])('refuses %j before any request', async (options, path) => {
    const { repo, calls } = fakeRepository(() => empty(200))
    const error = await thrownBy(async () => call(repo, options as never))
    expect(error).toMatchObject({ code: 'INVALID_INPUT', path })
    if (path === 'sginal') expect(String(error)).toContain('did you mean "signal"?')
    expect(calls).toHaveLength(0)
  })

  test.each([null, 'v1', []])('refuses %j for options', async (options) => {
    const { repo, calls } = fakeRepository(() => empty(200))
    expect(await thrownBy(async () => call(repo, options as never))).toBeInstanceOf(TypeError)
    expect(calls).toHaveLength(0)
  })

  test('refuses what repository() did not make', async () => {
    const { repo, calls } = fakeRepository(() => empty(200))
    const { registry, name, capabilities } = repo
    const byHand = { registry, name, capabilities }
    for (const other of [
      byHand,
      { ...repo },
      { ...repo, name: 'team/other' },
      undefined,
      'r.test/app',
    ]) {
      const error = await thrownBy(async () => call(other as never, {} as never))
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain('make one with repository()')
    }
    expect(calls).toHaveLength(0)
  })
})

test.each<[string, (repo: Repository) => unknown, object]>([
  ['intent', (repo) => findManifest(repo, 'v1', { intent: 'read' as never }), { path: 'intent' }],
  ['accept', (repo) => findManifest(repo, 'v1', { accept: 'a/b' as never }), { path: 'accept' }],
  ['api', (repo) => putManifest(repo, 'v1', bytes, { api: 'v1' as never }), { path: 'api' }],
  [
    'mediaType of a manifest',
    (repo) => putManifest(repo, 'v1', bytes, { mediaType: 'json' }),
    { path: 'mediaType' },
  ],
  [
    'ifMatch',
    (repo) => putManifest(repo, 'v1', bytes, { ifMatch: 7 as never }),
    { path: 'ifMatch' },
  ],
  ['limit', (repo) => getBlobBytes(repo, digest, { limit: -1 }), { path: 'limit' }],
  ['a descriptor', (repo) => getBlob(repo, { digest: 'x' } as never), { path: 'digest' }],
  ['a size', (repo) => getBlob(repo, { digest: digest as never, size: -1 }), { path: 'size' }],
  ['mediaType', (repo) => pushBlob(repo, 'x', { mediaType: 'json' }), { path: 'mediaType' }],
  ['digest', (repo) => pushBlob(repo, 'x', { digest: '' }), { path: 'digest' }],
  ['size', (repo) => pushBlob(repo, 'x', { size: 1.5 }), { path: 'size' }],
  ['expectPresent', (repo) => pushBlob(repo, 'x', { expectPresent: 1 as never }), {}],
  ['annotations', (repo) => pushBlob(repo, 'x', { annotations: { a: 1 } as never }), {}],
  ['maxPages', (repo) => listTags(repo, { maxPages: 0 }), { path: 'maxPages' }],
  ['last', (repo) => listTags(repo, { last: 7 as never }), { path: 'last' }],
])('%s is checked before any request', async (_, call, error) => {
  const { repo, calls } = fakeRepository(() => empty(200))
  const thrown = await thrownBy(async () => call(repo))
  expect(thrown).toMatchObject({ name: 'InvalidInputError', ...error })
  expect(calls).toHaveLength(0)
})

test.each([null, undefined, 'text', 7])('%j is no manifest', async (manifest) => {
  const { repo, calls } = fakeRepository(() => empty(200))
  expect(await thrownBy(() => putManifest(repo, 'v1', manifest as never))).toBeInstanceOf(TypeError)
  expect(calls).toHaveLength(0)
})

const bytes = new Uint8Array()
