// HEAD of manifests is refused, or says less than GET, behind some proxies and on some registries.
import { describe, expect, test } from 'vitest'
import { attach, hasReferrer, referrers } from '../../src/index.ts'
import type { ImageManifest } from '../../src/model/manifest.ts'
import { getManifest, headManifest } from '../../src/registry/index.ts'
import { all } from '../_image.ts'
import { setUp } from '../strategies/_bent.ts'

const note = { artifactType: 'application/vnd.example.note' }

/** A registry whose answers to HEAD of manifests are bent. */
const bentHead = (bend: (honest: Response) => Response | Promise<Response>) =>
  setUp({}, async (request, answer) => {
    const isHead = request.method === 'HEAD' && request.url.includes('/manifests/')
    return isHead ? bend(await answer()) : answer()
  })

const withHeader = (name: string, value: string | undefined) => (honest: Response) => {
  const headers = new Headers(honest.headers)
  if (value === undefined) headers.delete(name)
  else headers.set(name, value)
  return new Response(null, { status: honest.status, headers })
}

describe.each([400, 403, 404, 405, 406, 410, 415, 422, 501])('HEAD answered with %i', (status) => {
  const refused = () => bentHead(() => new Response(null, { status }))

  test('does not hide what GET has', async () => {
    const { app, subject } = await refused()
    expect(await headManifest(app, 'v1')).toEqual(subject)
    await attach(app, 'v1', note)
    expect(await hasReferrer(app, 'v1', note)).toBe(true)
    expect(await all(referrers(app, 'v1'))).toHaveLength(1)
  })

  test('does not make up what GET has not', async () => {
    const { app } = await refused()
    expect(await headManifest(app, 'v2')).toBeUndefined()
    await expect(hasReferrer(app, 'v2')).rejects.toMatchObject({ status: 404, method: 'GET' })
  })
})

test.each([
  [401, 'AUTH_REQUIRED'],
  [429, 'RATE_LIMITED'],
  [500, 'REGISTRY_RESPONSE'],
  [503, 'UNAVAILABLE'],
])('HEAD answered with %i is an error all the same', async (status, code) => {
  const { app } = await bentHead(() => new Response(null, { status }))
  await expect(headManifest(app, 'v1')).rejects.toMatchObject({ code })
})

describe.each([
  ['0', 'content-length', '0'],
  ['that of something else', 'content-length', '7'],
  ['2^64 - 1', 'content-length', '18446744073709551615'],
  ['-1', 'content-length', '-1'],
  ['no number', 'content-length', 'many'],
  ['left out', 'content-length', undefined],
])('a length that is %s', (_, name, value) => {
  const lying = () => bentHead(withHeader(name, value))

  test('is never written into a subject', async () => {
    const { app, straight, subject } = await lying()
    for (const named of ['v1', subject.digest]) {
      const { digest } = await attach(app, named, { ...note, annotations: { named } })
      const { bytes } = await getManifest(straight, digest)
      const written = JSON.parse(new TextDecoder().decode(bytes)) as ImageManifest
      expect(written.subject).toEqual(subject)
    }
  })
})

test.each([
  ['no type', withHeader('content-type', undefined)],
  ['a type of no manifest', withHeader('content-type', 'application/octet-stream')],
  ['no digest', withHeader('docker-content-digest', undefined)],
  ['a digest of no known kind', withHeader('docker-content-digest', 'md5:00')],
  ['a length of compressed bytes', withHeader('content-encoding', 'gzip')],
] as const)('HEAD with %s is followed by GET', async (_, bend) => {
  const { app, subject } = await bentHead(bend)
  expect(await headManifest(app, 'v1')).toEqual(subject)
})
