import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { repository } from '../../../src/index.ts'
import { nodeFetch, serve } from '../../../src/node/index.ts'
import { findManifest } from '../../../src/registry/index.ts'
import { thrownBy } from '../../model/_bytes.ts'
import { startProxy, startTls } from '../../runtimes/lib/network.ts'

const get = (url: string, proxyEnv: Record<string, string>, init?: RequestInit) =>
  nodeFetch({ proxyEnv })(new Request(url, init))

async function proxied() {
  const proxy = await startProxy()
  onTestFinished(() => proxy.close())
  const server = await serve(embeddedRegistry())
  onTestFinished(() => server.close())
  return { proxy, url: `${server.url}/v2/`, host: server.host }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('a proxy that the environment names', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('by %s is used for http', async (name) => {
    const { proxy, url } = await proxied()
    expect((await get(url, { [name]: proxy.url })).status).toBe(200)
    expect(proxy.used).toEqual([`GET ${url}`])
  })

  test('is used for https, which it cannot read, with an own CA', async () => {
    const { proxy, host } = await proxied()
    const tls = await startTls(host)
    onTestFinished(() => tls.close())
    const fetch = nodeFetch({
      proxyEnv: { HTTPS_PROXY: proxy.url },
      ca: await readFile(tls.ca, 'utf8'),
    })
    const app = repository(`${tls.host}/team/app`, { fetch, plainHttp: false })
    expect(await findManifest(app, 'v1')).toBeUndefined()
    expect(new Set(proxy.used)).toEqual(new Set([`CONNECT ${tls.host}`]))
  })

  test('needs no scheme', async () => {
    const { proxy, url } = await proxied()
    await get(url, { HTTP_PROXY: new URL(proxy.url).host })
    expect(proxy.used).toHaveLength(1)
  })

  test.each(['*', '127.0.0.1', 'registry.example,127.0.0.1', '127.0.0.1-127.0.0.9'])(
    'is not used with NO_PROXY=%s',
    async (except) => {
      const { proxy, url } = await proxied()
      await get(url, { HTTP_PROXY: proxy.url, NO_PROXY: except })
      await get(url, { HTTP_PROXY: proxy.url, no_proxy: except, NO_PROXY: '' })
      expect(proxy.used).toEqual([])
    },
  )

  test.each([{}, { HTTP_PROXY: '' }, { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: '' }])(
    'is none in %j',
    async (env) => {
      const { url } = await proxied()
      expect((await get(url, env)).status).toBe(200)
    },
  )

  test('gets its own login, and the registry does not', async () => {
    const seen: unknown[] = []
    const proxy = await listening(
      createServer(({ headers }, answer) => {
        seen.push(headers['proxy-authorization'], headers.authorization)
        answer.end()
      }),
    )
    await get('http://registry.example/v2/', {
      HTTP_PROXY: proxy.replace('//', '//us%20er:secret@'),
    })
    expect(seen).toEqual([`Basic ${btoa('us er:secret')}`, undefined])
  })

  test.each(['socks5://user:secret@a:1', 'ftp://a', 'http://', 'http://user:secret@a:x'])(
    'as %s is refused before any request, and not shown',
    async (address) => {
      for (const name of ['HTTPS_PROXY', 'http_proxy']) {
        const error = await thrownBy(async () => nodeFetch({ proxyEnv: { [name]: address } }))
        expect(error).toMatchObject({ code: 'INVALID_INPUT', path: name })
        expect(JSON.stringify([error, `${error}`])).not.toContain('secret')
      }
    },
  )

  test('that refuses, is not there or says nothing is an error, and its password is not in it', async () => {
    const refusing = createServer().on('connect', (_, socket) =>
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
    )
    const silent = createServer().on('connect', () => {})
    const withPassword = (url: string) => url.replace('//', '//user:secret@')
    for (const [proxy, code, message] of [
      [await listening(refusing), 'CONNECTION', /407/],
      ['http://127.0.0.1:1', 'CONNECTION', /ECONNREFUSED/],
      [await listening(silent), 'TIMEOUT', /in time/],
    ] as const) {
      const fetch = nodeFetch({ proxyEnv: { HTTPS_PROXY: withPassword(proxy) } })
      const app = repository('registry.example/app', { fetch, retries: 0, timeout: 500 })
      const error = (await thrownBy(() => findManifest(app, 'v1'))) as Error
      expect(error).toMatchObject({ code })
      expect(`${error.message} ${error.cause}`).toMatch(message)
      expect(`${error.message} ${error.cause} ${JSON.stringify(error)}`).not.toContain('secret')
    }
  })
})
