import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { digestOf, pushImage, type Send } from '../embedded/_registry.ts'
import { startTls } from '../runtimes/lib/network.ts'
import { run, serve, start } from './_program.ts'
import { parseAnswer } from './_schemas.ts'

const sendTo =
  (url: string): Send =>
  (method, path, init) =>
    fetch(`${url}${path}`, { method, ...init })

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-cli-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'serves on this machine, says where, and ends with 0 on %s',
  async (signal) => {
    const { url, child, ended } = await serve()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9][0-9]*$/)
    await pushImage(sendTo(url), 'app', 'v1')
    expect((await fetch(`${url}/v2/app/manifests/v1`)).status).toBe(200)
    child.kill(signal)
    expect(await ended).toEqual({ code: 0, stdout: `${url}\n`, stderr: '' })
  },
)

test('keeps what was pushed in a directory', async () => {
  const directory = await temporaryDirectory()
  const first = await serve('--dir', directory)
  await pushImage(sendTo(first.url), 'team/app', 'v1')
  first.child.kill('SIGTERM')
  expect((await first.ended).code).toBe(0)
  const second = await serve('--dir', directory)
  expect((await fetch(`${second.url}/v2/team/app/manifests/v1`)).status).toBe(200)
})

test('serves a directory that is a layout itself under a name', async () => {
  const directory = await temporaryDirectory()
  const first = await serve('--dir', directory)
  await pushImage(sendTo(first.url), 'app', 'v1')
  first.child.kill('SIGTERM')
  await first.ended
  const layout = join(directory, 'app')
  const refused = await run('serve', '--dir', layout)
  expect(refused).toMatchObject({ code: 3, stdout: '' })
  expect(refused.stderr).toContain('layout')
  const second = await serve('--dir', layout, '--name', 'other/name')
  expect((await fetch(`${second.url}/v2/other/name/manifests/v1`)).status).toBe(200)
})

test('refuses a directory that is in use, and a port that is taken, with 3', async () => {
  const directory = await temporaryDirectory()
  const { url, child } = await serve('--dir', directory)
  const inUse = await run('serve', '--dir', directory)
  expect(inUse).toMatchObject({ code: 3, stdout: '' })
  expect(inUse.stderr).toContain(`process ${child.pid}`)
  const taken = await run('serve', '--port', new URL(url).port)
  expect(taken).toMatchObject({ code: 3, stdout: '' })
  expect(taken.stderr).toContain('EADDRINUSE')
})

test('listens where it is told to', async () => {
  const { url } = await serve('--host', '127.0.0.2', '--port', '0')
  expect(url).toMatch(/^http:\/\/127\.0\.0\.2:/)
  expect((await fetch(`${url}/v2/`)).status).toBe(200)
})

/** Status of a request whose `Host` is given, which `fetch` does not let one set. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const request = httpRequest(`${url}/v2/`, { headers: { Host: host } }).end()
  const [answer] = await once(request, 'response')
  answer.resume()
  return answer.statusCode
}

const preflight = (url: string, origin: string) =>
  fetch(`${url}/v2/app/manifests/v1`, {
    method: 'OPTIONS',
    headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT' },
  })

test('keeps web pages out, and names that were made to lead to it', async () => {
  const { url } = await serve()
  const answer = await preflight(url, 'https://evil.example')
  expect(answer.status).toBe(403)
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
  // A POST of text needs no preflight.
  const push = await fetch(`${url}/v2/app/blobs/uploads/?digest=${digestOf('x')}`, {
    method: 'POST',
    body: 'x',
    headers: { Origin: 'https://evil.example' },
  })
  expect(push.status).toBe(403)
  expect((await fetch(`${url}/v2/app/blobs/${digestOf('x')}`)).status).toBe(404)
  expect(await statusFor(url, 'rebind.evil.example')).toBe(421)
  expect(await statusFor(url, 'localhost')).toBe(200)
})

test('lets in the pages, names and users that the options name', async () => {
  process.env.OCILINK_PASSWORD = 'from:environment'
  onTestFinished(() => {
    delete process.env.OCILINK_PASSWORD
  })
  const { url } = await serve(
    ...['--cors', 'https://app.example', '--allowed-host', 'registry.lan'],
    ...['--allowed-host', 'other.lan', '--user', 'ci:with:colon', '--user', 'admin'],
  )
  const answer = await preflight(url, 'https://app.example')
  expect(answer.status).toBe(204)
  expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://app.example')
  for (const host of ['registry.lan', 'other.lan']) expect(await statusFor(url, host)).toBe(401)
  const as = (login: string) =>
    fetch(`${url}/v2/`, { headers: { Authorization: `Basic ${btoa(login)}` } })
  for (const login of ['ci:with:colon', 'admin:from:environment']) {
    expect((await as(login)).status, login).toBe(200)
  }
  for (const login of ['ci:', 'ci:with', 'admin:']) expect((await as(login)).status).toBe(401)
})

test('is like the registry that it is told to be like', async () => {
  const [plain, like] = [await serve(), await serve('--profile', 'distribution2')]
  const path = `/v2/app/referrers/${digestOf('x')}`
  expect((await fetch(`${plain.url}${path}`)).status).toBe(200)
  expect((await fetch(`${like.url}${path}`)).status).toBe(404)
})

test('lets a running push end before it stops, and takes no new one', async () => {
  const directory = await temporaryDirectory()
  const { url, child, ended } = await serve('--dir', directory)
  const [content, rest] = ['the quick ', 'brown fox']
  const path = `${url}/v2/app/blobs/uploads/?digest=${digestOf(content + rest)}`
  const length = content.length + rest.length
  const push = httpRequest(path, { method: 'POST', headers: { 'Content-Length': length } })
  push.write(content)
  await new Promise((resolve) => setTimeout(resolve, 200))
  child.kill('SIGTERM')
  await expect
    .poll(
      () =>
        fetch(`${url}/v2/`).then(
          () => 'open',
          () => 'closed',
        ),
      { timeout: 5000 },
    )
    .toBe('closed')
  push.end(rest)
  const [answer] = await once(push, 'response')
  expect(answer.statusCode).toBe(201)
  answer.resume()
  expect((await ended).code).toBe(0)
})

test('stops at once when it is told twice', async () => {
  const { url, child, ended } = await serve()
  const push = httpRequest(`${url}/v2/app/blobs/uploads/?digest=${digestOf('x')}`, {
    method: 'POST',
    headers: { 'Content-Length': 1 },
  })
  push.on('error', () => {})
  push.flushHeaders()
  await new Promise((resolve) => setTimeout(resolve, 200))
  child.kill('SIGTERM')
  await expect
    .poll(
      () =>
        fetch(`${url}/v2/`).then(
          () => 'open',
          () => 'closed',
        ),
      { timeout: 5000 },
    )
    .toBe('closed')
  child.kill('SIGTERM')
  expect((await ended).code).toBe(130)
})

/** What a command says until it listens, as JSON. */
async function listening(...args: string[]) {
  const running = start(...args, '--json')
  await expect.poll(() => running.output.stdout, { timeout: 20_000 }).toMatch(/\}\n$/)
  const { url } = parseAnswer(args[0]!, running.output.stdout) as { readonly url: string }
  return { ...running, url }
}

test('what serves says its address as JSON too, and with --debug each request, without secrets', async () => {
  const first = await listening('serve', '--debug')
  const second = await listening('gateway', '--debug', '--quiet', '--upstream', first.url)
  await pushImage(sendTo(first.url), 'app', 'v1')
  const answer = await fetch(`${second.url}/v2/app/manifests/v1?token=SECRET`)
  await answer.arrayBuffer()
  for (const { url, child, ended } of [second, first]) {
    child.kill('SIGTERM')
    const { code, stderr } = await ended
    expect(code).toBe(0)
    expect(stderr).toMatch(new RegExp(`^GET ${url}/v2/app/manifests/v1 200 \\d+ ms$`, 'm'))
    expect(stderr).not.toContain('SECRET')
  }
})

test('what serves says its errors as JSON too', async () => {
  const taken = await serve()
  for (const args of [['serve'], ['gateway', '--upstream', taken.url]]) {
    const ended = await run(...args, '--port', new URL(taken.url).port, '--json')
    expect(ended).toMatchObject({ code: 3, stdout: '' })
    expect(parseAnswer('error', ended.stderr)).toMatchObject({ error: { code: 'EADDRINUSE' } })
  }
})

test('the gateway accepts any certificate of its upstream with --insecure, and without none', async () => {
  const upstream = await serve()
  const tls = await startTls(new URL(upstream.url).host)
  onTestFinished(() => tls.close())
  await pushImage(sendTo(upstream.url), 'app', 'v1')
  for (const [status, ...more] of [[502], [200, '--insecure'], [200, '--ca', tls.ca]] as const) {
    const { url } = await listening('gateway', '--upstream', `https://${tls.host}`, ...more)
    const answer = await fetch(`${url}/v2/app/manifests/v1`)
    expect([more, answer.status]).toEqual([more, status])
  }
})
