// Answers that say that a repository or a subject is not known. Of what is hidden from a login registries say so too
// (ECR, GitLab, GHCR), and proxies of what they do not keep: no answer of this kind is "none" where it cannot be.
import { describe, expect, test } from 'vitest'
import type { ProfileName } from '../../src/embedded/index.ts'
import {
  attach,
  discover,
  hasReferrer,
  isOcilinkError,
  referrers,
  sibling,
} from '../../src/index.ts'
import {
  artifactManifest,
  buildkit,
  cosignTags,
  digestTags,
  indexAnnotations,
  nodeManifest,
  ociSubject,
  referenceField,
} from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { pushDocument, setUp } from '../strategies/_bent.ts'

const note = { artifactType: 'application/vnd.example.note' }
const zeros = `sha256:${'0'.repeat(64)}` as const
const refusal = (status: number, code: string) =>
  Response.json({ errors: [{ code, message: 'not known' }] }, { status })

describe.each<[string, number, string]>([
  ['the repository, by 404', 404, 'NAME_UNKNOWN'],
  ['the subject, by 400', 400, 'MANIFEST_INVALID'],
  ['something, by 400', 400, 'UNKNOWN'],
  ['the name, by 400', 400, 'NAME_INVALID'],
])('a list that does not know %s, of a subject that is there', (_, status, code) => {
  const bent = (profile?: ProfileName) =>
    setUp({ profile }, (request, answer) =>
      request.url.includes('/referrers/') ? refusal(status, code) : answer(),
    )

  test('is never "none"', async () => {
    const { app, straight, subject } = await bent()
    await attach(straight, subject, note)
    for (let i = 0; i < 2; i++) {
      await expect(hasReferrer(app, subject)).rejects.toMatchObject({ status })
      await expect(hasReferrer(app, 'v1')).rejects.toMatchObject({ status })
      await expect(all(referrers(app, subject.digest))).rejects.toMatchObject({ status })
    }
    expect(await discover(app, 'v1')).toMatchObject({ complete: false, flat: [] })
  })

  test('hides nothing of what the referrers tag has', async () => {
    const { app, straight, subject } = await bent('distribution2')
    const { digest } = await attach(straight, subject, note, { settle: 0 })
    expect(await all(referrers(app, subject))).toMatchObject([{ digest }])
    expect(await hasReferrer(app, 'v1', note)).toBe(true)
  })

  test('keeps nobody from linking', async () => {
    const { app, straight, subject } = await bent('distribution2')
    const { digest } = await attach(app, subject, note, { settle: 0 })
    expect(await all(referrers(straight, subject))).toMatchObject([{ digest }])
  })
})

test('a list that does not know a subject that is not there has none for it', async () => {
  for (const [status, code] of [
    [400, 'MANIFEST_INVALID'],
    [404, 'MANIFEST_UNKNOWN'],
  ] as const) {
    const { app } = await setUp({}, (request, answer) =>
      request.url.includes('/referrers/') ? refusal(status, code) : answer(),
    )
    expect(await hasReferrer(app, zeros)).toBe(false)
  }
})

test('a 400 that says that there is no such call is as good as a 404', async () => {
  for (const code of ['UNSUPPORTED', 'METHOD_UNKNOWN']) {
    const { app, subject } = await setUp({ profile: 'distribution2' }, (request, answer) =>
      request.url.includes('/referrers/') ? refusal(400, code) : answer(),
    )
    expect(await hasReferrer(app, subject)).toBe(false)
    expect(app.capabilities.referrersApi).toBe('unsupported')
  }
})

describe('a repository that is not known', () => {
  const profiles = [
    'distribution2',
    'distribution3',
    'ggcr',
    'quay',
    'gitlab',
    'artifactory',
  ] as const

  test.each(profiles)('has no "none", by digest: %s', async (profile) => {
    const { app, lines } = await setUp({ profile }, (request, answer) =>
      /manifests|referrers|tags/.test(request.url) ? refusal(404, 'NAME_UNKNOWN') : answer(),
    )
    const ways = [ociSubject(), digestTags(), cosignTags(), indexAnnotations(), buildkit()]
    for (const strategy of ways) {
      const failure = await hasReferrer(app, zeros, { strategy }).catch((error: unknown) => error)
      expect(isOcilinkError(failure, 'NOT_FOUND'), `${strategy.name} ${lines}`).toBe(true)
      const { complete } = await discover(app, zeros, { strategies: [strategy] })
      expect(complete, strategy.name).toBe(false)
    }
    expect(await discover(app, zeros)).toMatchObject({ complete: false })
  })

  test('may be where cosign will put signatures that are kept apart from their images', async () => {
    const { straight, subject } = await setUp({ profile: 'distribution2' })
    const strategy = cosignTags({ repository: sibling(straight, 'team/signatures') })
    expect(await hasReferrer(straight, subject, { strategy })).toBe(false)
  })

  test('is made by the first attach', async () => {
    const { straight, subject } = await setUp({ profile: 'distribution2' })
    const other = sibling(straight, 'team/new')
    await attach(other, subject, note, { settle: 0 })
    expect(await all(referrers(other, subject))).toHaveLength(1)
  })
})

describe.each(['DENIED', 'UNAUTHORIZED', 'TOOMANYREQUESTS'])('a 404 that says %s', (code) => {
  const hides = (profile: ProfileName | undefined, part: RegExp) =>
    setUp({ profile }, (request, answer) =>
      request.method === 'GET' && part.test(request.url) ? refusal(404, code) : answer(),
    )

  test('is no registry without the list, so there is no "none"', async () => {
    const { app, straight, subject } = await hides(undefined, /referrers|references/)
    await attach(straight, subject, note)
    const ways = [ociSubject(), referenceField(), artifactManifest(), nodeManifest()]
    for (const strategy of ways) {
      await expect(hasReferrer(app, subject, { strategy }), strategy.name).rejects.toThrow(code)
      const found = await discover(app, subject, { strategies: [strategy] })
      expect(found, strategy.name).toMatchObject({ complete: false, flat: [] })
    }
    const { referrersApi, referencesApi, nodesApi } = app.capabilities
    expect([referrersApi, referencesApi, nodesApi]).toEqual(['unknown', 'unknown', 'unknown'])
  })

  test('keeps nobody from linking', async () => {
    const { app, straight, subject } = await hides('distribution2', /referrers/)
    const { digest } = await attach(app, subject, note, { settle: 0 })
    expect(await all(referrers(straight, subject))).toMatchObject([{ digest }])
    expect(await all(referrers(app, subject))).toMatchObject([{ digest }])
  })

  test('is no manifest that is gone, where a list has it', async () => {
    const { artifactType } = note
    for (const strategy of [ociSubject(), digestTags(), nodeManifest()]) {
      const { app, straight, subject } = await hides(undefined, /manifests\/(?!v1$)/)
      await attach(straight, subject, note, { strategy, settle: 0 })
      const ask = { strategy, artifactType, verify: true }
      await expect(hasReferrer(app, subject, ask), strategy.name).rejects.toThrow(code)
    }
  })

  test('is no "none" of what an index lists of its platforms', async () => {
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    const { straight, subject, app } = await hides('distribution2', /manifests\/sha256:[0-9a-f]+$/)
    const { digest } = subject
    const platform = { os: 'unknown', architecture: 'unknown' }
    const annotations = {
      'org.opencontainers.reference': digest,
      'org.opencontainers.reference.digest': digest,
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': digest,
    }
    const artifact = await pushImage(straight, 'artifact', 'artifact')
    const linked = { ...artifact, platform, annotations, reference: subject }
    const index = { schemaVersion: 2, mediaType, manifests: [subject, linked] }
    const set = await pushDocument(straight, index, 'set')
    for (const strategy of [referenceField(), digestTags(), indexAnnotations(), buildkit()]) {
      const ask = { strategy, everywhere: true, verify: true }
      const asked = hasReferrer(app, set.digest, ask)
      await expect(asked, strategy.name).rejects.toThrow(code)
      const listed = all(referrers(app, set.digest, ask))
      await expect(listed, strategy.name).rejects.toThrow(code)
      const found = await discover(app, set.digest, { strategies: [strategy] })
      expect(found, strategy.name).toMatchObject({ complete: false, flat: [] })
    }
  })

  test('is no attestation that is gone', async () => {
    const mediaType = 'application/vnd.oci.image.index.v1+json'
    const { straight, subject, app } = await hides('distribution2', /manifests\/sha256:[0-9a-f]+$/)
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': subject.digest,
    }
    const entry = { ...(await pushImage(straight, 'artifact', 'artifact')), annotations }
    await pushDocument(
      straight,
      { schemaVersion: 2, mediaType, manifests: [subject, entry] },
      'set',
    )
    const strategy = buildkit({ index: 'set' })
    const asked = hasReferrer(app, subject.digest, { strategy, verify: true })
    await expect(asked).rejects.toThrow(code)
  })

  test('is no "none" at a tag', async () => {
    const { app, subject } = await hides('distribution2', /manifests\/sha256-/)
    const ways = [ociSubject(), referenceField(), cosignTags(), indexAnnotations()]
    for (const strategy of ways) {
      await expect(hasReferrer(app, subject, { strategy }), strategy.name).rejects.toThrow(code)
    }
  })
})

describe.each<[string, () => Response]>([
  ['of a proxy', () => new Response('<h1>404 Not Found</h1>', { status: 404 })],
  ['without a body', () => new Response(null, { status: 404 })],
  ['of a router', () => new Response('404 page not found', { status: 404 })],
  ['of a gateway', () => Response.json({ message: 'no route' }, { status: 404 })],
])('a 404 %s, of what a list has', (_, refuse) => {
  test.each([
    [ociSubject().name, ociSubject(), undefined, /manifests\/sha256:[0-9a-f]+$/],
    [ociSubject().name, ociSubject(), 'distribution2', /manifests\/sha256:[0-9a-f]+$/],
    [referenceField().name, referenceField(), 'distribution2', /manifests\/sha256:[0-9a-f]+$/],
    [indexAnnotations().name, indexAnnotations(), undefined, /manifests\/sha256:[0-9a-f]+$/],
    [nodeManifest().name, nodeManifest(), undefined, /manifests\/sha256:[0-9a-f]+$/],
    [digestTags().name, digestTags(), undefined, /manifests\/sha256-/],
  ] as const)('does not say that it is gone: %s', async (_, strategy, profile, part) => {
    const { app, straight, subject } = await setUp({ profile }, (request, answer) =>
      request.method === 'GET' && part.test(request.url) ? refuse() : answer(),
    )
    await attach(straight, subject, note, { strategy, settle: 0 })
    const ask = { strategy, verify: true }
    await expect(hasReferrer(app, subject, ask)).rejects.toMatchObject({ status: 404 })
    await expect(all(referrers(app, subject, ask))).rejects.toMatchObject({ status: 404 })
    const found = await discover(app, subject, { strategies: [strategy], verify: true })
    expect(found).toMatchObject({ complete: false, flat: [] })
  })
})
