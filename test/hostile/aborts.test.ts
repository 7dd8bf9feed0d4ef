// Whoever gives up leaves nothing open, whatever the registry does: within a second, with the reason of the signal.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { parseDigest } from '../../src/model/digest.ts'
import { getBlobBytes } from '../../src/registry/blobs/get.ts'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { deleteManifest } from '../../src/registry/delete-manifest.ts'
import { findManifest, putManifest } from '../../src/registry/manifests.ts'
import { type Repository, repository } from '../../src/registry/repository.ts'
import { attach } from '../../src/tasks/attach.ts'
import { detach } from '../../src/tasks/detach.ts'
import { discover } from '../../src/tasks/discover/discover.ts'
import { hasReferrer } from '../../src/tasks/has-referrer.ts'
import { tags } from '../../src/tasks/tags.ts'
import { all, empty, fakeRepository, sha, thrownBy, utf8 } from '../registry/_registry.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const digest = parseDigest(sha('x'))
const subject = { mediaType: IMAGE, digest, size: 1 }
const mib = new Uint8Array(1 << 20)
const stream = () => new Blob([mib, mib, mib]).stream()

const calls: Record<string, (repo: Repository, signal: AbortSignal) => Promise<unknown>> = {
  findManifest: (repo, signal) => findManifest(repo, 'v1', { signal }),
  putManifest: (repo, signal) => putManifest(repo, 'v1', utf8('{}'), { mediaType: IMAGE, signal }),
  deleteManifest: (repo, signal) => deleteManifest(repo, 'v1', { signal }),
  getBlobBytes: (repo, signal) => getBlobBytes(repo, digest, { signal }),
  pushBlob: (repo, signal) => pushBlob(repo, 'x', { signal }),
  'pushBlob of a stream': (repo, signal) =>
    pushBlob(repo, stream(), { chunkSize: 1 << 20, signal }),
  tags: (repo, signal) => all(tags(repo, { signal })),
  attach: (repo, signal) => attach(repo, subject, { artifactType: 'a/b' }, { signal }),
  detach: (repo, signal) => detach(repo, digest, digest, { signal }),
  discover: (repo, signal) => discover(repo, digest, { depth: 2, scope: 'all', signal }),
  hasReferrer: (repo, signal) => hasReferrer(repo, 'v1', { signal }),
}

/** A server that hangs where it is told to, and how many of its requests are open. */
async function hanging(where: 'at once' | 'token' | 'body' | 'upload' | 'tag') {
  const open = new Set<unknown>()
  const server = createServer((request, response) => {
    open.add(response)
    response.on('close', () => open.delete(response))
    request.on('error', () => {}).resume()
    const path = request.url!
    const { host } = request.headers
    if (where === 'token' && !path.startsWith('/token')) {
      const challenge = `Bearer realm="http://${host}/token"`
      return void response.writeHead(401, { 'www-authenticate': challenge }).end()
    }
    if (where === 'body') {
      response.writeHead(200, { 'content-type': IMAGE, location: '/x', range: '0-0' })
      return void response.write('{')
    }
    if (where === 'upload' && request.method === 'POST')
      return void response.writeHead(202, { location: '/v2/up/1' }).end()
    if (where === 'tag' && !path.includes('/manifests/sha256-'))
      return void response.writeHead(path.includes('/referrers/') ? 404 : 201).end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const repo = repository(`127.0.0.1:${port}/team/app`, {
    timeout: 20_000,
    ...(where === 'tag' && { capabilities: { referrersApi: 'unsupported' } as const }),
  })
  return { repo, open }
}

describe.each(['at once', 'token', 'body', 'upload', 'tag'] as const)(
  'where a registry hangs: %s',
  (where) => {
    test.each(Object.keys(calls))('%s ends, and nothing stays open', async (name) => {
      const { repo, open } = await hanging(where)
      const stop = new AbortController()
      const reason = new Error('stop')
      const call = calls[name]!(repo, stop.signal).then(
        () => 'ended',
        (error: unknown) => error,
      )
      await new Promise((resolve) => setTimeout(resolve, 150))
      stop.abort(reason)
      const began = performance.now()
      const outcome = await call
      // Some are over before the registry hangs.
      if (outcome === reason) expect(performance.now() - began).toBeLessThan(1000)
      await vi.waitFor(() => expect(open.size).toBe(0), { timeout: 1500 })
    })
  },
)

describe('a body that is not wanted', () => {
  const bodies = {
    hangs: () => new ReadableStream({ cancel: () => new Promise<void>(() => {}) }),
    breaks: () =>
      new ReadableStream({
        start: (controller) => controller.error(new TypeError('terminated')),
      }),
    'fails when it is dropped': () =>
      new ReadableStream({ cancel: () => Promise.reject(new Error('no')) }),
  }

  test.each(Object.entries(bodies))('and %s holds nothing up', async (_, body) => {
    const answer = (status: number, headers = {}) => new Response(body(), { status, headers })
    const location = '/v2/up/1'
    const { repo } = fakeRepository(({ method }) => {
      if (method === 'POST') return answer(202, { location })
      return method === 'DELETE' ? answer(202) : answer(201)
    })
    await pushBlob(repo, 'x')
    await putManifest(repo, 'v1', utf8('{}'), { mediaType: IMAGE })
    await deleteManifest(repo, 'v1')
    const redirected = fakeRepository(() => answer(307, { location: 'http://r.test/x' }))
    expect(await thrownBy(() => findManifest(redirected.repo, 'v1'))).toMatchObject({ status: 307 })
  })
})

test('a token that several wait for is requested to its end when one of them leaves', async () => {
  let answer: (response: Response) => void = () => {}
  const fake = fakeRepository(({ url, authorization }) => {
    if (url.pathname === '/token') return new Promise<Response>((resolve) => (answer = resolve))
    if (authorization) return empty(404)
    return empty(401, { 'www-authenticate': 'Bearer realm="https://r.test/token"' })
  })
  const stop = new AbortController()
  const one = findManifest(fake.repo, 'v1', { signal: stop.signal }).catch(() => 'stopped')
  const other = findManifest(fake.repo, 'v1')
  await vi.waitFor(() => expect(fake.lines().at(-1)).toBe('GET /token'))
  await new Promise((resolve) => setTimeout(resolve, 50))
  stop.abort()
  expect(await one).toBe('stopped')
  answer(Response.json({ token: 'x' }))
  expect(await other).toBeUndefined()
  expect(fake.lines().filter((line) => line === 'GET /token')).toHaveLength(1)
})

test.each([416, 500])('an upload that goes round ends: %i', async (status) => {
  let first = true
  const { repo, calls } = fakeRepository(
    ({ method, headers }) => {
      if (method === 'POST') return empty(202, { location: '/v2/up/1' })
      if (method === 'GET') return empty(204, { range: '0--1' })
      if (method !== 'PATCH') return empty(202)
      if (first) {
        first = false
        return empty(413)
      }
      return empty(headers.get('content-range')!.startsWith('0-') ? 202 : status)
    },
    { retries: 2 },
  )
  const halves = new Blob([new Uint8Array(600_000), new Uint8Array(600_000)]).stream()
  const error = await thrownBy(() => pushBlob(repo, halves, { chunkSize: 1 << 20 }))
  expect(error).toMatchObject({ name: 'RegistryError', status })
  expect(calls.length).toBeLessThan(60)
})
