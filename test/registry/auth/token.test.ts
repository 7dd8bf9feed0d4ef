import { expect, test } from 'vitest'
import type { Challenge } from '../../../src/registry/auth/challenge.ts'
import type { AuthContext } from '../../../src/registry/auth/context.ts'
import type { Credentials } from '../../../src/registry/auth/credentials.ts'
import { repositoryScopes } from '../../../src/registry/auth/scopes.ts'
import { requestToken } from '../../../src/registry/auth/token.ts'
import type { WireRequest } from '../../../src/registry/wire/exchange.ts'
import { json, stalled, thrownBy, utf8 } from '../_registry.ts'

const context: AuthContext = {
  registry: 'r.test',
  origin: new URL('https://r.test'),
  credentials: undefined,
  trustedHosts: [],
  timeout: 50,
  retries: 2,
  maxRetryAfter: 60_000,
}

function ask(
  answer: (request: WireRequest) => Promise<Response>,
  params: Record<string, string> = { realm: 'https://r.test/token' },
  credentials?: Credentials,
) {
  const challenge: Challenge = { scheme: 'bearer', params: new Map(Object.entries(params)) }
  const scopes = repositoryScopes('app', ['pull'])
  const { signal } = new AbortController()
  return requestToken(answer, { context, challenge, credentials, scopes, signal })
}

test('asks without a service where the challenge names none, and by relative realms', async () => {
  let asked = ''
  const token = await ask(
    async ({ url, sameOrigin }) => {
      asked = url
      expect(sameOrigin).toBe(true)
      return json({ token: 'x' })
    },
    { realm: '/auth' },
  )
  expect(asked).toBe('https://r.test/auth?scope=repository%3Aapp%3Apull')
  expect(token.value).toBe('x')
})

test('writes names into the query that cannot break out of it', async () => {
  let asked = ''
  await ask(
    async ({ url }) => {
      asked = url
      return json({ token: 'x' })
    },
    { realm: 'https://r.test/token', service: 'a&scope=repository:other:push#' },
  )
  const { searchParams, hash } = new URL(asked)
  expect(searchParams.getAll('scope')).toEqual(['repository:app:pull'])
  expect(hash).toBe('')
})

test('gives up on an answer, or a body, that never ends', async () => {
  const silent = () => new Promise<Response>(() => {})
  const endless = async () => new Response(stalled(utf8('{"token":')))
  for (const answer of [silent, endless]) {
    expect(await thrownBy(() => ask(answer))).toMatchObject({ name: 'TimeoutError' })
  }
})
