import { describe, expect, test } from 'vitest'
import { deleteBlob, hasBlob } from '../../../src/registry/blobs/blobs.ts'
import { getBlobBytes } from '../../../src/registry/blobs/get.ts'
import { pushBlob } from '../../../src/registry/blobs/push.ts'
import { deleteManifest } from '../../../src/registry/delete-manifest.ts'
import { findManifest, putManifest } from '../../../src/registry/manifests.ts'
import type { RepositoryOptions } from '../../../src/registry/options.ts'
import { repository } from '../../../src/registry/repository.ts'
import {
  empty,
  endless,
  fakeRepository,
  json,
  NAME,
  sha,
  stalled,
  thrownBy,
  utf8,
} from '../_registry.ts'

const digest = sha('x')
const password = { username: 'me', password: 'hunter2' }

/** A registry behind Basic that redirects: addresses without query lead to what they name. */
function redirecting(
  leads: Record<string, string>,
  { status = 307, ...options }: RepositoryOptions & { status?: number } = {},
  name: string = NAME,
) {
  const fake = fakeRepository(
    ({ url, authorization }) => {
      const guarded =
        url.host === new URL(`https://${name}`).host && url.pathname.startsWith('/v2/')
      if (guarded && !authorization) return empty(401, { 'www-authenticate': 'Basic realm="r"' })
      const location = leads[url.origin + url.pathname]
      return location === undefined ? new Response('x') : empty(status, { location })
    },
    { credentials: password, ...options },
    name,
  )
  const blob = `https://r.test/v2/team/app/blobs/${digest}`
  /** Hosts after the 401, and whether they got credentials. */
  const hosts = () =>
    fake.calls
      .slice(1)
      .map(({ url, authorization }) => `${url.host} ${authorization ? 'yes' : 'no'}`)
  return { ...fake, blob, hosts }
}

const blob = `https://r.test/v2/team/app/blobs/${digest}`

describe('a redirect of a GET', () => {
  test.each([301, 302, 303, 307, 308])('with %d is followed', async (status) => {
    const { repo, hosts } = redirecting({ [blob]: 'https://cdn.test/x?sig=1' }, { status })
    expect(await getBlobBytes(repo, digest)).toEqual(utf8('x'))
    expect(hosts()).toEqual(['r.test yes', 'cdn.test no'])
  })

  test('to the registry itself keeps the credentials', async () => {
    const { repo, hosts, calls } = redirecting({ [blob]: '/store/x?sig=1' })
    expect(await getBlobBytes(repo, digest)).toEqual(utf8('x'))
    expect(hosts()).toEqual(['r.test yes', 'r.test yes'])
    expect(calls.at(-1)!.url.href).toBe('https://r.test/store/x?sig=1')
  })

  test.each(['https://r.test:8443/x', 'https://cdn.r.test/x', 'https://cdn.test/x'])(
    'to another origin, %s, loses the credentials',
    async (location) => {
      const { repo, hosts } = redirecting({ [blob]: location })
      await getBlobBytes(repo, digest)
      expect(hosts()).toEqual(['r.test yes', `${new URL(location).host} no`])
    },
  )

  test('never gets the credentials back on its way home', async () => {
    const { repo, hosts } = redirecting({
      [blob]: 'https://cdn.test/x',
      'https://cdn.test/x': 'https://r.test/store/x',
    })
    await getBlobBytes(repo, digest)
    expect(hosts()).toEqual(['r.test yes', 'cdn.test no', 'r.test no'])
  })

  test.each(['http://r.test/x', 'http://cdn.test/x'])(
    'from https to %s is refused',
    async (location) => {
      const { repo, hosts } = redirecting({ [blob]: location })
      expect(await thrownBy(() => getBlobBytes(repo, digest))).toMatchObject({
        name: 'RegistryError',
        status: 307,
        url: blob,
        message: expect.stringContaining(`It redirects to ${location}, which is not followed`),
      })
      expect(hosts()).toEqual(['r.test yes'])
    },
  )

  test.each([
    'https://127.0.0.1/x',
    'https://2852039166/latest/meta-data',
    'https://[::ffff:10.0.0.1]/x',
    'https://localhost:5000/x',
    'https://user:password@cdn.test/x',
    'ftp://cdn.test/x',
    'https://',
    'http://[',
  ])('to %s is refused', async (location) => {
    const { repo, calls } = redirecting({ [blob]: location })
    const error = await thrownBy(() => getBlobBytes(repo, digest))
    expect(error).toMatchObject({ name: 'RegistryError', status: 307 })
    expect(String(error)).not.toContain('password')
    expect(calls).toHaveLength(2)
  })

  test('in the middle of a chain is refused too', async () => {
    const { repo, hosts } = redirecting({
      [blob]: 'https://cdn.test/x',
      'https://cdn.test/x': 'https://169.254.169.254/x',
    })
    expect(await thrownBy(() => getBlobBytes(repo, digest))).toMatchObject({
      url: 'https://cdn.test/x',
      message: expect.stringContaining('169.254.169.254'),
    })
    expect(hosts()).toEqual(['r.test yes', 'cdn.test no'])
  })

  test('may go to a private address for a registry that lives on one', async () => {
    const { repo, hosts } = redirecting(
      { [`http://127.0.0.1:5000/v2/app/blobs/${digest}`]: 'http://10.0.0.7/x' },
      {},
      '127.0.0.1:5000/app',
    )
    await getBlobBytes(repo, digest)
    expect(hosts()).toEqual(['127.0.0.1:5000 yes', '10.0.0.7 no'])
  })

  test('in a loop ends after five', async () => {
    const { repo, calls } = redirecting({
      [blob]: 'https://cdn.test/a',
      'https://cdn.test/a': 'https://cdn.test/b',
      'https://cdn.test/b': 'https://cdn.test/a',
    })
    expect(await thrownBy(() => getBlobBytes(repo, digest))).toMatchObject({
      name: 'RegistryError',
      status: 307,
    })
    expect(calls.slice(1)).toHaveLength(6)
  })

  test('without Location is an error like any other status', async () => {
    const { repo } = fakeRepository(() => empty(307))
    expect(await thrownBy(() => hasBlob(repo, digest))).toMatchObject({
      name: 'RegistryError',
      status: 307,
    })
  })

  test('repeats the headers that the first request had', async () => {
    const { repo, calls } = redirecting({
      'https://r.test/v2/team/app/manifests/v1': 'https://cdn.test/x',
    })
    await findManifest(repo, 'v1').catch(() => {})
    expect(calls.at(-1)!.headers.get('accept')).toBe(calls[0]!.headers.get('accept'))
    expect(calls.at(-1)!.headers.get('user-agent')).toBe('ocilink')
  })

  test('of a HEAD stays a HEAD', async () => {
    const { repo, calls } = redirecting({ [blob]: 'https://cdn.test/x' }, { status: 303 })
    expect(await hasBlob(repo, digest)).toBe(true)
    expect(calls.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'HEAD'])
  })
})

describe('a challenge after a redirect', () => {
  test.each(['Basic realm="cdn"', 'Bearer realm="https://cdn.test/token"'])(
    'is not answered: %s',
    async (challenge) => {
      const { repo, calls, lines } = fakeRepository(
        ({ url, authorization }) => {
          if (url.host === 'cdn.test') return empty(401, { 'www-authenticate': challenge })
          if (authorization !== 'Bearer t')
            return url.pathname === '/token'
              ? json({ token: 't' })
              : empty(401, { 'www-authenticate': 'Bearer realm="https://r.test/token"' })
          return empty(307, { location: 'https://cdn.test/x' })
        },
        { credentials: password },
      )
      expect(await thrownBy(() => getBlobBytes(repo, digest))).toMatchObject({
        name: 'RegistryError',
        status: 401,
        url: 'https://cdn.test/x',
      })
      expect(calls.filter(({ url }) => url.host === 'cdn.test')).toHaveLength(1)
      // And what the registry wants is still known.
      await thrownBy(() => getBlobBytes(repo, digest))
      expect(lines().slice(-2)).toEqual([`GET /v2/team/app/blobs/${digest}`, 'GET /x'])
      expect(calls.at(-2)!.authorization).toBe('Bearer t')
    },
  )

  test('of the registry is not answered when another origin led there', async () => {
    const { repo, hosts } = redirecting({
      [blob]: 'https://cdn.test/x',
      'https://cdn.test/x': 'https://r.test/v2/other/blobs/x',
    })
    expect(await thrownBy(() => getBlobBytes(repo, digest))).toMatchObject({
      name: 'RegistryError',
      status: 401,
    })
    expect(hosts()).toEqual(['r.test yes', 'cdn.test no', 'r.test no'])
  })
})

describe('where credentials were given', () => {
  /** A registry behind Basic that holds back the answer to its first request. */
  function slow(options: RepositoryOptions = { credentials: password }) {
    let release: (response?: Response) => void = () => {}
    const fake = fakeRepository(({ authorization }, count) => {
      const answer = authorization
        ? empty(200)
        : empty(401, { 'www-authenticate': 'Basic realm="r"' })
      if (count > 1) return answer
      return new Promise((resolve, reject) => {
        release = (other) => (other ? resolve(other) : resolve(answer))
        if (options.retries === 0) release = () => reject(new TypeError('fetch failed'))
      })
    }, options)
    return { ...fake, release: (response?: Response) => release(response) }
  }
  const started = () => new Promise((resolve) => setTimeout(resolve, 10))

  test('one request meets the challenge, and the others wait for what it teaches', async () => {
    const { repo, calls, release } = slow()
    const all = Promise.all(Array.from({ length: 4 }, () => hasBlob(repo, digest)))
    await started()
    expect(calls).toHaveLength(1)
    release()
    expect(await all).toEqual([true, true, true, true])
    expect(calls.map(({ authorization }) => authorization !== null)).toEqual([
      false,
      ...Array(4).fill(true),
    ])
  })

  test('the others go on where there is no challenge, or no answer', async () => {
    for (const options of [{ credentials: password }, { credentials: password, retries: 0 }]) {
      const { repo, release } = slow(options)
      const first = hasBlob(repo, digest).catch((error) => error.code)
      const second = hasBlob(repo, digest)
      await started()
      release(empty(200))
      expect(await first).toBe('retries' in options ? 'CONNECTION' : true)
      expect(await second).toBe(true)
    }
  })

  test('who waits can give up', async () => {
    const { repo, calls, release } = slow()
    const controller = new AbortController()
    const first = hasBlob(repo, digest)
    const second = thrownBy(() => hasBlob(repo, digest, { signal: controller.signal }))
    await started()
    controller.abort('enough')
    expect(await second).toBe('enough')
    release()
    expect(await first).toBe(true)
    expect(calls).toHaveLength(2)
  })

  test('and only there: nobody waits for anonymous access', async () => {
    const { repo, calls, release } = slow({})
    const all = [0, 1, 2].map(() => thrownBy(() => hasBlob(repo, digest)))
    await started()
    expect(calls).toHaveLength(3)
    release()
    for (const error of await Promise.all(all))
      expect(error).toMatchObject({ code: 'AUTH_REQUIRED' })
  })
})

describe('a redirect of a write', () => {
  const manifest = utf8('{}')
  const at = 'https://r.test/v2/team/app/manifests/v1'
  const put = (repo: Parameters<typeof putManifest>[0]) =>
    putManifest(repo, 'v1', manifest, { mediaType: 'application/json' })

  test.each([307, 308])(
    'with %d to the registry itself is followed, body and all',
    async (status) => {
      const { repo, calls, hosts } = redirecting({ [at]: '/v2/moved/manifests/v1' }, { status })
      await put(repo)
      expect(calls.at(-1)).toMatchObject({ method: 'PUT', body: '{}' })
      expect(hosts()).toEqual(['r.test yes', 'r.test yes'])
    },
  )

  test.each([301, 302, 303])('with %d is refused: it would lose the body', async (status) => {
    const { repo, hosts } = redirecting({ [at]: '/v2/moved/manifests/v1' }, { status })
    expect(await thrownBy(() => put(repo))).toMatchObject({ name: 'RegistryError', status })
    expect(hosts()).toEqual(['r.test yes'])
  })

  test.each([307, 308])(
    'with %d to another origin is refused, and nothing sent there',
    async (status) => {
      const elsewhere = 'https://evil.test/x'
      const { repo, hosts } = redirecting(
        {
          [at]: elsewhere,
          'https://r.test/v2/team/app/blobs/uploads/': elsewhere,
          [blob]: elsewhere,
        },
        { status, trustedHosts: ['evil.test'] },
      )
      for (const write of [
        () => put(repo),
        () => pushBlob(repo, 'x'),
        () => deleteManifest(repo, 'v1'),
        () => deleteBlob(repo, digest),
      ]) {
        expect(await thrownBy(write)).toMatchObject({ name: 'RegistryError', status })
      }
      expect(hosts()).toEqual(Array(4).fill('r.test yes'))
    },
  )
})

describe('in a browser, where redirects cannot be seen', () => {
  /** What a page's fetch gives for a redirect that it was told not to follow. */
  function opaque(): Response {
    const response = new Response(null)
    Object.defineProperty(response, 'type', { value: 'opaqueredirect' })
    Object.defineProperty(response, 'status', { value: 0 })
    Object.defineProperty(response, 'ok', { value: false })
    return response
  }

  test('a GET is sent again for the browser to follow, and later ones at once', async () => {
    const modes: string[] = []
    const app = repository(NAME, {
      fetch: async (request) => {
        modes.push(request.redirect)
        return request.redirect === 'manual' ? opaque() : new Response('x')
      },
    })
    expect(await getBlobBytes(app, digest)).toEqual(utf8('x'))
    expect(await getBlobBytes(app, digest)).toEqual(utf8('x'))
    expect(modes).toEqual(['manual', 'follow', 'follow'])
  })

  test('a write that is redirected is an error that says so', async () => {
    const { repo, calls } = fakeRepository(opaque)
    const error = await thrownBy(() =>
      putManifest(repo, 'v1', utf8('{}'), { mediaType: 'application/json' }),
    )
    expect(error).toMatchObject({
      name: 'RegistryError',
      message: expect.stringContaining('which is not followed'),
    })
    expect(calls).toHaveLength(1)
  })
})

describe('the body of an error', () => {
  test('is read no further than 64 KiB', async () => {
    const { stream, sent } = endless(new Uint8Array(16 * 1024))
    const { repo } = fakeRepository(() => new Response(stream, { status: 400 }))
    expect(await thrownBy(() => getBlobBytes(repo, digest))).toMatchObject({ status: 400 })
    expect(sent()).toBeLessThan(12)
  })

  test('that stalls does not hold up the error, not even of an upload', async () => {
    const { repo } = fakeRepository(
      ({ method }) =>
        method === 'POST'
          ? empty(202, { location: '/upload/1' })
          : new Response(stalled(utf8('{"err')), { status: 400 }),
      { timeout: 30 },
    )
    expect(await thrownBy(() => pushBlob(repo, 'x'))).toMatchObject({
      name: 'RegistryError',
      status: 400,
      errors: [],
    })
  })
})
