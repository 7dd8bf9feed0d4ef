// Passwords and tokens.
import { attach, copy, hasReferrer, referrers } from 'ocilink'
import { equal, failure } from './check.ts'
import { all, pushImage, sbom } from './content.ts'
import { type Place, type SuiteTest, test } from './test.ts'

const credentials = { username: 'alice', password: 'wonder:länd' }

async function logsIn({ repo }: Place, host: 'basic' | 'token') {
  const app = repo(host, { credentials })
  await pushImage(app)
  const { digest } = await attach(app, 'v1', sbom)
  equal(
    (await all(referrers(app, 'v1'))).map((found) => found.digest),
    [digest],
  )
}

async function refuses({ repo }: Place, host: 'basic' | 'token') {
  const wrong = { ...credentials, password: 'wrong' }
  equal((await failure(hasReferrer(repo(host, { credentials: wrong }), 'v1'))).code, 'AUTH_DENIED')
  equal((await failure(hasReferrer(repo(host), 'v1'))).code, 'AUTH_REQUIRED')
}

export const logins: readonly SuiteTest[] = [
  test('logs in with a password', (place) => logsIn(place, 'basic')),
  test('logs in with a token', (place) => logsIn(place, 'token')),
  test('a wrong password is an error, and so is none', (place) => refuses(place, 'basic')),
  test('so it is for a token', (place) => refuses(place, 'token')),

  test('looks credentials up when they are wanted', async ({ repo }) => {
    let lookups = 0
    const source = async () => {
      lookups++
      return credentials
    }
    const app = repo('token', { credentials: source })
    equal(lookups, 0)
    await pushImage(app)
    equal(lookups > 0, true)
  }),

  test('copies between two registries with a login each', async ({ repo }) => {
    const from = repo('basic', { credentials })
    await pushImage(from)
    await attach(from, 'v1', sbom)
    const to = repo('token', { credentials })
    equal((await copy(from, 'v1', to, { referrers: true })).complete, true)
  }),
]
