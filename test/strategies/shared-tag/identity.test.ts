// Which writers are one: never those of other credentials, another repository or another document.
import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import {
  attach,
  type CredentialSource,
  type Credentials,
  type Fetch,
  referrers,
  referrersTag,
  repository,
} from '../../../src/index.ts'
import { indexAnnotations, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'

type Given = Credentials | CredentialSource | undefined

const note = (text: string) => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})

const basic = (text: string) => `Basic ${btoa(text)}`
const asks = { Basic: 'Basic realm="r"', Bearer: 'Bearer realm="https://registry.test/token"' }

/** Answers the tag's first reads when both referrers are there: who could be merged is. */
function meeting(tag: string, inner: Fetch): Fetch {
  let pushed = 0
  let resolve = () => {}
  const both = new Promise<void>((done) => {
    resolve = done
  })
  return async (request) => {
    if (request.method === 'GET' && request.url.endsWith(tag)) await both
    const response = await inner(request)
    if (request.method === 'PUT' && request.url.includes('/manifests/sha256:') && ++pushed === 2)
      setTimeout(resolve, 20)
    return response
  }
}

/** A registry without the API that lets one of two write manifests at tags, and the other not. */
async function setUp(denied: string | null, scheme: 'Basic' | 'Bearer' | 'none') {
  const registry = embeddedRegistry({ referrersApi: false })
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const subject = await pushImage(straight)
  const tag = referrersTag(subject.digest)
  const writers: (string | null)[] = []
  const fetch = meeting(tag, async (request) => {
    if (request.url.endsWith('/token')) {
      const token = new URLSearchParams(await request.text()).get('refresh_token')
      return Response.json({ token: `for-${token}` })
    }
    const who = request.headers.get('authorization')
    if (who === null && scheme !== 'none') {
      const headers = { 'www-authenticate': asks[scheme] }
      return new Response(null, { status: 401, headers })
    }
    if (request.method === 'PUT' && request.url.endsWith(tag)) {
      writers.push(who)
      if (scheme !== 'none' && who === denied) return new Response(null, { status: 403 })
    }
    return registry.fetch(request)
  })
  const open = (credentials: Given) => repository('registry.test/team/app', { fetch, credentials })
  return { open, straight, subject, writers }
}

const robot = { username: 'robot', password: 'may write' }

describe.each<[string, 'Basic' | 'Bearer' | 'none', Given, Given, string | null]>([
  [
    'another user',
    'Basic',
    robot,
    { username: 'guest', password: 'may write' },
    basic('guest:may write'),
  ],
  [
    'the same user with another password',
    'Basic',
    robot,
    { username: 'robot', password: 'may read' },
    basic('robot:may read'),
  ],
  [
    'another source of credentials',
    'Basic',
    async () => robot,
    async () => ({ username: 'guest', password: 'x' }),
    basic('guest:x'),
  ],
  [
    'a source that is not asked before',
    'Basic',
    robot,
    async () => ({ username: 'guest', password: 'x' }),
    basic('guest:x'),
  ],
  [
    'another token',
    'Bearer',
    { registryToken: 'one' },
    { registryToken: 'another' },
    'Bearer another',
  ],
  [
    'another refresh token',
    'Bearer',
    { identityToken: 'one' },
    { identityToken: 'another' },
    'Bearer for-another',
  ],
  [
    'a token of the same text and another kind',
    'Bearer',
    { identityToken: 'one' },
    { registryToken: 'one' },
    'Bearer one',
  ],
])('a tag is never written for %s', (_, scheme, mayWrite, mayNot, denied) => {
  test.each([
    ['who comes first', true],
    ['who comes second', false],
  ])('by %s', async (_, first) => {
    const { open, straight, subject, writers } = await setUp(denied, scheme)
    const writes = () => attach(open(mayWrite), subject, note('kept'), { settle: 0 })
    const fails = () => attach(open(mayNot), subject, note('refused'), { settle: 0 })
    const order = first ? [writes, fails] : [fails, writes]
    const settled = await Promise.allSettled(order.map((start) => start()))
    const [kept, refused] = first ? settled : settled.reverse()
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'AUTH_DENIED' } })
    expect(kept).toMatchObject({ status: 'fulfilled', value: { confirmed: true } })
    expect(await all(referrers(straight, subject))).toMatchObject([note('kept')])
    expect(new Set(writers).size).toBe(2)
  })
})

test.each<[string, Given, Given]>([
  ['a user and a password', robot, { ...robot }],
  ['a token', { registryToken: 'one' }, { registryToken: 'one' }],
  ['a refresh token', { identityToken: 'one' }, { identityToken: 'one' }],
  ['nothing', undefined, undefined],
])('a tag is written once for two who both give %s of the same value', async (_, one, other) => {
  const scheme = !one ? 'none' : 'username' in one ? 'Basic' : 'Bearer'
  const { open, straight, subject, writers } = await setUp('nobody', scheme)
  const apps = [one, other].map(open)
  await Promise.all(apps.map((app, i) => attach(app, subject, note(`${i}`), { settle: 0 })))
  expect(writers).toHaveLength(1)
  expect(await all(referrers(straight, subject))).toHaveLength(2)
})

describe('a tag is never written', () => {
  test.each([
    ['in another repository', 'registry.test/team/app', 'registry.test/team/other'],
    ['on another host', 'registry.test/team/app', 'other.test/team/app'],
    ['on another port', 'registry.test:5000/team/app', 'registry.test:5001/team/app'],
    ['in another registry of the same name', 'registry.test/team/app', 'registry.test/team/app'],
  ])('%s', async (_, ...names) => {
    // One registry a client: what is written to the wrong one is there alone.
    const registries = names.map(() => embeddedRegistry({ referrersApi: false }))
    const straight = names.map((name, i) => repository(name, { fetch: registries[i]!.fetch }))
    const [subject] = await Promise.all(straight.map((repo) => pushImage(repo)))
    const tag = referrersTag(subject!.digest)
    const writes: string[] = []
    const gate = meeting(tag, (request) => {
      const number = numberOf(request)
      const { host, pathname } = new URL(request.url)
      if (request.method === 'PUT' && request.url.endsWith(tag))
        writes.push(`${number} ${host}${pathname.replace('/v2', '').replace(/\/manifests.*/, '')}`)
      return registries[number]!.fetch(request)
    })
    const same = names[0] === names[1]
    const numberOf = (request: Request): number =>
      same
        ? Number(request.headers.get('x-registry'))
        : names.findIndex((name) => {
            const { host, pathname } = new URL(request.url)
            const [own, below] = [name.split('/')[0], name.slice(name.indexOf('/'))]
            // Where credentials were given `/v2/` is asked once for a challenge.
            return host === own && (pathname === '/v2/' || pathname.startsWith(`/v2${below}/`))
          })
    const attached = await Promise.all(
      names.map((name, i) => {
        const own: Fetch = (request) => {
          request.headers.set('x-registry', `${i}`)
          return gate(request)
        }
        const fetch = same ? own : gate
        const app = repository(name, { fetch, credentials: { ...robot } })
        return attach(app, subject!, note(`${i}`), { settle: 0 })
      }),
    )
    expect(writes.sort()).toEqual(names.map((name, i) => `${i} ${name}`))
    for (const [i, { digest }] of attached.entries())
      expect(await all(referrers(straight[i]!, subject!))).toMatchObject([{ digest }])
  })

  test('as a document of another kind: one of the two is a conflict', async () => {
    const { open, straight, subject } = await setUp(null, 'none')
    const app = open(undefined)
    const strategies = [ociSubject(), indexAnnotations()]
    const settled = await Promise.allSettled(
      strategies.map((strategy) => attach(app, subject, note('x'), { strategy })),
    )
    const kept = settled.findIndex(({ status }) => status === 'fulfilled')
    expect(settled[kept]).toMatchObject({ value: { confirmed: true } })
    expect(settled[1 - kept]).toMatchObject({ reason: { code: 'CONFLICT' } })
    const strategy = strategies[kept]!
    expect(await all(referrers(straight, subject, { strategy }))).toHaveLength(1)
  })
})
