// A Repository is made by repository(), of options that exist.
import { type Capabilities, type Repository, repository } from 'ocilink'
import { test } from 'vitest'

declare const capabilities: Capabilities
declare const app: Repository

test('a repository cannot be changed', () => {
  // @ts-expect-error the name belongs to what was seen there
  app.name = 'team/other'
  // @ts-expect-error
  app.capabilities = capabilities
})

test('options are those that exist, each of its kind', () => {
  repository('r.test/app', {
    retries: 1,
    timeout: undefined,
    capabilities: { singlePost: 'unknown' },
  })
  // @ts-expect-error no such option
  repository('r.test/app', { retry: 1 })
  // @ts-expect-error not a number
  repository('r.test/app', { timeout: '30s' })
  // @ts-expect-error credentials are an object, or a function that looks them up
  repository('r.test/app', { credentials: 'user:password' })
  // @ts-expect-error a name without a password
  repository('r.test/app', { credentials: { username: 'user' } })
  // @ts-expect-error a variable that is not set
  repository('r.test/app', { credentials: { username: undefined, password: 'x' } })
  // @ts-expect-error never a boolean: not asked yet is not no
  repository('r.test/app', { capabilities: { referrersApi: true } })
  // @ts-expect-error a fetch takes a Request
  repository('r.test/app', { fetch: async (url: string) => new Response(url) })
})
