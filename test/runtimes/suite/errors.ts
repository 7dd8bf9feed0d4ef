// What fails fails with a code.
import { attach, hasReferrer, isOcilinkError, referrers, repository } from 'ocilink'
import { equal, failure, holds } from './check.ts'
import { all, pushImage, sbom } from './content.ts'
import { type SuiteTest, test } from './test.ts'

export const errors: readonly SuiteTest[] = [
  test('an image that is not there is NOT_FOUND', async ({ repo }) => {
    const error = await failure<{ code: string; status: number }>(
      attach(repo('withApi'), 'v9', sbom),
    )
    equal([error.code, error.status], ['NOT_FOUND', 404])
  }),

  test('a registry that is not there is CONNECTION, never "no"', async ({ repo }) => {
    equal((await failure(hasReferrer(repo('nobody', { retries: 0 }), 'v1'))).code, 'CONNECTION')
  }),

  test('wrong input is an error before any request', async ({ repo }) => {
    let requests = 0
    const app = repo('withApi', { onRequest: () => void requests++ })
    const blobs = [{ data: 'x', mediaType: 'no type' }]
    const error = await failure<{ code: string; path: string }>(
      attach(app, 'v1', { artifactType: 'application/json', blobs }),
    )
    equal([error.code, error.path, requests], ['INVALID_INPUT', 'artifact.blobs[0].mediaType', 0])
  }),

  test('waits where a registry is busy, and asks again', async ({ repo }) => {
    let answers = 0
    const busyOnce = (request: Request) =>
      answers++ === 0
        ? Promise.resolve(new Response(null, { status: 429, headers: { 'Retry-After': '0' } }))
        : fetch(request)
    const app = repo('withApi')
    const { digest } = await pushImage(app)
    equal(
      await all(referrers(repository(`${app.registry}/${app.name}`, { fetch: busyOnce }), digest)),
      [],
    )
    holds(answers > 1, 'there was a second request')
  }),

  test('an error says what it was, also as JSON', async ({ repo }) => {
    const error = await failure<Error>(attach(repo('withApi'), 'v9', sbom))
    holds(isOcilinkError(error), 'it is one of this package')
    equal(JSON.parse(JSON.stringify(error)).code, 'NOT_FOUND')
  }),
]
