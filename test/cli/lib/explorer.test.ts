import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Explorer, makeExplorer } from '../../../src/cli/lib/explorer.ts'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { repository } from '../../../src/index.ts'
import { type RunningServer, serve } from '../../../src/node/index.ts'
import { pushImage } from '../../_image.ts'

const credentials = { username: 'me', password: 'secret' }
let page: string
let registry: RunningServer
let explorer: Explorer
beforeAll(async () => {
  page = await mkdtemp(join(tmpdir(), 'ocilink-page-'))
  await mkdir(join(page, 'assets'))
  await writeFile(join(page, 'index.html'), '<html><head><title>x</title></head></html>')
  await writeFile(join(page, 'assets', 'a.js'), 'run()')
  const users = [{ name: 'me', password: 'secret' }]
  registry = await serve(embeddedRegistry({ auth: { scheme: 'bearer', users } }))
  await pushImage(repository(`${registry.host}/team/app`, { credentials }))
  explorer = await makeExplorer({ page, connection: { credentials } })
})
afterAll(async () => {
  await registry?.close()
  await rm(page, { recursive: true })
})

const ask = (path: string, init?: RequestInit) =>
  explorer.fetch(new Request(`http://127.0.0.1:1${path}`, init))

test('the page is at an address that nobody can guess, and another one at each start', async () => {
  expect(explorer.path).toMatch(/^\/[\w-]{22}\/$/)
  const other = await makeExplorer({ page, connection: {} })
  expect(other.path).not.toBe(explorer.path)
  const answer = await ask(explorer.path)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/html; charset=utf-8',
  ])
  expect(await answer.text()).toContain('<meta name="ocilink-registries" content="registries/" />')
  expect(await (await ask(`${explorer.path}assets/a.js`)).text()).toBe('run()')
})

test.each(['/', '/index.html', '/assets/a.js', '/registries/a/v2/', other('/'), other('/../')])(
  '%s is not there',
  async (path) => {
    const answer = await ask(path)
    expect([answer.status, await answer.text()]).toEqual([404, ''])
  },
)

function other(path: string): string {
  return `/AAAAAAAAAAAAAAAAAAAAAA${path}`
}

test('nothing but the own files may run, and no one else may be asked or told the address', async () => {
  const { headers } = await ask(explorer.path)
  const policy = headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'; script-src 'self'")
  expect(policy).toContain("connect-src 'self'")
  expect(policy).not.toContain('unsafe')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
})

test('a registry is read with the logins of who started it, which the page does not get', async () => {
  const path = `${explorer.path}registries/${registry.host}/v2/team/app/manifests/`
  const answer = await ask(`${path}v1`)
  expect([answer.status, answer.headers.get('x-ocilink-status')]).toEqual([200, '200'])
  expect(answer.headers.get('x-ocilink-type')).toBe('application/vnd.oci.image.manifest.v1+json')
  expect(await answer.json()).toMatchObject({ schemaVersion: 2 })
  expect([...answer.headers].join(' ')).not.toMatch(/secret|authenticate|access-control|cookie/i)
  // What is not there is an answer, and no error in the console.
  const none = await ask(`${path}none`)
  expect([none.status, none.headers.get('x-ocilink-status')]).toEqual([200, '404'])
})

test('nothing is written, whatever is asked', async () => {
  const path = `${explorer.path}registries/${registry.host}/v2/team/app/manifests/v1`
  for (const method of ['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS']) {
    expect((await ask(path, { method })).status).toBe(404)
  }
  const head = await ask(path, { method: 'HEAD' })
  expect(head.headers.get('x-ocilink-status')).toBe('200')
})

test('what is wrong with a registry is told in a header, also where nothing else is answered', async () => {
  const wrong = await makeExplorer({
    page,
    connection: { credentials: { username: 'me', password: 'wrong' }, retries: 0 },
  })
  for (const [host, code, message] of [
    [registry.host, 'AUTH_DENIED', /refused the credentials/],
    ['127.0.0.1:2', 'CONNECTION', /ECONNREFUSED/],
    ['a%2Fb', 'INVALID_INPUT', /registry/],
    ['%', '', /malformed/],
  ] as const) {
    for (const method of ['GET', 'HEAD']) {
      const path = `${wrong.path}registries/${host}/v2/team/app/tags/list`
      const answer = await wrong.fetch(new Request(`http://127.0.0.1:1${path}`, { method }))
      expect([answer.status, answer.headers.has('x-ocilink-status')]).toEqual([200, false])
      const error = JSON.parse(decodeURIComponent(answer.headers.get('x-ocilink-error')!))
      expect(error.code ?? '').toBe(code)
      expect(error.message).toMatch(message)
      expect(error.message).not.toContain('wrong')
    }
  }
})

/** What the page gets of one answer of a registry. */
async function passed(answer: Response): Promise<Response> {
  const { path, fetch } = await makeExplorer({ page, connection: { fetch: async () => answer } })
  return fetch(new Request(`http://127.0.0.1:1${path}registries/registry.example/v2/a/blobs/b`))
}

test.each([
  ['text/html', '<script>alert(1)</script>'],
  ['text/javascript', 'alert(1)'],
  ['text/css', '*{}'],
  ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
  ['application/pdf', '%PDF-1.7'],
])('no browser acts on what a registry sends as %s, wherever it meets it', async (type, body) => {
  const { headers } = await passed(
    new Response(body, { headers: { 'content-type': type, refresh: '0', 'set-cookie': 'a=b' } }),
  )
  expect(headers.get('content-type')).toBe('application/octet-stream')
  expect(headers.get('x-ocilink-type')).toBe(type)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  const policy = headers.get('content-security-policy')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain('sandbox')
  expect(policy).not.toContain("'self'")
  expect([headers.has('refresh'), headers.has('set-cookie')]).toEqual([false, false])
})

test('what was packed on its way has no length that is not its own', async () => {
  const headers = { 'content-encoding': 'gzip', 'content-length': '3' }
  const answer = await passed(new Response('unpacked by fetch', { headers }))
  expect(answer.headers.has('content-length')).toBe(false)
  const plain = await passed(new Response('four', { headers: { 'content-length': '4' } }))
  expect(plain.headers.get('content-length')).toBe('4')
})
