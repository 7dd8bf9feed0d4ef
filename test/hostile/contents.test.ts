// Content that says one thing in two ways, names that climb out of addresses, other repositories' blobs, programs with
// strange names, and tags that anyone with push access can write.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { isOcilinkError } from '../../src/errors.ts'
import { parseManifest } from '../../src/model/manifest.ts'
import { dockerCredentials } from '../../src/node/index.ts'
import { mountBlob } from '../../src/registry/blobs/blobs.ts'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { findManifest } from '../../src/registry/manifests.ts'
import { repository, sibling } from '../../src/registry/repository.ts'
import { hasReferrer } from '../../src/tasks/has-referrer.ts'
import { referrers } from '../../src/tasks/referrers.ts'
import { all, empty, fakeRepository, json, sha, thrownBy, utf8 } from '../registry/_registry.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha('{}'), size: 2 }
const subject = sha('subject')

describe('a manifest that is two things', () => {
  const layered = { schemaVersion: 2, config, layers: [] }
  test.each([
    ['layers and manifests', { ...layered, manifests: [] }, IMAGE],
    ['layers and manifests, as an index', { ...layered, manifests: [] }, INDEX],
    [
      'a type of its own that is not the one it was served as',
      { ...layered, mediaType: INDEX },
      IMAGE,
    ],
    ['an index served as an image', { schemaVersion: 2, mediaType: INDEX, manifests: [] }, IMAGE],
    ['fslayers and layers', { ...layered, fsLayers: [], manifests: [] }, IMAGE],
  ])('is refused: %s', (_, document, type) => {
    expect(() => parseManifest(utf8(JSON.stringify(document)), type)).toThrow(
      expect.objectContaining({ code: 'INVALID_MANIFEST' }),
    )
  })

  test.each(['text/html', 'text/plain', 'image/png', 'application/octet-stream', 'x'])(
    'is none where it is served as %s and says of no other type',
    async (type) => {
      const { repo } = fakeRepository(
        () => new Response('<html>log in</html>', { headers: { 'content-type': type } }),
      )
      expect(isOcilinkError(await thrownBy(() => findManifest(repo, 'v1')))).toBe(true)
    },
  )
})

describe('JSON that readers read in different ways', () => {
  const own = `"config":${JSON.stringify(config)},"layers":[]`
  const pointing = (field: string, digest: string) =>
    `"${field}":{"mediaType":"${IMAGE}","digest":"${digest}","size":1}`

  test.each([['Subject', 'SUBJECT', 'ſubject']])(
    'a key in other letters (%s, %s, %s) is no subject',
    async (...fields) => {
      for (const field of fields) {
        const text = `{"schemaVersion":2,"mediaType":"${IMAGE}",${own},${pointing(field, subject)}}`
        expect(await isListed(text)).toBe(false)
      }
    },
  )

  test('what is read is what is listed, also where a key stands twice', async () => {
    const text = `{"schemaVersion":2,"mediaType":"${IMAGE}",${own},${pointing('subject', subject)},${pointing('subject', sha('other'))}}`
    expect(await isListed(text)).toBe(false)
  })

  test('names such as __proto__ are names', async () => {
    const annotations = '{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d"}'
    const entry = `{"mediaType":"${IMAGE}","digest":"${sha('x')}","size":1,"artifactType":"a/b","annotations":${annotations}}`
    const { repo } = fakeRepository(({ url }) =>
      url.pathname.includes('/referrers/')
        ? new Response(`{"schemaVersion":2,"__proto__":{"polluted":1},"manifests":[${entry}]}`, {
            headers: { 'content-type': INDEX },
          })
        : empty(404),
    )
    const [found] = await all(referrers(repo, subject))
    expect(Object.getPrototypeOf(found!.annotations)).toBeNull()
    expect(Object.entries(found!.annotations!)).toContainEqual(['__proto__', 'a'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    const asked = { annotations: { valueOf: 'x' } }
    expect(await hasReferrer(repo, subject, asked).catch(() => false)).toBe(false)
  })
})

/** Whether a manifest that stands in the referrers tag is listed, with its manifest read. */
async function isListed(text: string): Promise<boolean> {
  const digest = sha(text)
  const manifests = [{ mediaType: IMAGE, digest, size: utf8(text).byteLength, artifactType: 'a/b' }]
  const { repo } = fakeRepository(({ url }) => {
    const { pathname } = url
    if (pathname.includes('/manifests/sha256-'))
      return json({ schemaVersion: 2, mediaType: INDEX, manifests }, { 'content-type': INDEX })
    return pathname.endsWith(digest)
      ? new Response(text, { headers: { 'content-type': IMAGE } })
      : empty(404)
  })
  const found = await all(referrers(repo, subject, { verify: true })).catch(() => [])
  return found.length > 0
}

describe('a name in an address', () => {
  test.each([
    'r.test/../admin',
    'r.test/app/../../v2',
    'r.test/app%2f..%2fadmin',
    'r.test/app?x=1',
    'r.test/app#x',
    'r.test/App',
    'r.test/app ',
    'r.test/app\n',
    'r.test//app',
    'r.test/app/',
    'r.test/app:pull,push',
    'r.test/a,b',
    'r.test/a:pull repository:b',
    'r.test:99999/app',
    'r.test\\@evil.test/app',
    'r.test/app\u0000',
    'r.test/äpp',
    `r.test/${'a'.repeat(300)}`,
  ])('is no repository, and nothing is sent: %j', async (name) => {
    let sent = 0
    const fetch = async () => {
      sent++
      return empty(404)
    }
    // One with a tag is refused as well.
    const error = await thrownBy(async () => repository(name, { fetch }))
    expect(isOcilinkError(error, 'INVALID_REFERENCE', 'INVALID_TAG', 'INVALID_DIGEST')).toBe(true)
    expect(sent).toBe(0)
  })

  test.each([
    '..',
    '.',
    'a/b',
    'a?b',
    'a#b',
    '%2e',
    '-a',
    '.a',
    'a b',
    'ä',
    '',
    'a'.repeat(129),
    'a\n',
    'a:b',
  ])('is no tag, and nothing is sent: %j', async (tag) => {
    const { repo, calls } = fakeRepository(() => empty(404))
    expect(isOcilinkError(await thrownBy(() => findManifest(repo, tag)))).toBe(true)
    expect(calls).toHaveLength(0)
  })

  test.each([
    'app/manifests',
    'app/blobs/uploads',
    'app/referrers',
    'app/tags',
    'manifests/manifests',
    'v2/v2',
  ])('is a repository though it looks like an endpoint: %s', async (name) => {
    const { fetch } = embeddedRegistry()
    const repo = repository(`r.test/${name}`, { fetch })
    const { digest } = await pushBlob(repo, 'x')
    const other = repository('r.test/app', { fetch })
    expect(await mountBlob(other, digest, name)).toBe(true)
    expect(await all(referrers(repo, digest))).toEqual([])
  })
})

describe('what belongs to another repository', () => {
  const users = [
    { name: 'own', password: 'p', permissions: [{ repository: 'own', actions: ['pull', 'push'] }] },
    { name: 'all', password: 'p' },
  ] as const

  test.each(['basic', 'bearer'] as const)(
    'is not mounted without leave to read it: %s',
    async (scheme) => {
      const { fetch } = embeddedRegistry({ auth: { scheme, users } })
      const login = (name: string) => ({ fetch, credentials: { username: name, password: 'p' } })
      const secret = repository('r.test/secret', login('all'))
      const { digest } = await pushBlob(secret, 'SECRET')
      const own = repository('r.test/own', login('own'))
      expect(await mountBlob(own, digest, 'secret').catch(() => false)).toBe(false)
      expect(isOcilinkError(await thrownBy(() => findManifest(sibling(own, 'secret'), 'v1')))).toBe(
        true,
      )
      const rich = repository('r.test/own', login('all'))
      expect(await mountBlob(rich, digest, 'secret')).toBe(true)
    },
  )
})

describe('a credential helper', () => {
  test.each([
    '../evil',
    'a b',
    'a;touch x',
    '$(x)',
    'a\nb',
    '/bin/sh',
    '',
    'a/../b',
    'ä',
    'a\u0000b',
  ])('with the name %j is not started', async (name) => {
    const home = await mkdtemp(join(tmpdir(), 'ocilink-'))
    onTestFinished(() => rm(home, { recursive: true, force: true }))
    await writeFile(join(home, 'config.json'), JSON.stringify({ credHelpers: { 'r.test': name } }))
    const source = dockerCredentials({ env: { DOCKER_CONFIG: home, PATH: '/bin:/usr/bin' } })
    const outcome = await source('r.test').catch((error: unknown) => error)
    if (outcome !== undefined) expect(isOcilinkError(outcome)).toBe(true)
  })
})

describe('an entry of the referrers tag, which anyone with push access can write,', () => {
  const pointingAt = (digest: string) =>
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: IMAGE, artifactType: 'a/b', config, layers: [] },
      subject: { mediaType: IMAGE, digest, size: 1 },
    })

  test.each([
    ['points at another subject', pointingAt(sha('other'))],
    ['points at nothing', pointingAt(subject).replace('"subject"', '"x"')],
    ['is gone', undefined],
    ['is the subject itself', pointingAt(subject).replace(subject, sha(''))],
  ])('counts for nothing once it was read where it %s', async (_, text) => {
    if (text !== undefined) expect(await isListed(text)).toBe(false)
    else {
      const manifests = [{ mediaType: IMAGE, digest: sha('gone'), size: 1, artifactType: 'a/b' }]
      const { repo } = fakeRepository(({ url }) =>
        url.pathname.includes('/manifests/sha256-')
          ? json({ schemaVersion: 2, mediaType: INDEX, manifests }, { 'content-type': INDEX })
          : json({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }, {}, 404),
      )
      expect(await all(referrers(repo, subject, { verify: true }))).toEqual([])
    }
  })

  test('is an error where only a page of a proxy says that it is gone', async () => {
    const manifests = [{ mediaType: IMAGE, digest: sha('gone'), size: 1, artifactType: 'a/b' }]
    const { repo } = fakeRepository(({ url }) =>
      url.pathname.includes('/manifests/sha256-')
        ? json({ schemaVersion: 2, mediaType: INDEX, manifests }, { 'content-type': INDEX })
        : empty(404),
    )
    await expect(all(referrers(repo, subject, { verify: true }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      status: 404,
    })
  })

  test('is listed where its manifest points at the subject', async () => {
    expect(await isListed(pointingAt(subject))).toBe(true)
  })

  test('is not confirmed before it was read', async () => {
    const text = pointingAt(subject)
    const manifests = [
      { mediaType: IMAGE, digest: sha(text), size: text.length, artifactType: 'a/b' },
    ]
    const { repo } = fakeRepository(({ url }) =>
      url.pathname.includes('/manifests/sha256-')
        ? json({ schemaVersion: 2, mediaType: INDEX, manifests }, { 'content-type': INDEX })
        : empty(404),
    )
    const [found] = await all(referrers(repo, subject))
    expect(found).toMatchObject({ digest: sha(text), confirmed: false })
  })
})
