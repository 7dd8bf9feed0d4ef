// The page's way to registries: its fetch, and the server behind it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { throughServer } from '../../examples/explorer/src/through-server.ts'
import { type Explorer, makeExplorer } from '../../src/cli/lib/explorer.ts'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { type Fetch, type Repository, repository } from '../../src/index.ts'
import { headManifest } from '../../src/registry/index.ts'
import { pushImage } from '../_image.ts'

const registry = embeddedRegistry()
const asked: string[] = []
let answer: Fetch = registry.fetch
let page: string
let explorer: Explorer
beforeAll(async () => {
  page = await mkdtemp(join(tmpdir(), 'ocilink-page-'))
  await writeFile(join(page, 'index.html'), '<title>x</title>')
  const fetch: Fetch = async (request) => {
    asked.push(`${request.method} ${request.url}`)
    return answer(request)
  }
  const credentials = { username: 'me', password: 'wrong' }
  explorer = await makeExplorer({ page, connection: { fetch, credentials } })
  await pushImage(repository('registry.example/library/app', { fetch: registry.fetch }))
})
afterAll(async () => {
  vi.unstubAllGlobals()
  await rm(page, { recursive: true })
})
beforeEach(() => {
  asked.length = 0
  answer = registry.fetch
  vi.stubGlobal('fetch', (request: Request) => explorer.fetch(request))
})

function open(host: string): Repository {
  const registries = new URL(`http://127.0.0.1:1${explorer.path}registries/`)
  return repository(`${host}/library/app`, { fetch: throughServer(registries, host) })
}

test.each([
  ['registry.example:443', 'https://registry.example/'],
  ['Registry.EXAMPLE', 'https://registry.example/'],
  ['localhost:80', 'http://localhost/'],
  ['[::1]:5000', 'http://[::1]:5000/'],
  ['docker.io', 'https://registry-1.docker.io/'],
])('%s is reached at %s', async (host, origin) => {
  expect(await headManifest(open(host), 'v1')).toBeDefined()
  expect(asked).toEqual([`HEAD ${origin}v2/library/app/manifests/v1`])
})

test('what has no body to say it in has its reason all the same', async () => {
  answer = async () => {
    throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') })
  }
  await expect(headManifest(open('registry.example'), 'v1')).rejects.toMatchObject({
    code: 'CONNECTION',
    message: expect.stringMatching(/registry\.example.* got no answer: getaddrinfo ENOTFOUND$/),
  })
})

test('a login that is refused is tried once', async () => {
  answer = async () =>
    new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } })
  await expect(headManifest(open('registry.example'), 'v1')).rejects.toMatchObject({
    code: 'AUTH_DENIED',
    message: expect.stringContaining('refused the credentials'),
  })
  expect(asked.length).toBeLessThan(3)
})

test('says that the program has ended', async () => {
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('Failed to fetch')
  })
  await expect(headManifest(open('registry.example'), 'v1')).rejects.toThrow(
    '`ocilink explore` does not answer: it may run no more',
  )
})
