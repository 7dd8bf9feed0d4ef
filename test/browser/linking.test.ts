// The main job in a page: against a registry in the page itself, and across origins.
import { describe, expect, inject, test } from 'vitest'
import { embeddedRegistry } from '../../src/embedded/index.ts'
import {
  attach,
  detach,
  hasReferrer,
  type RepositoryOptions,
  referrers,
  repository,
} from '../../src/index.ts'
import { all, pushImage } from '../_image.ts'

const sbomType = 'application/spdx+json'
const sbom = {
  artifactType: sbomType,
  blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: sbomType }],
  annotations: { 'com.example.author': 'Zoë Größe 山田' },
}
const signature = {
  artifactType: 'application/vnd.example.signature',
  blobs: [{ data: new Uint8Array([0, 1, 254, 255]), mediaType: 'application/octet-stream' }],
}

const hosts = inject('hosts')
const inPage = (options?: Parameters<typeof embeddedRegistry>[0]) => ({
  host: 'registry.test',
  options: { fetch: embeddedRegistry(options).fetch },
})

interface Place {
  readonly name: string
  readonly host: string
  readonly options?: RepositoryOptions
  readonly source: 'referrers-api' | 'referrers-tag'
}

const places: readonly Place[] = [
  { name: 'a registry in the page', ...inPage(), source: 'referrers-api' },
  {
    name: 'a registry in the page without the referrers API',
    ...inPage({ referrersApi: false, singlePost: false, conditional: false }),
    source: 'referrers-tag',
  },
  { name: 'a registry of another origin', host: hosts.withApi, source: 'referrers-api' },
  {
    name: 'a registry of another origin without the referrers API',
    host: hosts.withoutApi,
    source: 'referrers-tag',
  },
  {
    name: 'a registry of another origin that wants a login',
    host: hosts.basicAuth,
    options: { credentials: { username: 'alice', password: 'wonder:länd' } },
    source: 'referrers-api',
  },
]

let repositories = 0

describe.each(places)('$name', ({ host, options, source }) => {
  /** A repository that no other test uses, with an image at `v1`. */
  async function open() {
    repositories += 1
    const app = repository(`${host}/team/app-${repositories}`, options)
    return { app, image: await pushImage(app) }
  }

  test('attaches an SBOM and a signature, lists both and says where it found them', async () => {
    const { app, image } = await open()
    const first = await attach(app, 'v1', sbom)
    const second = await attach(app, image, signature)
    const via = [{ strategy: 'oci-subject', source }]
    expect(first).toMatchObject({ subject: image, via, confirmed: true })

    const found = await all(referrers(app, 'v1'))
    expect(found.map(({ digest }) => digest).sort()).toEqual([first.digest, second.digest].sort())
    expect(found.find(({ digest }) => digest === first.digest)).toMatchObject({
      artifactType: sbomType,
      annotations: sbom.annotations,
      size: first.size,
      subject: { digest: image.digest },
      via,
    })
  })

  test('says whether there is one of a type', async () => {
    const { app, image } = await open()
    expect(await hasReferrer(app, 'v1', { artifactType: sbomType })).toBe(false)
    await attach(app, 'v1', sbom)
    expect(await hasReferrer(app, 'v1', { artifactType: sbomType })).toBe(true)
    expect(await hasReferrer(app, image.digest, { artifactType: 'none/here' })).toBe(false)
  })

  test('detaches one and leaves the other', async () => {
    const { app } = await open()
    const first = await attach(app, 'v1', sbom)
    const second = await attach(app, 'v1', signature)
    expect(await detach(app, 'v1', first.digest)).toMatchObject({ deleted: true, confirmed: true })
    expect((await all(referrers(app, 'v1'))).map(({ digest }) => digest)).toEqual([second.digest])
  })

  test('fails for an image that is not there, instead of finding nothing', async () => {
    const { app } = await open()
    await expect(hasReferrer(app, 'v2')).rejects.toMatchObject({ status: 404 })
    await expect(attach(app, 'v2', sbom)).rejects.toMatchObject({ status: 404 })
  })
})

test('the served registries are of another origin than this page', () => {
  for (const host of Object.values(hosts)) expect(`http://${host}`).not.toBe(location.origin)
})

test('a wrong password is an authentication error, not "none"', async () => {
  const credentials = { username: 'alice', password: 'wrong' }
  const app = repository(`${hosts.basicAuth}/team/app`, { credentials })
  await expect(hasReferrer(app, 'v1')).rejects.toMatchObject({ code: 'AUTH_DENIED' })
})
