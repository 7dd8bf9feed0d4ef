// The same with a gateway between: what is odd, hostile or slow before it or behind it.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { isOcilinkError } from '../../src/errors.ts'
import { type GatewayOptions, gateway } from '../../src/gateway/index.ts'
import { nodeFetch, type RunningServer, type ServeOptions, serve } from '../../src/node/index.ts'
import { pushBlob } from '../../src/registry/blobs/push.ts'
import { findManifest } from '../../src/registry/manifests.ts'
import { repository } from '../../src/registry/repository.ts'
import { referrers } from '../../src/tasks/referrers.ts'
import { all, sha, thrownBy } from '../registry/_registry.ts'
import { answers, expectContentOrOurs, expectNeverNone, oddRegistry, subject } from './_answers.ts'
import { listen, type Place, raw } from './_server.ts'

const IMAGE = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'

/** By both ways that the gateway has of sending requests. */
const fetches = { nodeFetch: nodeFetch(), 'the global fetch': undefined }

async function between(
  upstream: string,
  options: Partial<GatewayOptions> & { readonly serving?: ServeOptions } = {},
): Promise<RunningServer> {
  const { serving, ...rest } = options
  const made = gateway({ upstream, timeout: 2000, fetch: fetches.nodeFetch, ...rest })
  const server = await serve(made, serving)
  onTestFinished(() => server.close())
  return server
}

describe.each(Object.entries(fetches))('sent by %s', (_, fetch) => {
  test.each(Object.entries(answers))(
    '%s: content or an error, never "none", and the gateway goes on',
    async (_, answer) => {
      const upstream = await oddRegistry(answer)
      const server = await between(upstream.host, { fetch })
      const repo = repository(`${server.host}/team/app`, { retries: 0, timeout: 5000 })
      await expectContentOrOurs(repo)
      await expectNeverNone(repo)
      const refused = await globalThis.fetch(`${server.url}/v2/team/app/referrers/none`)
      expect(refused.status).toBe(400)
    },
  )

  const zip = gzipSync(Buffer.alloc(64 * 1024 * 1024, 32))
  test.each(['manifests', 'referrers', 'tags', 'errors'])(
    '64 MiB of spaces in 64 kB end after the bytes that are allowed: %s',
    async (where) => {
      const { host } = await listen((request, response) => {
        const status = where === 'errors' ? 500 : 200
        const type = request.url!.includes('/referrers/') ? INDEX : IMAGE
        response.writeHead(status, { 'content-type': type, 'content-encoding': 'gzip' }).end(zip)
      })
      const server = await between(host, { fetch })
      const repo = repository(`${server.host}/team/app`, { retries: 0 })
      const before = process.memoryUsage.rss()
      if (where === 'tags') {
        const answer = await globalThis.fetch(`${server.url}/v2/team/app/tags/list`)
        expect(answer.status).toBe(502)
      } else {
        const call = () =>
          where === 'referrers' ? all(referrers(repo, subject)) : findManifest(repo, 'v1')
        expect(isOcilinkError(await thrownBy(call))).toBe(true)
      }
      expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024)
    },
  )
})

describe('an upstream', () => {
  test('whose list never ends is a 502, after a bounded number of requests', async () => {
    let requests = 0
    const manifests = Array.from({ length: 20_000 }, (_, n) => ({
      mediaType: IMAGE,
      digest: `sha256:${n.toString(16).padStart(64, '0')}`,
      size: 1,
      artifactType: 'a/b',
    }))
    const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
    const { host } = await listen((_, answer) => {
      const link = `</v2/team/app/referrers/${subject}?page=${++requests}>; rel="next"`
      answer.writeHead(200, { 'content-type': INDEX, link }).end(body)
    })
    const server = await between(host)
    const answer = await fetch(`${server.url}/v2/team/app/referrers/${subject}`)
    expect([answer.status, (await answer.json()).errors]).toEqual([502, [expect.anything()]])
    expect(requests).toBeLessThan(100)
  })

  test.each(['169.254.169.254', '127.0.0.2', '[::1]', 'localhost'])(
    'that sends us to %s is not followed, and that is no empty list',
    async (host) => {
      const sent: string[] = []
      const made = gateway({
        upstream: 'registry.example',
        async fetch(request) {
          sent.push(new URL(request.url).hostname)
          return new Response(null, { status: 307, headers: { location: `https://${host}/x` } })
        },
      })
      const path = `http://gateway.test/v2/team/app/referrers/${subject}`
      for (const origin of [{}, { origin: 'https://page.example' }]) {
        const answer = await made.fetch(new Request(path, { headers: origin }))
        expect(answer.status).toBeGreaterThanOrEqual(400)
      }
      expect(new Set(sent)).toEqual(new Set(['registry.example']))
    },
  )

  test('that says nothing is a 504, and holds nobody else up', async () => {
    const { host } = await listen((request, answer) => {
      if (!request.url!.includes('slow')) answer.writeHead(200).end('{}')
    })
    const server = await between(host, { timeout: 1000 })
    const slow = Array.from({ length: 50 }, () => fetch(`${server.url}/v2/slow/manifests/v1`))
    const began = performance.now()
    expect((await fetch(`${server.url}/v2/`)).status).toBe(200)
    expect(performance.now() - began).toBeLessThan(900)
    expect(new Set((await Promise.all(slow)).map(({ status }) => status))).toEqual(new Set([504]))
  })

  test('that hangs up in a blob leaves the client a broken body, not a whole one', async () => {
    const { host } = await raw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
    const server = await between(host)
    const answer = await fetch(`${server.url}/v2/team/app/blobs/${sha('x')}`)
    await expect(answer.text()).rejects.toThrow()
  })

  test('may take no credentials to another host by what it answers', async () => {
    const seen: (string | undefined)[] = []
    const elsewhere = await listen((request, answer) => {
      seen.push(request.headers.authorization)
      answer.writeHead(200, { 'content-type': IMAGE }).end('{}')
    })
    const { host } = await listen((_, answer) => {
      answer.writeHead(307, { location: `http://${elsewhere.host}/x` }).end()
    })
    const server = await between(host, { cors: '*' })
    const headers = { authorization: 'Basic c2VjcmV0', origin: 'https://page.example' }
    for (const path of ['manifests/v1', `blobs/${sha('x')}`, `referrers/${subject}`]) {
      await (await fetch(`${server.url}/v2/team/app/${path}`, { headers })).text()
    }
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.every((value) => value === undefined)).toBe(true)
  })
})

describe('a client', () => {
  async function openTo(
    upstream: Place | RunningServer,
    serving: ServeOptions = {},
    text: string = '',
  ) {
    const server = await between(upstream.host, { serving })
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    socket.write(text)
    return { server, socket }
  }

  test('that stands still in an upload is cut, and so is the upload at the upstream', async () => {
    let cut = false
    const upstream = await listen((request) => {
      request.on('error', () => {
        cut = true
      })
      request.resume()
    })
    const path = '/v2/team/app/blobs/uploads/1'
    const head = `PATCH ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`
    const { socket } = await openTo(upstream, { idleTimeout: 300 }, `${head}${'x'.repeat(1000)}`)
    socket.resume()
    await once(socket, 'close')
    await vi.waitFor(() => expect(cut).toBe(true))
  })

  test('that reads nothing is cut, and so is the download, of which little was held', async () => {
    const upstream = await serve(embeddedRegistry())
    onTestFinished(() => upstream.close())
    const content = 'x'.repeat(100_000_000)
    const { digest } = await pushBlob(repository(`${upstream.host}/team/app`), content)
    const get = `GET /v2/team/app/blobs/${digest} HTTP/1.1\r\nHost: x\r\n\r\n`
    const before = process.memoryUsage.rss()
    const { server, socket } = await openTo(upstream, { idleTimeout: 500 }, get)
    socket.pause()
    await sleep(300)
    expect((await fetch(`${server.url}/v2/`)).status).toBe(200)
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 1024 * 1024)
    await sleep(3000)
    let bytes = 0
    socket.on('data', (chunk) => {
      bytes += chunk.length
    })
    socket.resume()
    await once(socket, 'close')
    expect(bytes).toBeLessThan(50_000_000)
  })

  test('whose manifest never ends gets a 413, and is cut', async () => {
    const upstream = await listen((_, answer) => void answer.writeHead(201).end())
    const head =
      `PUT /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: ${IMAGE}\r\n` +
      'Transfer-Encoding: chunked\r\n\r\n'
    const { socket } = await openTo(upstream, {}, head)
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    const mebibyte = Buffer.alloc(1 << 20)
    const piece = Buffer.concat([Buffer.from('100000\r\n'), mebibyte, Buffer.from('\r\n')])
    let sent = 0
    while (!socket.destroyed && sent < 200) {
      sent += 1
      if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), sleep(500)])
    }
    expect(answer).toMatch(/^HTTP\/1\.1 413/)
    expect(sent).toBeLessThan(100)
  })

  test('that goes away in a download ends it at the upstream', async () => {
    const closed: boolean[] = []
    const upstream = await listen((_, answer) => {
      answer.writeHead(200, { 'content-length': '1000000000' })
      const timer = setInterval(() => answer.write(new Uint8Array(65_536)), 5)
      answer.on('close', () => {
        clearInterval(timer)
        closed.push(true)
      })
    })
    const server = await between(upstream.host)
    const controller = new AbortController()
    const { signal } = controller
    const path = `${server.url}/v2/team/app/blobs/${sha('x')}`
    const reader = (await fetch(path, { signal })).body!.getReader()
    await reader.read()
    controller.abort()
    await vi.waitFor(() => expect(closed).toEqual([true]))
  })

  test.each(['GET /v2/../../etc HTTP/1.1', 'GET /v2/team/app/referrers/%00 HTTP/1.1', 'X', ''])(
    'that says %j gets an answer or is cut, and nothing falls',
    async (line) => {
      const upstream = await listen((_, answer) => void answer.writeHead(404).end())
      const { server, socket } = await openTo(
        upstream,
        { idleTimeout: 300 },
        `${line}\r\nHost: x\r\nConnection: close\r\n\r\n`,
      )
      socket.resume()
      await once(socket, 'close')
      expect((await fetch(`${server.url}/v2/`)).status).toBe(404)
    },
  )
})
