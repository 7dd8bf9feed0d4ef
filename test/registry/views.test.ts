import { describe, expect, test } from 'vitest'
import { RegistryError } from '../../src/errors.ts'
import { findManifest, getManifest } from '../../src/registry/manifests.ts'
import { observed, type SentRequest } from '../../src/registry/views.ts'
import { empty, fakeRepository, json, thrownBy } from './_registry.ts'

const type = { 'content-type': 'application/vnd.oci.image.index.v1+json' }

describe('observed()', () => {
  test('gives each request with its status, and one without an answer without', async () => {
    const { repo } = fakeRepository(
      (_, count) => (count === 1 ? json({}, type) : Promise.reject(new Error('lost'))),
      { retries: 0 },
    )
    const requests: SentRequest[] = []
    const app = observed(repo, (request) => requests.push(request), new Map())
    await findManifest(app, 'v1')
    await thrownBy(() => findManifest(app, 'v2'))
    expect(requests).toEqual([
      { method: 'GET', path: '/v2/team/app/manifests/v1', status: 200 },
      { method: 'GET', path: '/v2/team/app/manifests/v2' },
    ])
  })

  test('reads a manifest once for all that share the reads, and what is not there too', async () => {
    const { repo, calls } = fakeRepository(({ url }) =>
      url.pathname.endsWith('v1') ? json({}, type) : empty(404),
    )
    const reads = new Map()
    const [one, other] = [observed(repo, () => {}, reads), observed(repo, () => {}, reads)]
    const [first, second] = await Promise.all([findManifest(one, 'v1'), findManifest(other, 'v1')])
    expect(first).toBe(second)
    expect(await findManifest(one, 'v2')).toBeUndefined()
    expect(await thrownBy(() => getManifest(other, 'v2'))).toBeInstanceOf(RegistryError)
    expect(calls).toHaveLength(2)
    // By what is accepted: some registries answer each differently.
    await findManifest(one, 'v1', { accept: ['a/b'] })
    await findManifest(repo, 'v1')
    expect(calls).toHaveLength(4)
  })

  test('learns for the repository itself', () => {
    const { repo } = fakeRepository(() => empty(200))
    observed(repo, () => {}, new Map()).capabilities.tagSeek = 'supported'
    expect(repo.capabilities.tagSeek).toBe('supported')
  })
})
