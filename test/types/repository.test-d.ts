// A Repository is made by repository(), of options that exist.
import { attach, type Capabilities, type Repository, repository, sibling } from 'ocilink'
import { test } from 'vitest'

declare const capabilities: Capabilities
declare const app: Repository

test('a repository cannot be made by hand', () => {
  // @ts-expect-error what stands behind it is missing
  const made: Repository = { registry: 'r.test', name: 'app', capabilities }
  // @ts-expect-error
  attach({ registry: 'r.test', name: 'app', capabilities }, 'v1', { artifactType: 'a/b' })
  // @ts-expect-error its name is none
  attach('r.test/app', 'v1', { artifactType: 'a/b' })
  const base: Repository = sibling(app, 'team/base')
  // @ts-expect-error a sibling is of the same registry, with the same options
  sibling(app, 'team/base', { retries: 0 })
  void [made, base]
})

test('a copy of a repository is none', () => {
  // @ts-expect-error another name belongs to sibling()
  const other: Repository = { ...app, name: 'team/other' }
  // @ts-expect-error nor is the same one again
  attach({ ...app }, 'v1', { artifactType: 'a/b' })
  const fields: { registry: string; name: string } = { ...app, name: 'team/other' }
  void [other, fields]
})

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
  // @ts-expect-error never a boolean: unknown is not no
  repository('r.test/app', { capabilities: { referrersApi: true } })
  // @ts-expect-error a fetch takes a Request
  repository('r.test/app', { fetch: async (url: string) => new Response(url) })
})
