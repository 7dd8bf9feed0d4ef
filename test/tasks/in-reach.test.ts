import { describe, expect, test } from 'vitest'
import { attach, hasReferrer, referrers } from '../../src/index.ts'
import { buildkit, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { pushDocument, setUp } from '../strategies/_bent.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const note = { artifactType: 'application/vnd.example.note' }
const sbom = { artifactType: 'application/spdx+json' }

/** An index of two platforms, each with one referrer, and one of its own. */
async function multi(bend?: Parameters<typeof setUp>[1]) {
  const bent = await setUp({}, bend)
  const { straight, subject } = bent
  const arm = await pushImage(straight, 'arm', 'arm')
  const attestation = await attach(straight, arm, { artifactType: 'application/vnd.in-toto+json' })
  const { mediaType, digest, size } = attestation
  const index = await pushDocument(
    straight,
    {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [
        { ...subject, platform: { os: 'linux', architecture: 'amd64' } },
        { ...arm, platform: { os: 'linux', architecture: 'arm64' } },
        {
          ...{ mediaType, digest, size },
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: {
            'vnd.docker.reference.type': 'attestation-manifest',
            'vnd.docker.reference.digest': arm.digest,
          },
        },
      ],
    },
    'multi',
  )
  const own = await attach(straight, index, note)
  const ofAmd = await attach(straight, subject, note)
  const ofArm = await attach(straight, arm, sbom)
  return { ...bent, index, arm, own, ofAmd, ofArm, attestation }
}

const digests = async (list: AsyncIterable<{ digest: string }>) =>
  (await all(list)).map(({ digest }) => digest).sort()

describe('referrers() and hasReferrer()', () => {
  test('are about the image itself, its platforms, or all of them', async () => {
    const { app, own, ofAmd, ofArm, attestation } = await multi()
    const platforms = [ofAmd.digest, ofArm.digest, attestation.digest]
    expect(await digests(referrers(app, 'multi'))).toEqual([own.digest])
    expect(await digests(referrers(app, 'multi', { scope: 'index' }))).toEqual([own.digest])
    expect(await digests(referrers(app, 'multi', { scope: 'platform' }))).toEqual(platforms.sort())
    expect(await digests(referrers(app, 'multi', { scope: 'all' }))).toEqual(
      [...platforms, own.digest].sort(),
    )
    expect(await hasReferrer(app, 'multi', sbom)).toBe(false)
    expect(await hasReferrer(app, 'multi', { ...sbom, scope: 'platform' })).toBe(true)
    expect(await hasReferrer(app, 'multi', { ...sbom, scope: 'all' })).toBe(true)
    const other = { artifactType: 'application/vnd.example.other' }
    expect(await hasReferrer(app, 'multi', { ...other, scope: 'all' })).toBe(false)
  })

  test('are about one platform', async () => {
    const { app, arm, ofAmd, ofArm, attestation } = await multi()
    expect(await digests(referrers(app, 'multi', { platform: 'linux/amd64' }))).toEqual([
      ofAmd.digest,
    ])
    const strategies = [ociSubject(), buildkit()]
    const found = await all(referrers(app, 'multi', { platform: 'linux/arm64', strategies }))
    expect(found.map(({ digest }) => digest).sort()).toEqual(
      [ofArm.digest, attestation.digest].sort(),
    )
    expect(found.every(({ subject }) => subject.digest === arm.digest)).toBe(true)
    expect(await hasReferrer(app, 'multi', { ...sbom, platform: 'linux/arm64' })).toBe(true)
    expect(await hasReferrer(app, 'multi', { ...sbom, platform: 'linux/amd64' })).toBe(false)
    const none = hasReferrer(app, 'multi', { platform: 'linux/s390x' })
    await expect(none).rejects.toThrow('linux/s390x')
  })

  test('see what the image’s own index says about its platforms', async () => {
    const { app, arm, attestation } = await multi()
    const found = await all(referrers(app, 'multi', { scope: 'platform', strategy: buildkit() }))
    expect(found).toMatchObject([{ digest: attestation.digest, subject: { digest: arm.digest } }])
    const by = { scope: 'platform', strategy: digestTags() } as const
    expect(await hasReferrer(app, 'multi', by)).toBe(false)
  })

  test('are of an image without an index what they are without a scope', async () => {
    const { app, ofAmd } = await multi()
    for (const scope of ['platform', 'all'] as const) {
      expect(await digests(referrers(app, 'v1', { scope }))).toEqual([ofAmd.digest])
    }
  })

  test('never say "none" of an index that cannot be read', async () => {
    let hidden = ''
    const { app, index } = await multi((request, answer) =>
      hidden && request.url.endsWith(`/manifests/${hidden}`)
        ? new Response('', { status: 404 })
        : answer(),
    )
    hidden = index.digest
    for (const scope of ['platform', 'all'] as const) {
      const artifactType = 'application/vnd.example.other'
      const asked = hasReferrer(app, index.digest, { scope, artifactType })
      await expect(asked).rejects.toMatchObject({ status: 404 })
      await expect(all(referrers(app, index.digest, { scope }))).rejects.toMatchObject({
        status: 404,
      })
    }
    // What is there is a yes.
    expect(await hasReferrer(app, index.digest, { ...note, scope: 'all' })).toBe(true)
  })

  test.each([
    [{ scope: undefined }, 'scope'],
    [{ scope: 'platforms' }, 'scope'],
    [{ platform: undefined }, 'platform'],
    [{ platform: '' }, 'platform'],
    [{ platform: 'linux' }, 'platform'],
    [{ platform: 'linux/amd64', scope: 'all' }, 'scope'],
    [{ platfrom: 'linux/amd64' }, 'platfrom'],
  ])('refuse %o before any request', async (options, path) => {
    const { app, lines } = await setUp()
    const refused = { name: 'InvalidInputError', path }
    await expect(hasReferrer(app, 'v1', options as object)).rejects.toMatchObject(refused)
    expect(() => referrers(app, 'v1', options as object)).toThrow(expect.objectContaining(refused))
    expect(lines).toEqual([])
  })
})
