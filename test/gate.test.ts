// examples/gate.ts, the program of docs/gate.md: it lets through what is signed and not revoked, and refuses
// everything else, also what it could not find out.
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  decide,
  REVOCATION,
  SIGNATURE,
  type Verify,
  whyRevoked,
  whyUnsigned,
} from '../examples/gate.ts'
import { embeddedRegistry, type ProfileName, profiles } from '../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  type Digest,
  type Fetch,
  type Repository,
  repository,
  type Strategy,
} from '../src/index.ts'
import { deleteBlob, getManifest, putManifest } from '../src/registry/index.ts'
import {
  artifactManifest,
  auto,
  cosignTags,
  digestTags,
  ociSubject,
} from '../src/strategies/index.ts'
import { pushImage } from './_image.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const isValid: Verify = (digest, signature) =>
  verify(null, Buffer.from(digest), publicKey, signature)
const signatureOf = (digest: string, key = privateKey) => sign(null, Buffer.from(digest), key)

const INDEX = 'application/vnd.oci.image.index.v1+json'

const signature = (data: Uint8Array) => ({
  artifactType: SIGNATURE,
  blobs: [{ data, mediaType: SIGNATURE }],
})
const signed = (
  repo: Repository,
  image: Descriptor,
  data: Uint8Array = signatureOf(image.digest),
) => attach(repo, image, signature(data), { strategy: auto(), settle: 0 })
const revoked = (repo: Repository, image: Descriptor, strategy: Strategy = auto()) =>
  attach(
    repo,
    image,
    { artifactType: REVOCATION, blobs: [{ data: 'stolen key', mediaType: 'text/plain' }] },
    { strategy, settle: 0 },
  )

/** A registry; `bend` changes its answers once the gate begins. */
function setUp(profile?: ProfileName) {
  const registry = embeddedRegistry({ profile })
  let bend: (request: Request, answer: () => Promise<Response>) => Promise<Response> | Response = (
    _,
    answer,
  ) => answer()
  const fetch: Fetch = async (request) => bend(request, () => registry.fetch(request))
  const straight = repository('registry.test/team/app', { fetch: registry.fetch })
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  return {
    straight,
    app,
    bend(change: typeof bend) {
      bend = change
    },
  }
}

async function pushIndex(repo: Repository, ...images: readonly Descriptor[]) {
  const manifests = images.map((image, i) => ({
    ...image,
    platform: { os: 'linux', architecture: ['amd64', 'arm64'][i]! },
  }))
  const attestation = await pushImage(repo, 'attestation', 'attestation')
  const unknown = { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } }
  return (
    await putManifest(repo, 'v1', {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [...manifests, unknown],
    })
  ).descriptor
}

const unsigned = { allowed: false, reason: expect.stringMatching(/has no valid signature$/) }
const unsure = {
  allowed: false,
  reason: expect.stringMatching(/^could not tell|no valid signature that could be read/),
}

describe('an image', () => {
  test('that is signed is let through by its digest, and any other is not', async () => {
    const { straight, app } = setUp()
    const image = await pushImage(straight)
    expect(await decide(app, 'v1', isValid)).toEqual(unsigned)
    await signed(straight, image)
    expect(await decide(app, 'v1', isValid)).toEqual({ allowed: true, digest: image.digest })
    expect(await decide(app, image.digest, isValid)).toMatchObject({ allowed: true })
    expect(await decide(app, 'missing', isValid)).toMatchObject({ allowed: false })
  })

  test.each<[string, (digest: Digest) => Uint8Array]>([
    ['by another key', (digest) => signatureOf(digest, generateKeyPairSync('ed25519').privateKey)],
    ['of another image', () => signatureOf(`sha256:${'0'.repeat(64)}`)],
    ['that is none', () => new Uint8Array(64)],
    ['of no byte', () => new Uint8Array()],
  ])('with a signature %s is refused', async (_, make) => {
    const { straight, app } = setUp()
    const image = await pushImage(straight)
    await signed(straight, image, make(image.digest))
    expect(await decide(app, 'v1', isValid)).toEqual(unsigned)
  })

  test('is let through by one valid signature, whatever hangs beside it', async () => {
    const { straight, app } = setUp()
    const image = await pushImage(straight)
    await signed(straight, image, new Uint8Array(3))
    const gone = await signed(straight, image, new Uint8Array(5))
    const { bytes } = await getManifest(straight, gone.digest)
    const { layers } = JSON.parse(new TextDecoder().decode(bytes))
    await deleteBlob(straight, layers[0].digest)
    expect(await decide(app, 'v1', isValid)).toEqual(unsure)
    await signed(straight, image)
    expect(await decide(app, 'v1', isValid)).toMatchObject({ allowed: true })
  })

  test('whose tag is moved meanwhile is the one that was looked at', async () => {
    const { straight, app, bend } = setUp()
    const image = await pushImage(straight)
    await signed(straight, image)
    let moved = false
    bend(async (_, answer) => {
      const response = await answer()
      if (!moved) {
        moved = true
        await pushImage(straight, 'v1', 'evil')
      }
      return response
    })
    expect(await decide(app, 'v1', isValid)).toEqual({ allowed: true, digest: image.digest })
    expect(await decide(app, 'v1', isValid)).toEqual(unsigned)
  })

  test('is refused where the verifier fails', async () => {
    const { straight, app } = setUp()
    await signed(straight, await pushImage(straight))
    const broken: Verify = () => {
      throw new Error('no key')
    }
    const verdict = await decide(app, 'v1', broken)
    expect(verdict).toEqual({ allowed: false, reason: expect.stringContaining('no key') })
  })
})

describe('an index', () => {
  const images = async (repo: Repository) => [
    await pushImage(repo, 'amd64', 'amd64'),
    await pushImage(repo, 'arm64', 'arm64'),
  ]

  test('is let through by a signature of its own, or by one of each platform', async () => {
    const { straight, app } = setUp()
    const platforms = await images(straight)
    const index = await pushIndex(straight, ...platforms)
    expect(await decide(app, 'v1', isValid)).toEqual(unsigned)
    await signed(straight, platforms[0]!)
    expect(await decide(app, 'v1', isValid)).toEqual({
      allowed: false,
      reason: expect.stringContaining(platforms[1]!.digest),
    })
    await signed(straight, platforms[1]!)
    expect(await decide(app, 'v1', isValid)).toEqual({ allowed: true, digest: index.digest })
  })

  test('that is signed as a whole needs no signature of a platform', async () => {
    const { straight, app } = setUp()
    const index = await pushIndex(straight, ...(await images(straight)))
    await signed(straight, index)
    expect(await decide(app, 'v1', isValid)).toEqual({ allowed: true, digest: index.digest })
  })

  test('without an image is refused', async () => {
    const { straight, app } = setUp()
    await pushIndex(straight)
    expect(await decide(app, 'v1', isValid)).toEqual(unsigned)
  })

  test('is refused where one of its platforms is revoked', async () => {
    const { straight, app } = setUp()
    const platforms = await images(straight)
    await signed(straight, await pushIndex(straight, ...platforms))
    await revoked(straight, platforms[1]!)
    expect(await decide(app, 'v1', isValid)).toEqual({
      allowed: false,
      reason: expect.stringMatching(`^${platforms[1]!.digest} is revoked by sha256:`),
    })
  })
})

describe('a revoked image', () => {
  test.each([ociSubject(), digestTags(), artifactManifest(), cosignTags({ suffix: 'revoked' })])(
    'is refused, linked by $name',
    async (strategy) => {
      const { straight, app } = setUp()
      const image = await pushImage(straight)
      await signed(straight, image)
      await revoked(straight, image, strategy)
      // The suffixes of cosign's own tags are read where none is named: this one is not.
      const found = strategy.name !== 'cosign-tags'
      expect(await decide(app, 'v1', isValid)).toMatchObject({ allowed: !found })
    },
  )

  test('is refused whatever the signature says', async () => {
    const { straight, app } = setUp()
    const image = await pushImage(straight)
    const { digest } = await revoked(straight, image)
    expect(await whyRevoked(app, image.digest)).toBe(`${image.digest} is revoked by ${digest}`)
  })
})

describe.each(Object.keys(profiles) as ProfileName[])('on a registry like %s', (profile) => {
  test('what is signed is let through, and what is not, or is revoked, is not', async () => {
    const { straight, app } = setUp(profile)
    const image = await pushImage(straight)
    expect(await decide(app, 'v1', isValid)).toMatchObject({ allowed: false })
    await signed(straight, image)
    if (profile === 'gar') {
      // It answers with a page to sign in where the list would be: nobody can tell.
      expect(await decide(app, 'v1', isValid)).toEqual(unsure)
      return
    }
    expect(await decide(app, 'v1', isValid)).toEqual({ allowed: true, digest: image.digest })
    await revoked(straight, image)
    expect(await decide(app, 'v1', isValid)).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('is revoked by'),
    })
  })
})

const answers: Record<string, () => Response> = {
  '401': () => new Response(null, { status: 401 }),
  '403': () => new Response(null, { status: 403 }),
  '429': () => new Response(null, { status: 429 }),
  '500': () => new Response(null, { status: 500 }),
  '503': () => new Response(null, { status: 503 }),
  'a page of HTML': () =>
    new Response('<html>sign in</html>', { headers: { 'content-type': 'text/html' } }),
  'JSON that is no list': () => Response.json({ errors: [] }),
  'a list that breaks off': () =>
    new Response('{"schemaVersion":2,"manifests":[', { headers: { 'content-type': INDEX } }),
}

describe.each(Object.entries(answers))('where the list of tags answers with %s', (name, answer) => {
  test('"not revoked" is not said of what is revoked by a digest tag', async () => {
    const { straight, app, bend } = setUp()
    const image = await pushImage(straight)
    await signed(straight, image)
    await revoked(straight, image, digestTags())
    bend(({ url }, real) => (url.includes('/tags/list') ? answer() : real()))
    expect(await whyRevoked(app, image.digest), name).toMatch(/^could not tell/)
    expect(await decide(app, 'v1', isValid)).toMatchObject({ allowed: false })
  })
})

describe.each(Object.entries(answers))('where a list answers with %s', (name, answer) => {
  test.each([true, false])(
    'nothing is let through, whether it is signed or not: %j',
    async (isSigned) => {
      const { straight, app, bend } = setUp()
      const image = await pushImage(straight)
      if (isSigned) await signed(straight, image)
      bend(({ url }, real) => (url.includes('/referrers/') ? answer() : real()))
      expect(await decide(app, 'v1', isValid)).toMatchObject({ allowed: false })
      expect(await whyRevoked(app, image.digest)).toMatch(/^could not tell/)
    },
  )

  test('at the tags of cosign, a valid signature is a yes, and "not revoked" is not', async () => {
    const { straight, app, bend } = setUp()
    const image = await pushImage(straight)
    await signed(straight, image)
    bend(({ url }, real) => (/\.(sig|att|sbom)$/.test(url) ? answer() : real()))
    expect(await whyUnsigned(app, image.digest, [], isValid)).toBeUndefined()
    expect(await whyRevoked(app, image.digest), name).toMatch(/^could not tell/)
  })
})

test.each<[string, Fetch]>([
  ['that is down', () => Promise.reject(new TypeError('fetch failed'))],
  ['that answers nothing', async () => undefined as never],
  ['that has no such repository', async () => new Response(null, { status: 404 })],
])('on a registry %s nothing is let through', async (_, fetch) => {
  const app = repository('registry.test/team/app', { fetch, retries: 0 })
  expect(await decide(app, 'v1', isValid)).toEqual(unsure)
})
