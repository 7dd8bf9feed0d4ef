// `ocilink serve` as others run it: health, metrics, the log of requests, limits by client, and its end.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { pushImage, type Send } from '../../embedded/_registry.ts'
import { freePort } from '../../runtimes/lib/run.ts'
import { run, serve } from '../_program.ts'

const sendTo =
  (url: string): Send =>
  (method, path, init) =>
    fetch(`${url}${path}`, { method, ...init })

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-serving-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Machines are slow at times. */
const PATIENT = { timeout: 10_000 }

const said = async (url: string) => {
  const answer = await fetch(url)
  return `${answer.status} ${await answer.text()}`
}

/** The lines of a log, each with its time and its duration checked and taken out. */
const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const { time, milliseconds, bytesIn, bytesOut, ...rest } = JSON.parse(line)
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      for (const value of [milliseconds, bytesIn, bytesOut]) expect(value).toBeGreaterThanOrEqual(0)
      return rest
    })

test('says to everybody that it is alive, and ready', async () => {
  const { url } = await serve('--user', 'me:secret')
  expect(await said(`${url}/healthz`)).toBe('200 ok\n')
  expect(await said(`${url}/readyz`)).toBe('200 ok\n')
  expect((await fetch(`${url}/healthz`, { method: 'HEAD' })).status).toBe(200)
  expect((await fetch(`${url}/healthz`, { method: 'PUT' })).status).not.toBe(200)
  expect((await fetch(`${url}/v2/`)).status).toBe(401)
  expect((await fetch(`${url}/metrics`)).status).toBe(404)
})

test('is not ready where its directory is gone, and again when it is back', async () => {
  const directory = await temporaryDirectory()
  const content = join(directory, 'content')
  const { url } = await serve('--dir', content)
  expect(await said(`${url}/readyz`)).toBe('200 ok\n')
  await rename(content, join(directory, 'elsewhere'))
  expect(await said(`${url}/readyz`)).toBe('503 the content cannot be reached\n')
  expect(await said(`${url}/healthz`)).toBe('200 ok\n')
  await rename(join(directory, 'elsewhere'), content)
  expect(await said(`${url}/readyz`)).toBe('200 ok\n')
})

test('answers for a while yet once it is stopped, and says that it is not ready', async () => {
  const { url, child, ended } = await serve('--drain', '5')
  child.kill('SIGTERM')
  await vi.waitFor(async () => expect(await said(`${url}/readyz`)).toBe('503 stopping\n'), PATIENT)
  await pushImage(sendTo(url), 'app', 'v1')
  expect((await fetch(`${url}/v2/app/manifests/v1`)).status).toBe(200)
  expect((await ended).code).toBe(0)
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})

test('a second signal ends the wait', async () => {
  const { url, child, ended } = await serve('--drain', '60')
  child.kill('SIGTERM')
  await vi.waitFor(async () => expect(await said(`${url}/readyz`)).toBe('503 stopping\n'), PATIENT)
  child.kill('SIGTERM')
  expect((await ended).code).toBe(130)
})

test('counts requests for Prometheus, by few labels whatever is asked for', async () => {
  const port = await freePort()
  const { url, child, ended } = await serve('--metrics-port', `${port}`)
  const digest = await pushImage(sendTo(url), 'team/app', 'v1')
  for (let at = 0; at < 50; at += 1) await fetch(`${url}/v2/other${at}/manifests/v${at}`)
  await fetch(`${url}/v2/team/app/referrers/${digest}`)
  await fetch(`${url}/nothing/${'x'.repeat(500)}`, { method: 'OPTIONS' })
  // The last one was answered before it is counted.
  await fetch(`${url}/healthz`)
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  const of = (name: string) => text.split('\n').filter((line) => line.startsWith(`${name}{`))
  expect(of('ocilink_http_requests_total')).toContain(
    'ocilink_http_requests_total{method="GET",endpoint="manifests",status="404"} 50',
  )
  expect(of('ocilink_http_requests_total')).toContain(
    'ocilink_http_requests_total{method="GET",endpoint="referrers",status="200"} 1',
  )
  expect(of('ocilink_http_requests_total').length).toBeLessThan(12)
  expect(text).toContain(
    'ocilink_http_request_duration_seconds_count{method="GET",endpoint="manifests"} 50',
  )
  expect(text).toMatch(/^ocilink_http_bytes_total\{direction="out"\} [1-9]/m)
  expect(text).toMatch(/^ocilink_http_requests_under_way 0$/m)
  expect(text).toMatch(/^process_resident_memory_bytes \d/m)
  expect(await said(`http://127.0.0.1:${port}/readyz`)).toBe('200 ok\n')
  expect((await fetch(`http://127.0.0.1:${port}/v2/`)).status).toBe(404)
  child.kill('SIGTERM')
  expect((await ended).code).toBe(0)
})

test('refuses a port of metrics that is taken, with 3', async () => {
  const { url } = await serve()
  const taken = await run('serve', '--metrics-port', new URL(url).port)
  expect(taken).toMatchObject({ code: 3, stdout: '' })
  expect(taken.stderr).toContain('EADDRINUSE')
})

test('adds a line for each request to a file, without queries and credentials', async () => {
  const file = join(await temporaryDirectory(), 'access.jsonl')
  const first = await serve('--access-log', file)
  const headers = { 'user-agent': 'a "tool"\u00a0', authorization: 'Basic c2VjcmV0' }
  await fetch(`${first.url}/v2/app/tags/list?n=1&secret=1`, { headers })
  first.child.kill('SIGTERM')
  await first.ended
  const second = await serve('--access-log', file)
  await fetch(`${second.url}/v2/`, { method: 'PUT', body: 'x', headers: { 'user-agent': 'b' } })
  second.child.kill('SIGTERM')
  await second.ended
  const text = await readFile(file, 'utf8')
  expect(text).not.toMatch(/secret|c2VjcmV0/)
  const client = '127.0.0.1'
  expect(linesOf(text)).toEqual([
    {
      client,
      method: 'GET',
      path: '/v2/app/tags/list',
      status: 404,
      userAgent: expect.stringMatching(/^a "tool"/),
    },
    { client, method: 'PUT', path: '/v2/', status: 405, userAgent: 'b' },
  ])
})

test('goes on in a new file when the log was renamed and the program is told by SIGHUP', async () => {
  const file = join(await temporaryDirectory(), 'access.jsonl')
  const { url, child } = await serve('--access-log', file)
  await fetch(`${url}/v2/`)
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toContain('/v2/'), PATIENT)
  await rename(file, `${file}.1`)
  child.kill('SIGHUP')
  await vi.waitFor(() => expect(existsSync(file)).toBe(true), PATIENT)
  await fetch(`${url}/v2/app/tags/list`)
  await vi.waitFor(
    async () => expect(linesOf(await readFile(file, 'utf8'))).toHaveLength(1),
    PATIENT,
  )
  expect(linesOf(await readFile(`${file}.1`, 'utf8'))).toHaveLength(1)
  child.kill('SIGTERM')
})

test('writes the log to standard output after the address, with the client that a proxy names', async () => {
  const { url, child, ended } = await serve('--access-log', '-', '--client-header', 'X-Real-IP')
  await fetch(`${url}/v2/`, { headers: { 'x-real-ip': '192.0.2.7', 'user-agent': 'a' } })
  child.kill('SIGTERM')
  const [address, ...lines] = (await ended).stdout.trim().split('\n')
  expect(address).toBe(url)
  expect(linesOf(lines.join('\n'))).toEqual([
    { client: '192.0.2.7', method: 'GET', path: '/v2/', status: 200, userAgent: 'a' },
  ])
})

test('notes an answer that its client did not wait for', async () => {
  const { url, child, ended } = await serve('--access-log', '-')
  const digest = await pushImage(sendTo(url), 'app', 'v1')
  const large = new Uint8Array(32 * 1024 * 1024)
  const blob = `sha256:${createHash('sha256').update(large).digest('hex')}`
  await fetch(`${url}/v2/app/blobs/uploads/?digest=${blob}`, { method: 'POST', body: large })
  const path = `/v2/app/blobs/${blob}`
  const controller = new AbortController()
  const answer = await fetch(`${url}${path}`, { signal: controller.signal })
  await answer.body!.getReader().read()
  controller.abort()
  await fetch(`${url}/v2/app/manifests/${digest}`)
  child.kill('SIGTERM')
  const lines = linesOf((await ended).stdout.split('\n').slice(1).join('\n'))
  expect(lines).toContainEqual(expect.objectContaining({ path, status: 200, complete: false }))
})

test.skipIf(!existsSync('/dev/full'))('goes on where the disk of its log is full', async () => {
  const { url, output } = await serve('--access-log', '/dev/full')
  await fetch(`${url}/v2/`)
  await vi.waitFor(() => expect(output.stderr).toMatch(/the access log ended: .*ENOSPC/), PATIENT)
  for (let at = 0; at < 10; at += 1) expect((await fetch(`${url}/v2/`)).status).toBe(200)
})

test('refuses a log that cannot be opened, with 3', async () => {
  const refused = await run('serve', '--access-log', '/nothing/there/access.jsonl')
  expect(refused).toMatchObject({ code: 3, stdout: '' })
  expect(refused.stderr).toContain('ENOENT')
})

test('lets one client have so many requests in a second, and others theirs', async () => {
  const { url } = await serve('--rate', '5', '--client-header', 'X-Client')
  const ask = (client: string) => fetch(`${url}/v2/`, { headers: { 'x-client': client } })
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask('loud')))
  const refused = answers.filter(({ status }) => status === 429)
  // A machine that is slow may take more than one second for all of them.
  expect(refused.length).toBeGreaterThan(5)
  expect(refused.length).toBeLessThanOrEqual(35)
  expect(refused[0]!.headers.get('retry-after')).toBe('1')
  expect(await refused[0]!.json()).toMatchObject({ errors: [{ code: 'TOOMANYREQUESTS' }] })
  expect((await ask('quiet')).status).toBe(200)
  // Balancers are no clients.
  expect((await fetch(`${url}/healthz`, { headers: { 'x-client': 'loud' } })).status).toBe(200)
  await vi.waitFor(async () => expect((await ask('loud')).status).toBe(200), PATIENT)
})

test('answers so many requests of one client at the same time, and others beside it', async () => {
  const { url } = await serve('--concurrency', '2', '--client-header', 'x-client')
  const large = new Uint8Array(32 * 1024 * 1024)
  const blob = `sha256:${createHash('sha256').update(large).digest('hex')}`
  await fetch(`${url}/v2/app/blobs/uploads/?digest=${blob}`, { method: 'POST', body: large })
  const agent = new Agent({ keepAlive: false })
  /** Reads the headers of a large answer and nothing else. */
  const slow = () =>
    new Promise<() => void>((resolve) => {
      const headers = { 'x-client': 'slow' }
      get(`${url}/v2/app/blobs/${blob}`, { headers, agent }, (answer) =>
        resolve(() => answer.destroy()),
      )
    })
  const ends = [await slow(), await slow()]
  let answered = false
  const third = fetch(`${url}/v2/`, { headers: { 'x-client': 'slow' } }).then(({ status }) => {
    answered = true
    return status
  })
  expect((await fetch(`${url}/v2/`, { headers: { 'x-client': 'other' } })).status).toBe(200)
  expect(answered).toBe(false)
  ends[0]!()
  expect(await third).toBe(200)
  ends[1]!()
})
