import { describe, expect, test } from 'vitest'
import { type Gateway, gateway } from '../../src/gateway/index.ts'
import { type Fetch, tags } from '../../src/index.ts'
import { pushBlob } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'
import { OWN, setUp } from './_gateway.ts'

describe('all else passes through', () => {
  test('blobs up and down, and parts of them', async () => {
    const { ask, through } = setUp()
    const { digest } = await pushBlob(through, 'hello world')
    const path = `/v2/team/app/blobs/${digest}`
    expect(await (await ask(path)).text()).toBe('hello world')
    const part = await ask(path, { headers: { range: 'bytes=6-' } })
    expect([part.status, await part.text()]).toEqual([206, 'world'])
    const head = await ask(path, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe('11')
    expect((await ask('/v2/')).status).toBe(200)
    expect((await ask('/v2/team/app/manifests/none')).status).toBe(404)
  })

  test('with the place of an upload at the gateway', async () => {
    const { ask } = setUp()
    const answer = await ask('/v2/team/app/blobs/uploads/', { method: 'POST' })
    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toMatch(/^\/v2\/team\/app\/blobs\/uploads\//)
  })

  test('packed as it came, where nobody has unpacked it', async () => {
    for (const [coding, left] of [
      ['zstd', 'zstd'],
      ['gzip, zstd', 'gzip, zstd'],
      ['GZIP', null],
      ['deflate, br', null],
    ] as const) {
      const headers = { 'content-encoding': coding, 'content-length': '6' }
      const { ask } = setUp({
        upstreamFetch: () => async () => new Response('packed', { headers }),
      })
      const answer = await ask('/v2/team/app/blobs/sha256:x')
      const length = left && '6'
      expect([
        answer.headers.get('content-encoding'),
        answer.headers.get('content-length'),
      ]).toEqual([left, length])
    }
  })

  test('as a stream: what comes first is there before the rest', async () => {
    let end: () => void = () => {}
    const waits = new Promise<void>((resolve) => {
      end = resolve
    })
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('first'))
        await waits
        controller.enqueue(new TextEncoder().encode('rest'))
        controller.close()
      },
    })
    const { ask } = setUp({ upstreamFetch: () => async () => new Response(body) })
    const reader = (await ask('/v2/team/app/blobs/sha256:x')).body!.getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('first')
    end()
    expect(new TextDecoder().decode((await reader.read()).value)).toBe('rest')
  })
})

test.each([
  ['next?x=1', '/v2/team/app/blobs/uploads/next?x=1'],
  ['?last=b', '/v2/team/app/blobs/uploads/?last=b'],
  ['../b', '/v2/team/app/blobs/b'],
  ['/v2/b', '/v2/b'],
  ['https://upstream.test/v2/b', '/v2/b'],
  ['http://upstream.test:443/v2/b', 'http://upstream.test:443/v2/b'],
  ['//storage.test/b?c', 'https://storage.test/b?c'],
])('an address is relative to what was asked for: %s', async (address, expected) => {
  const headers = { location: address, link: `<${address}>; rel="next"` }
  const { ask } = setUp({
    upstreamFetch: () => async () => new Response(null, { status: 202, headers }),
  })
  const answer = await ask('/v2/team/app/blobs/uploads/', { method: 'POST' })
  expect(answer.headers.get('location')).toBe(expected)
  expect(answer.headers.get('link')).toBe(`<${expected}>; rel="next"`)
})

describe('credentials', () => {
  const registry = {
    profile: 'distribution2',
    auth: { scheme: 'basic', users: [{ name: 'a', password: 'b' }] },
  } as const
  const authorization = `Basic ${btoa('a:b')}`

  test("are the client's, for lists too; without them it gets the challenge", async () => {
    const { ask } = setUp({ registry })
    const path = `/v2/team/app/referrers/sha256:${'0'.repeat(64)}`
    for (const where of [path, '/v2/']) {
      const refused = await ask(where)
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
    }
    expect((await ask('/v2/', { headers: { authorization } })).status).toBe(200)
    const list = await ask(path, { headers: { authorization } })
    // Nothing is there yet: not even the repository.
    expect([200, 404]).toContain(list.status)
  })

  test('are needed for what another client has read', async () => {
    const { ask } = setUp({ registry })
    const headers = { authorization, 'content-type': 'application/vnd.oci.image.index.v1+json' }
    const body =
      '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
    const put = await ask('/v2/team/app/manifests/v1', { method: 'PUT', headers, body })
    const digest = put.headers.get('docker-content-digest')
    const path = `/v3/team/app/objects/${digest}`
    expect((await ask(path, { headers })).status).toBe(200)
    expect((await ask(path)).status).toBe(401)
  })

  test('are never sent to storage, nor those of the last client with the next request', async () => {
    const seen: (string | null)[] = []
    const { ask, sent } = setUp({
      cors: ['https://page.test'],
      upstreamFetch: () => async (request) => {
        seen.push(request.headers.get('authorization'))
        if (new URL(request.url).host === 'storage.test') return new Response('content')
        return new Response(null, { status: 307, headers: { location: 'https://storage.test/x' } })
      },
    })
    const path = '/v2/team/app/blobs/sha256:x'
    const handed = await ask(path, { headers: { authorization } })
    expect([handed.status, handed.headers.get('location')]).toEqual([307, 'https://storage.test/x'])
    const followed = await ask(path, { headers: { authorization, origin: 'https://page.test' } })
    expect(await followed.text()).toBe('content')
    expect(seen).toEqual([authorization, authorization, null])
    await ask(path)
    expect(sent.at(-1)!.headers.get('authorization')).toBeNull()
  })

  test('a token service at the upstream is reached through the gateway, another as it is', async () => {
    const challenge = (realm: string) => `Bearer realm="${realm}",service="s",scope="x"`
    let realm = 'https://upstream.test/token?a=b'
    const { ask } = setUp({
      upstreamFetch: () => async () =>
        new Response(null, { status: 401, headers: { 'www-authenticate': challenge(realm) } }),
    })
    const list = `/v2/team/app/referrers/sha256:${'0'.repeat(64)}`
    for (const path of ['/v2/', list]) {
      const answer = await ask(path)
      expect(answer.headers.get('www-authenticate')).toBe(challenge(`${OWN}/token?a=b`))
    }
    realm = 'https://auth.test/token'
    for (const path of ['/v2/', list]) {
      expect((await ask(path)).headers.get('www-authenticate')).toBe(challenge(realm))
    }
  })
})

test.each([
  ['Bearer realm="https://upstream.test/token",service="s"', 'https', 'https://gateway.test'],
  ['Bearer realm="https://upstream.test/token",service="s"', 'http', OWN],
  ['bearer service=s, realm=https://upstream.test/token', 'HTTPS, http', 'https://gateway.test'],
])(
  'the token service of %s is where a client sees the gateway, behind %s',
  async (challenge, protocol, own) => {
    const { ask } = setUp({
      upstreamFetch: () => async () =>
        new Response(null, { status: 401, headers: { 'www-authenticate': challenge } }),
    })
    const headers = { 'x-forwarded-proto': protocol }
    for (const path of ['/v2/', `/v2/team/app/referrers/sha256:${'0'.repeat(64)}`]) {
      const answer = await ask(path, { headers })
      expect(answer.headers.get('www-authenticate')).toContain(`realm="${own}/token"`)
    }
  },
)

test('a token service with TLS is not asked without it', async () => {
  const challenge = 'Bearer realm="https://upstream.test/token"'
  const { ask } = setUp({
    upstream: 'http://upstream.test',
    upstreamFetch: () => async () =>
      new Response(null, { status: 401, headers: { 'www-authenticate': challenge } }),
  })
  expect((await ask('/v2/')).headers.get('www-authenticate')).toBe(challenge)
})

test('credentials do not come back when storage sends a page back to the upstream', async () => {
  const seen: string[] = []
  const { ask } = setUp({
    cors: '*',
    upstreamFetch:
      () =>
      async ({ url, headers }) => {
        const { host, pathname } = new URL(url)
        seen.push(`${host} ${headers.get('authorization')}`)
        if (pathname === '/back') return new Response('x')
        const location = host === 'upstream.test' ? 'https://s.test/' : 'https://upstream.test/back'
        return new Response(null, { status: 307, headers: { location } })
      },
  })
  const headers = { authorization: 'Basic YTpi', origin: 'https://page.test' }
  expect(await (await ask('/v2/team/app/blobs/sha256:x', { headers })).text()).toBe('x')
  expect(seen).toEqual(['upstream.test Basic YTpi', 's.test null', 'upstream.test null'])
})

describe('a path that looks like another host', () => {
  test('goes to the upstream, with the credentials', async () => {
    const { ask, sent } = setUp()
    for (const path of ['//evil.test/v2/', '/\\evil.test/v2/', '/.//evil.test/v2/']) {
      await ask(path, { headers: { authorization: 'Basic YTpi' } })
      expect(new URL(sent.at(-1)!.url).host, path).toBe('upstream.test')
    }
  })

  test('leads clients nowhere else, in an address or a challenge', async () => {
    const headers = {
      location: 'https://upstream.test//evil.test/upload',
      link: '<//upstream.test//evil.test/next>; rel="next"',
      'www-authenticate': 'Bearer realm="https://upstream.test//evil.test/token"',
    }
    const { ask } = setUp({
      upstreamFetch: () => async () => new Response(null, { status: 202, headers }),
    })
    const answer = await ask('/v2/team/app/blobs/uploads/', { method: 'POST' })
    const { link, location } = Object.fromEntries(answer.headers)
    const [, next] = /<([^>]*)>/.exec(link!) ?? []
    const [, realm] = /realm="([^"]*)"/.exec(answer.headers.get('www-authenticate')!) ?? []
    for (const address of [location!, next!, realm!]) {
      expect(new URL(address, OWN).host, address).toBe('gateway.test')
    }
  })
})

test('referrers tags are in no list of tags', async () => {
  const { direct, through } = setUp()
  const { digest } = await pushImage(direct)
  await pushImage(direct, digest.replace(':', '-'), 'x')
  await pushImage(direct, `${digest.replace(':', '-')}.sig`, 'y')
  const names = (await all(tags(through))).map(({ tag }) => tag)
  expect(names.toSorted()).toEqual([`${digest.replace(':', '-')}.sig`, 'v1'])
})

test.each([
  ['an upstream that cuts lists off without a link', 'cuts', ['a', 'b', 'v1']],
  ['one that has no pages', 'ignores', ['a', 'b', 'v1', 'a', 'b', 'v1']],
] as const)(
  'a page of tags is not the last one because referrers tags were left out: %s',
  async (_, kind, expected) => {
    const { ask, direct } = setUp({
      upstreamFetch: (fetch) => async (request) => {
        const { pathname, searchParams } = new URL(request.url)
        if (!pathname.endsWith('/tags/list')) return fetch(request)
        const hidden = `sha256-${'0'.repeat(64)}`
        const all = ['a', 'b', hidden, 'v1']
        const from = kind === 'cuts' ? all.indexOf(searchParams.get('last') ?? '') + 1 : 0
        const count = kind === 'cuts' ? Number(searchParams.get('n')) : all.length
        return Response.json({ name: 'team/app', tags: all.slice(from, from + count) })
      },
    })
    expect(direct.name).toBe('team/app')
    const seen: string[] = []
    let path: string | undefined = `/v2/team/app/tags/list?n=${kind === 'cuts' ? 3 : 4}`
    for (let pages = 0; path && pages < 5; pages++) {
      const answer: Response = await ask(path)
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
      seen.push(...(await answer.json()).tags)
    }
    expect(seen).toEqual(expected)
  },
)

test('"ns" that names the upstream is answered with OCI-Namespace, and not sent on; another is left alone', async () => {
  const { ask, sent } = setUp()
  const own = await ask('/v2/?ns=upstream.test')
  expect(own.headers.get('oci-namespace')).toBe('upstream.test')
  expect(new URL(sent.at(-1)!.url).search).toBe('')
  const other = await ask('/v2/?ns=docker.io')
  expect(other.headers.has('oci-namespace')).toBe(false)
})

test('"ns" is answered for what the gateway answers itself, and by the name of Docker Hub', async () => {
  const { ask } = setUp()
  const digest = `sha256:${'0'.repeat(64)}`
  for (const path of [`referrers/${digest}`, 'tags/list', `_oci/artifacts/referrers`]) {
    const answer = await ask(`/v2/team/app/${path}?digest=${digest}&ns=upstream.test`)
    expect(answer.headers.get('oci-namespace'), path).toBe('upstream.test')
  }
  const { ask: askHub, sent } = setUp({
    upstream: 'docker.io',
    upstreamFetch: () => async () => new Response(null, { status: 404 }),
  })
  const headers = { authorization: 'Bearer x' }
  const hub = await askHub('/v2/?ns=docker.io')
  expect(hub.headers.get('oci-namespace')).toBe('docker.io')
  await askHub(`/v2/library/alpine/referrers/${digest}`, { headers })
  expect(new Set(sent.map(({ url }) => new URL(url).host))).toEqual(
    new Set(['registry-1.docker.io']),
  )
  expect(sent.at(-1)!.headers.get('authorization')).toBe('Bearer x')
})

test('what is of another registry is for the upstream to answer, lists and writes too', async () => {
  const { ask, direct, sent } = setUp()
  const { digest } = await pushImage(direct)
  for (const ns of ['ns=docker.io', 'ns=upstream.test&ns=docker.io', 'ns=']) {
    sent.length = 0
    const answer = await ask(`/v2/team/app/referrers/${digest}?${ns}`)
    expect([answer.status, answer.headers.has('oci-namespace')]).toEqual([404, false])
    expect(sent.map(({ url }) => new URL(url).search)).toEqual([`?${ns}`])
  }
})

describe('a gateway whose upstream is', () => {
  test.each([1, 2])('a gateway before it, %i away, says so at once', async (count) => {
    const gateways: Gateway[] = []
    for (let n = 0; n < count; n++) {
      const fetch: Fetch = (request) => gateways[(n + 1) % count]!.fetch(request)
      gateways.push(gateway({ upstream: `upstream${n}.test`, fetch }))
    }
    for (const path of ['/v2/', `/v2/team/app/referrers/sha256:${'0'.repeat(64)}`]) {
      const answer = await gateways[0]!.fetch(new Request(OWN + path))
      expect(answer.status).toBeGreaterThanOrEqual(500)
      expect((await answer.json()).errors[0].message).toContain('leads back to this gateway')
    }
  })
})

describe('an upstream that does not answer', () => {
  test('is a 504 after the time given', async () => {
    const { ask } = setUp({
      timeout: 50,
      upstreamFetch: () => (request) =>
        new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason))
        }),
    })
    expect((await ask('/v2/')).status).toBe(504)
    const list = await ask(`/v2/team/app/referrers/sha256:${'0'.repeat(64)}`)
    expect(list.status).toBe(504)
  })

  test('is a 502 where it cannot be reached', async () => {
    const { ask } = setUp({
      upstreamFetch: () => async () => {
        throw new TypeError('fetch failed')
      },
    })
    expect((await ask('/v2/')).status).toBe(502)
  })
})

test('what the client aborts is aborted upstream', async () => {
  const stop = new AbortController()
  let aborted = false
  const { ask } = setUp({
    upstreamFetch: () => (request) =>
      new Promise((_, reject) => {
        request.signal.addEventListener('abort', () => {
          aborted = true
          reject(request.signal.reason)
        })
        stop.abort()
      }),
  })
  await expect(ask('/v2/', { signal: stop.signal })).rejects.toThrow()
  expect(aborted).toBe(true)
})
