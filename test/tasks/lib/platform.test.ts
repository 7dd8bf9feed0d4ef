import { describe, expect, test } from 'vitest'
import { embeddedRegistry } from '../../../src/embedded/index.ts'
import { type Descriptor, type Fetch, type Repository, repository } from '../../../src/index.ts'
import { pushBlob, putManifest } from '../../../src/registry/index.ts'
import { findPlatform } from '../../../src/tasks/lib/platform.ts'
import { platformCheck } from '../../../src/tasks/lib/platform-name.ts'
import { pushImage } from '../../_image.ts'
import { type Recorded, recorded } from '../../_wire.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'

function setUp() {
  const wire = recorded(embeddedRegistry().fetch)
  return { wire, app: repository('registry.test/team/app', { fetch: wire.fetch }) }
}

type Entry = readonly [os: string, architecture: string, variant?: string]

async function pushIndex(platforms: readonly Entry[]) {
  const { app, wire } = setUp()
  const manifests: Descriptor[] = []
  for (const [os, architecture, variant] of platforms) {
    const image = await pushImage(app, 'tmp', `${os}/${architecture}/${variant}`)
    manifests.push({ ...image, platform: { os, architecture, ...(variant && { variant }) } })
  }
  await putManifest(app, 'v1', { schemaVersion: 2, mediaType: INDEX, manifests })
  wire.reset()
  return { app, wire, manifests }
}

describe('findPlatform', () => {
  test.each<[string, readonly Entry[], number]>([
    [
      'linux/arm64',
      [
        ['linux', 'amd64'],
        ['linux', 'arm64'],
      ],
      1,
    ],
    [
      'linux/arm64',
      [
        ['linux', 'amd64'],
        ['linux', 'arm64', 'v8'],
      ],
      1,
    ],
    [
      'linux/arm64/v8',
      [
        ['linux', 'amd64'],
        ['linux', 'arm64'],
      ],
      1,
    ],
    [
      'linux/aarch64',
      [
        ['linux', 'amd64'],
        ['linux', 'arm64'],
      ],
      1,
    ],
    [
      'Linux/X86_64',
      [
        ['linux', 'arm64'],
        ['linux', 'amd64'],
      ],
      1,
    ],
    [
      'linux/arm/v6',
      [
        ['linux', 'arm', 'v7'],
        ['linux', 'arm', 'v6'],
      ],
      1,
    ],
    [
      'linux/arm',
      [
        ['linux', 'arm', 'v6'],
        ['linux', 'arm', 'v7'],
      ],
      1,
    ],
    [
      'linux/amd64',
      [
        ['linux', 'amd64', 'v3'],
        ['linux', 'amd64'],
      ],
      1,
    ],
    [
      'windows/amd64',
      [
        ['linux', 'amd64'],
        ['windows', 'amd64'],
      ],
      1,
    ],
    [
      'linux/amd64',
      [
        ['linux', 'amd64', 'v2'],
        ['linux', 'amd64', 'v3'],
      ],
      0,
    ],
  ])('finds %s among %j', async (wanted, platforms, at) => {
    const { app, wire, manifests } = await pushIndex(platforms)
    const { manifest, index } = await findPlatform(app, 'v1', wanted, undefined)
    expect(manifest).toEqual(manifests[at])
    expect(index?.mediaType).toBe(INDEX)
    expect(wire.lines()).toEqual(['GET /manifests/v1'])
  })

  test('names the platforms that there are, without those of attestations', async () => {
    const { app } = await pushIndex([
      ['linux', 'amd64'],
      ['linux', 'arm', 'v7'],
      ['unknown', 'unknown'],
    ])
    await expect(findPlatform(app, 'v1', 'linux/s390x', undefined)).rejects.toMatchObject({
      code: 'NO_MATCH',
      message:
        'registry.test/team/app:v1 has no platform linux/s390x: it has linux/amd64, linux/arm/v7',
      available: ['linux/amd64', 'linux/arm/v7'],
    })
  })

  test('looks into indexes in an index', async () => {
    const { app, manifests } = await pushIndex([['linux', 'arm64']])
    const inner = await putManifest(app, 'inner', {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests,
    })
    await putManifest(app, 'outer', {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [inner.descriptor],
    })
    const { manifest } = await findPlatform(app, 'outer', 'linux/arm64', undefined)
    expect(manifest).toEqual(manifests[0])
  })

  /** An index with what is no descriptor beside its entries, as it is stored. */
  async function putRaw(app: Repository, tag: string | undefined, manifests: readonly unknown[]) {
    const text = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
    const bytes = new TextEncoder().encode(text)
    const { descriptor } = await putManifest(app, tag, bytes, { mediaType: INDEX })
    return descriptor
  }

  /** A registry that has such an index at a reference, whatever is in it. */
  function serving(
    wire: Recorded,
    indexes: Readonly<Record<string, readonly unknown[]>>,
    warnings: string[] = [],
  ) {
    const onWarning = ({ message }: { readonly message: string }) => warnings.push(message)
    const fetch: Fetch = async (request) => {
      const manifests = indexes[new URL(request.url).pathname.split('/').at(-1)!]
      if (!manifests) return wire.fetch(request)
      const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
      return new Response(body, { headers: { 'content-type': INDEX } })
    }
    return repository('registry.test/team/app', { fetch, onWarning, retries: 0 })
  }

  test.each([
    ['null', null],
    ['a number', 7],
    ['an entry without a size', { mediaType: INDEX, digest: `sha256:${'0'.repeat(64)}` }],
    ['an entry of an unknown digest', { mediaType: INDEX, digest: 'blake3:00', size: 1 }],
    ['annotations of numbers', { mediaType: INDEX, digest: 'x', size: 1, annotations: { a: 1 } }],
  ])('finds it beside %s, and does not say that there is no other', async (_, bad) => {
    const warnings: string[] = []
    const { manifests, wire } = await pushIndex([['linux', 'arm64']])
    const app = serving(wire, { v1: [bad, ...manifests] }, warnings)
    expect((await findPlatform(app, 'v1', 'linux/arm64', undefined)).manifest).toEqual(manifests[0])
    expect(warnings).toEqual([
      expect.stringMatching(/^sha256:.* cannot be read \(.*\): its platforms are not known$/),
    ])
    await expect(findPlatform(app, 'v1', 'linux/amd64', undefined)).rejects.toMatchObject({
      code: expect.stringMatching(/^INVALID_/),
    })
  })

  test('finds it in another index than one that cannot be read', async () => {
    const { app: own, manifests, wire } = await pushIndex([['linux', 'arm64']])
    const gone = { mediaType: INDEX, digest: `sha256:${'1'.repeat(64)}`, size: 300 }
    const image = await pushImage(own, 'tmp', 'no index')
    const noIndex = { ...image, mediaType: INDEX }
    const there = await putRaw(own, undefined, manifests)
    const app = serving(wire, { v1: [gone, noIndex, there] })
    expect((await findPlatform(app, 'v1', 'linux/arm64', undefined)).manifest).toEqual(manifests[0])
    await expect(findPlatform(app, 'v1', 'linux/amd64', undefined)).rejects.toMatchObject({
      code: expect.stringMatching(/^(NOT_FOUND|INVALID_MANIFEST)$/),
    })
  })

  test('says that it did not look into more indexes than anybody makes', async () => {
    const { app } = await pushIndex([['linux', 'arm64']])
    const nested: Descriptor[] = []
    for (let i = 0; i < 32; i++) {
      const image = await pushImage(app, 'tmp', `${i}`)
      const platform = { os: 'linux', architecture: `a${i}` }
      nested.push(await putRaw(app, undefined, [{ ...image, platform }]))
    }
    await putRaw(app, 'v1', nested)
    await expect(findPlatform(app, 'v1', 'linux/a31', undefined)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: 'indexes in indexes: at most 32, got more than 32',
    })
    await putRaw(app, 'v2', [...nested.slice(0, 31), ...nested.slice(0, 31)])
    await expect(findPlatform(app, 'v2', 'linux/a31', undefined)).rejects.toMatchObject({
      code: 'NO_MATCH',
    })
    const { manifest } = await findPlatform(app, 'v2', 'linux/a30', undefined)
    expect(manifest.platform?.architecture).toBe('a30')
  })

  test('takes an image without an index by the platform of its config', async () => {
    const { app, wire } = setUp()
    const image = await pushImage(app)
    wire.reset()
    const found = await findPlatform(app, 'v1', 'linux/amd64', undefined)
    expect(found).toEqual({
      manifest: { ...image, platform: { os: 'linux', architecture: 'amd64' } },
      index: undefined,
    })
    expect(wire.lines()).toHaveLength(2)
    await expect(findPlatform(app, 'v1', 'linux/arm64', undefined)).rejects.toMatchObject({
      code: 'NO_MATCH',
      available: ['linux/amd64'],
    })
  })

  test.each([
    ['no JSON', 'x'],
    ['null', 'null'],
    ['numbers', '{"os":1,"architecture":2}'],
    ['no architecture', '{"os":"linux"}'],
  ])('says that there is no platform where the config holds %s', async (_, text) => {
    const { app } = setUp()
    const config = await pushBlob(app, text, {
      mediaType: 'application/vnd.oci.image.config.v1+json',
    })
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    await putManifest(app, 'v1', { schemaVersion: 2, mediaType, config, layers: [] })
    await expect(findPlatform(app, 'v1', 'linux/amd64', undefined)).rejects.toMatchObject({
      code: 'NO_MATCH',
      message: 'registry.test/team/app:v1 has no platform linux/amd64: it says none',
    })
  })
})

test.each(['linux', '', 'linux/', '/arm64', 'linux/arm/v7/x', 'linux arm64', 7, null])(
  '%j is no platform',
  (value) => {
    expect(platformCheck[1](value)).toBe(false)
  },
)
