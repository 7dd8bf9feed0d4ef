import { describe, expect, test } from 'vitest'
import { attach, detach, hasReferrer, referrers, sibling } from '../../../src/index.ts'
import { parseManifest } from '../../../src/model/manifest.ts'
import { referrersTag } from '../../../src/model/referrers-tag.ts'
import { getBlobBytes, getManifest, listTags, pushBlob } from '../../../src/registry/index.ts'
import { cosignTags } from '../../../src/strategies/index.ts'
import { all } from '../../_image.ts'
import { setUp } from '../_bent.ts'

const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json'
const annotations = { 'dev.cosignproject.cosign/signature': 'MEUC' }
const signed = {
  artifactType: mediaType,
  blobs: [{ data: '{"critical":{}}', mediaType, annotations }],
}

describe('a prefix', () => {
  const strategy = cosignTags({ prefix: 'test-' })

  test('is what the tag begins with, as cosign’s --attachment-tag-prefix', async () => {
    const { app, subject } = await setUp()
    await attach(app, 'v1', signed, { strategy, settle: 0 })
    expect(await all(listTags(app))).toContain(`test-${referrersTag(subject.digest)}.sig`)
    expect(await hasReferrer(app, 'v1', { strategy })).toBe(true)
    expect(await hasReferrer(app, 'v1', { strategy: cosignTags() })).toBe(false)
    const [found] = await all(referrers(app, 'v1', { strategy }))
    expect(strategy.from!(found!.via[0]!).options).toEqual({ prefix: 'test-', suffix: 'sig' })
    await detach(app, 'v1', found!, { strategy, settle: 0 })
    expect(await hasReferrer(app, 'v1', { strategy })).toBe(false)
  })

  test.each(['-a', 'a/b', 'a b', '', 7])('refuses %o where it makes no tag', (prefix) => {
    const make = () => cosignTags({ prefix: prefix as string })
    if (prefix === '') expect(make).not.toThrow()
    else expect(make).toThrow('prefix')
  })

  test.each([
    [52, undefined],
    [53, 'sig'],
    [17, 's'.repeat(39)],
  ])('may have %d characters with the suffix %s, and one more is refused', async (most, suffix) => {
    const make = (length: number) => cosignTags({ prefix: 'p'.repeat(length), suffix })
    expect(() => make(most + 1)).toThrow(`"prefix" must be at most ${most} characters`)
    const { app } = await setUp()
    await attach(app, 'v1', signed, { strategy: make(most), settle: 0 })
    expect(await hasReferrer(app, 'v1', { strategy: make(most) })).toBe(true)
  })
})

describe('another repository', () => {
  test('has the tags and their layers, as with COSIGN_REPOSITORY', async () => {
    const { app, subject } = await setUp()
    const signatures = sibling(app, 'team/signatures')
    const strategy = cosignTags({ repository: signatures })
    const { layers } = await attach(app, 'v1', signed, { strategy, settle: 0 })
    const tag = `${referrersTag(subject.digest)}.sig`
    expect(await all(listTags(signatures))).toEqual([tag])
    expect(await all(listTags(app))).toEqual(['v1'])
    const { bytes, descriptor } = await getManifest(signatures, tag)
    const manifest = parseManifest(bytes, descriptor.mediaType)
    expect('layers' in manifest && manifest.layers).toMatchObject(layers!)
    expect(new TextDecoder().decode(await getBlobBytes(signatures, layers![0]!))).toContain(
      'critical',
    )

    const [found] = await all(referrers(app, 'v1', { strategy }))
    expect(found).toMatchObject({ digest: descriptor.digest, subject: { digest: subject.digest } })
    expect(await hasReferrer(app, 'v1', { strategy: cosignTags() })).toBe(false)
    await detach(app, 'v1', found!, { strategy, settle: 0 })
    expect(await hasReferrer(app, 'v1', { strategy })).toBe(false)
  })

  test('is named in the options of the strategy', async () => {
    const { app } = await setUp()
    expect(cosignTags({ repository: app }).options).toEqual({
      repository: 'registry.test/team/app',
    })
    expect(() => cosignTags({ repository: {} as never })).toThrow(TypeError)
  })
})

test('a sha512 subject, whose tag holds a part of its digest, is never confirmed, and the loss is named', async () => {
  const { app } = await setUp()
  const [one, two] = ['1', '2'].map((end) => `sha512:${'0'.repeat(127)}${end}`)
  await pushBlob(app, '{}')
  const strategy = cosignTags()
  const attached = await attach(app, one!, signed, { strategy, settle: 0 })
  expect(attached.confirmed).toBe(false)
  expect(attached.losses).toContainEqual({
    field: 'subject',
    reason: expect.stringContaining('64 characters'),
  })
  for (const subject of [one, two]) {
    expect(await all(referrers(app, subject!, { strategy }))).toMatchObject([{ confirmed: false }])
  }
})
