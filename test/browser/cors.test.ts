// Registries that show a page less than they show a program: no CORS at all, headers that are not
// exposed, a path that is left out.
import { expect, inject, test } from 'vitest'
import { attach, detach, discover, hasReferrer, referrers, repository } from '../../src/index.ts'
import { listTags } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'

const hosts = inject('hosts')
const artifactType = 'application/spdx+json'
const sbom = {
  artifactType,
  blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: artifactType }],
}

test('a registry without CORS is an error that names CORS, never "none"', async () => {
  const app = repository(`${hosts.withoutCors}/team/app`, { retries: 0 })
  const failure = { code: 'CONNECTION', message: expect.stringContaining('CORS') }
  await expect(hasReferrer(app, 'v1')).rejects.toMatchObject(failure)
  await expect(attach(app, 'v1', sbom)).rejects.toMatchObject(failure)
})

test.each([
  ['with the referrers API', hosts.hiddenHeaders],
  ['without the referrers API', hosts.hiddenHeadersWithoutApi],
])('attaches, lists and detaches where no header is exposed, %s', async (_, host) => {
  const app = repository(`${host}/team/linking`)
  const image = await pushImage(app)
  const attached = await attach(app, 'v1', sbom)
  expect(attached).toMatchObject({ subject: image, confirmed: true })
  expect(await all(referrers(app, 'v1'))).toMatchObject([{ digest: attached.digest, artifactType }])
  expect(await hasReferrer(app, 'v1', { artifactType })).toBe(true)
  await detach(app, 'v1', attached.digest)
  expect(await hasReferrer(app, 'v1')).toBe(false)
})

// What docs/runtimes.md says of an exposed `Link`. That there is another page nothing shows where it is not.
test('a list ends with its first page where Link is not exposed, and a list of tags may be read whole', async () => {
  const shown = repository(`${hosts.shownLinks}/team/pages`)
  const hidden = repository(`${hosts.hiddenLinks}/team/pages`)
  const image = await pushImage(shown)
  for (let i = 0; i < 5; i++) {
    await attach(shown, 'v1', { artifactType, annotations: { i: `${i}` } }, { tags: [`note-${i}`] })
  }
  expect(await all(referrers(shown, image.digest))).toHaveLength(5)
  expect(await all(listTags(shown))).toHaveLength(6)

  expect(await all(referrers(hidden, image.digest))).toHaveLength(2)
  expect(await all(listTags(hidden))).toHaveLength(2)
  expect(await all(listTags(hidden, { pageSize: 2 }))).toHaveLength(6)
  expect(await discover(hidden, image.digest)).toMatchObject({
    flat: { length: 2 },
    complete: true,
  })
})

test('an upload whose address is not exposed is an error that says which header is missing', async () => {
  const app = repository(`${hosts.hiddenHeadersWithSessions}/team/app`)
  const message = expect.stringMatching(/Location.*Access-Control-Expose-Headers/)
  await expect(pushImage(app)).rejects.toMatchObject({ code: 'REGISTRY_RESPONSE', message })
})

test('lists from the referrers tag where a page may not ask for the API', async () => {
  const app = repository(`${hosts.hiddenApi}/team/listed`, { retries: 0 })
  await pushImage(app)
  const { digest } = await attach(app, 'v1', sbom)
  expect(await all(referrers(app, 'v1'))).toMatchObject([{ digest, artifactType }])
  expect(await hasReferrer(app, 'v1', { artifactType })).toBe(true)
})

test('could not tell is an error where a page may not ask for the API and there is no tag', async () => {
  const app = repository(`${hosts.hiddenApi}/team/unknown`, { retries: 0 })
  await pushImage(app)
  await expect(hasReferrer(app, 'v1')).rejects.toMatchObject({ code: 'CONNECTION' })
})
