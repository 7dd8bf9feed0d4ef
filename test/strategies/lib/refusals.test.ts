import { expect, test } from 'vitest'
import { RegistryError } from '../../../src/errors.ts'
import { deleteIfAllowed } from '../../../src/registry/delete-allowed.ts'
import { isImmutable } from '../../../src/strategies/lib/refusals.ts'
import { empty, fakeRepository, sha, thrownBy } from '../../registry/_registry.ts'

const digest = sha('x')

test.each([400, 403, 405, 409, 412, 423, 501])(
  'gives the answer of a registry that refuses to delete a manifest: %d',
  async (status) => {
    const { repo } = fakeRepository(() => empty(status))
    expect(await deleteIfAllowed(repo, digest, undefined)).toMatchObject({
      name: 'RegistryError',
      status,
    })
  },
)

test.each([400, 405, 501])('and of one that deletes no tags: %d', async (status) => {
  const { repo } = fakeRepository(() => empty(status))
  expect(await deleteIfAllowed(repo, 'v1', undefined)).toMatchObject({ status })
})

test.each([403, 409, 412, 423])('throws where a tag is protected: %d', async (status) => {
  const { repo } = fakeRepository(() => empty(status))
  expect(await thrownBy(() => deleteIfAllowed(repo, 'v1', undefined))).toMatchObject({
    message: expect.stringContaining(`answered ${status}`),
  })
})

test.each([401, 429, 500, 503])('throws what is no refusal: %d', async (status) => {
  const { repo } = fakeRepository(() => empty(status), { retries: 0 })
  for (const reference of ['v1', digest]) {
    expect(await thrownBy(() => deleteIfAllowed(repo, reference, undefined))).toBeInstanceOf(Error)
  }
})

test('says whether it was there', async () => {
  const { repo } = fakeRepository(({ url }) => empty(url.pathname.endsWith('/v1') ? 202 : 404))
  expect(await deleteIfAllowed(repo, 'v1', undefined)).toBe(true)
  expect(await deleteIfAllowed(repo, 'v2', undefined)).toBe(false)
})

test.each<[string, number, string, string | undefined, boolean]>([
  ['PUT', 409, 'CONFLICT', undefined, true],
  ['PUT', 412, 'PRECONDITION', 'tag v1 configured as immutable', true],
  ['PUT', 400, 'TAG_INVALID', undefined, true],
  ['PUT', 405, 'UNSUPPORTED', 'The tag is Immutable', true],
  ['PUT', 412, 'PRECONDITION', 'ETag differs', false],
  ['PUT', 400, 'MANIFEST_INVALID', undefined, false],
  ['GET', 409, 'CONFLICT', undefined, false],
])('takes %s %d %s (%s) for an immutable tag: %s', (method, status, code, message, immutable) => {
  const url = 'https://r.test/v2/app/manifests/v1'
  const error = new RegistryError({ method, url, status, errors: [{ code, message }] })
  expect(isImmutable(error)).toBe(immutable)
})
