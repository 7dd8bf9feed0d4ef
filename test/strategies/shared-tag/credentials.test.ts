// Whose credentials a tag is written with: each caller's own, also where several write at once.
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
  const fetch = meeting(tag, (request) => {
    const who = request.headers.get('authorization')
    if (who === null && scheme !== 'none') {
      const headers = { 'www-authenticate': asks[scheme] }
      return Promise.resolve(new Response(null, { status: 401, headers }))
    }
    if (request.method === 'PUT' && request.url.endsWith(tag)) {
      writers.push(who)
      if (who === denied) return Promise.resolve(new Response(null, { status: 403 }))
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

test('a tag is never written in another registry of the same name', async () => {
  const registries = [0, 1].map(() => embeddedRegistry({ referrersApi: false }))
  const straight = registries.map(({ fetch }) => repository('registry.test/team/app', { fetch }))
  const [subject] = await Promise.all(straight.map((repo) => pushImage(repo)))
  const tag = referrersTag(subject!.digest)
  const writes: number[] = []
  const gate = meeting(tag, (request) => {
    const number = Number(request.headers.get('x-registry'))
    if (request.method === 'PUT' && request.url.endsWith(tag)) writes.push(number)
    return registries[number]!.fetch(request)
  })
  const attached = await Promise.all(
    [0, 1].map((number) => {
      const fetch: Fetch = (request) => {
        request.headers.set('x-registry', `${number}`)
        return gate(request)
      }
      const app = repository('registry.test/team/app', { fetch, credentials: { ...robot } })
      return attach(app, subject!, note(`${number}`), { settle: 0 })
    }),
  )
  expect(writes.sort()).toEqual([0, 1])
  for (const [i, { digest }] of attached.entries())
    expect(await all(referrers(straight[i]!, subject!))).toMatchObject([{ digest }])
})
