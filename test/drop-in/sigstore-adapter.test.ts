// What stands in the place of @sigstore/oci, where @sigstore/cli does not come.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  attachArtifactToImage,
  getImageDigest,
  OCIError,
} from '../../examples/drop-in/sigstore/adapter/index.ts'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import { digestOf, readArtifact, repository } from '../../src/index.ts'
import { type RunningServer, serve } from '../../src/node/index.ts'
import { pushImage } from '../_image.ts'
import { installExample } from './_install.ts'
import { expectTypes } from './_types.ts'

const login = { username: 'alice', password: 'wonder:länd' }
const auth = {
  scheme: 'basic',
  users: [{ name: login.username, password: login.password }],
} as const

async function withServers<T>(
  fetches: readonly ((request: Request) => Response | Promise<Response>)[],
  task: (...servers: RunningServer[]) => Promise<T>,
): Promise<T> {
  const servers = await Promise.all(fetches.map((fetch) => serve({ fetch })))
  try {
    return await task(...servers)
  } finally {
    for (const server of servers) await server.close()
  }
}

test('it has the types of @sigstore/oci', async () => {
  const place = await installExample('sigstore')
  const theirs = './node_modules/unchanged-cli/node_modules/@sigstore/oci/dist/index.js'
  await expectTypes(place, '@sigstore/oci', theirs)
}, 300_000)

test('it attaches with annotations, and says when', async () => {
  await withServers([embeddedRegistry({ auth }).fetch], async ({ host }) => {
    const app = repository(`${host}/team/app`, { credentials: login })
    const { digest } = await pushImage(app)
    const imageName = `${host}/team/app`
    const image = { imageName, credentials: login }
    expect(await getImageDigest({ ...image, imageTag: 'v1' })).toBe(digest)
    const attached = await attachArtifactToImage({
      ...image,
      imageDigest: digest,
      artifact: Buffer.from('content'),
      mediaType: 'application/x',
      annotations: { team: 'blue' },
    })
    const found = await readArtifact(app, digest)
    expect(found).toMatchObject(attached)
    expect(await found.text()).toBe('content')
    expect(found.annotations).toEqual({
      team: 'blue',
      'org.opencontainers.image.created': expect.stringMatching(/^\d{4}-.*Z$/),
    })
  })
})

test('login and headers go to the registry, and not to where it sends one', async () => {
  const index =
    '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
  const seen: Record<string, (string | null)[]> = {}
  const note = (place: string, { headers }: Request) => {
    seen[place] = ['x-team', 'authorization'].map((name) => headers.get(name))
  }
  const elsewhere = (request: Request) => {
    note('elsewhere', request)
    const type = 'application/vnd.oci.image.index.v1+json'
    return new Response(index, { headers: { 'content-type': type } })
  }
  const digest = await withServers([elsewhere], (other) => {
    const registry = (request: Request) => {
      if (!request.headers.has('authorization'))
        return new Response(null, {
          status: 401,
          headers: { 'www-authenticate': 'Basic realm="r"' },
        })
      note('registry', request)
      return new Response(null, { status: 307, headers: { location: other?.url ?? '' } })
    }
    return withServers([registry], (server) => {
      const headers = { 'x-team': 'blue', authorization: 'nothing' }
      const credentials = { ...login, headers }
      return getImageDigest({ imageName: `${server?.host}/team/app`, imageTag: 'v1', credentials })
    })
  })
  expect(digest).toBe(await digestOf(new TextEncoder().encode(index)))
  expect(seen.registry).toEqual(['blue', expect.stringMatching(/^Basic \S+$/)])
  expect(seen.elsewhere).toEqual([null, null])
})

describe('fetchOpts', () => {
  const refused = { imageTag: 'v1', credentials: login }

  test.each([
    [false, 1],
    [0, 1],
    [{ retries: 1 }, 2],
    [true, 2],
  ])('"retry" %j sends %i requests', async (retry, requests) => {
    let count = 0
    const busy = () => {
      count++
      return new Response(null, { status: 503, headers: { 'retry-after': '0' } })
    }
    await withServers([busy], async ({ host }) => {
      const asked = getImageDigest({ ...refused, imageName: `${host}/app`, fetchOpts: { retry } })
      const error = await asked.catch((error: unknown) => error)
      expect(error).toBeInstanceOf(OCIError)
      expect(error).toMatchObject({ name: 'OCIError', cause: { code: 'UNAVAILABLE' } })
    })
    expect(count).toBe(requests)
  })

  test('"timeout" ends what takes longer', async () => {
    const silent = () => new Promise<Response>(() => {})
    await withServers([silent], async ({ host }) => {
      const fetchOpts = { timeout: 100, retry: 0 }
      const asked = getImageDigest({ ...refused, imageName: `${host}/app`, fetchOpts })
      await expect(asked).rejects.toMatchObject({ cause: { code: 'TIMEOUT' } })
    })
  })

  test('"proxy" is gone by, but to what "noProxy" names', async () => {
    const through: string[] = []
    const proxy = createServer().on('connect', (request, socket) => {
      through.push(request.url ?? '')
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    const failed = async (host: string, noProxy?: string[]) => {
      const fetchOpts = { proxy: `http://127.0.0.1:${port}`, retry: 0, ...(noProxy && { noProxy }) }
      const asked = getImageDigest({ ...refused, imageName: `${host}/app`, fetchOpts })
      await expect(asked).rejects.toMatchObject({ cause: { code: 'CONNECTION' } })
    }
    await failed('one.invalid')
    await failed('two.invalid', ['other.invalid', 'two.invalid'])
    proxy.close()
    expect(through).toEqual(['one.invalid:443'])
  })
})
