// What is peculiar to cosign's tags: its own shapes, byte for byte, and tags that anybody can write.
import { describe, expect, test } from 'vitest'
import {
  attach,
  type Descriptor,
  type Digest,
  digestOf,
  hasReferrer,
  parseManifest,
  type Repository,
  referrers,
  repository,
} from '../../../src/index.ts'
import { getBlobBytes, getManifest, pushBlob, putManifest } from '../../../src/registry/index.ts'
import { cosignTags, ociSubject } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import {
  attested,
  DSSE,
  IMAGE,
  readTag,
  recordedBytes,
  SIGNATURE,
  SIMPLE_SIGNING,
  SPDX,
  sbom,
  setUp,
  signed,
  tagOf,
  writeTag,
} from './_cosign.ts'

const strategy = cosignTags()
const alone = { strategy, settle: 0 }
const kinds = { sig: SIMPLE_SIGNING, att: DSSE, sbom: SPDX }
const subject = { digest: await digestOf(recordedBytes('subject')) }

const recordedManifest = (suffix: string) => {
  const manifest = parseManifest(recordedBytes(`cosign3-${suffix}`), IMAGE)
  return manifest as Extract<typeof manifest, { layers: unknown }>
}

describe('what cosign wrote', () => {
  /** A registry that holds nothing but the recorded manifests. */
  function recordedRegistry() {
    const asked: string[] = []
    const app = repository('registry.test/team/app', {
      async fetch(request) {
        const tag = new URL(request.url).pathname.split('/').at(-1)!
        asked.push(tag)
        const [prefix, suffix] = tag.split('.')
        const known = prefix === subject.digest.replace(':', '-') && suffix! in kinds
        if (!known) return new Response('{}', { status: 404 })
        return new Response(new Uint8Array(recordedBytes(`cosign3-${suffix}`)), {
          headers: { 'content-type': IMAGE },
        })
      },
    })
    return { app, asked }
  }

  test('is found: a referrer for each suffix, with its layers and their annotations', async () => {
    const { app, asked } = recordedRegistry()
    const found = await all(referrers(app, subject.digest, { strategy }))
    expect(asked.map((tag) => tag.split('.')[1])).toEqual(['sig', 'att', 'sbom'])
    expect(found).toEqual(
      await Promise.all(
        Object.entries(kinds).map(async ([suffix, artifactType]) => {
          const bytes = recordedBytes(`cosign3-${suffix}`)
          const { layers } = recordedManifest(suffix)
          const { annotations } = layers[0]!
          return {
            mediaType: IMAGE,
            digest: await digestOf(bytes),
            size: bytes.byteLength,
            artifactType,
            ...(annotations && { annotations }),
            subject,
            via: [{ strategy: 'cosign-tags', source: suffix, kept: 'tag' }],
            confirmed: true,
            layers,
          }
        }),
      ),
    )
  })

  test('is asked for at one tag when the suffix is given', async () => {
    const { app, asked } = recordedRegistry()
    const found = await all(
      referrers(app, subject.digest, { strategy: cosignTags({ suffix: 'att' }) }),
    )
    expect(found.map(({ artifactType }) => artifactType)).toEqual([DSSE])
    expect(asked).toEqual([tagOf(subject, 'att')])
  })

  test('is found by type and by a layer’s annotation', async () => {
    const { app } = recordedRegistry()
    const types = async (filter: object) =>
      (await all(referrers(app, subject.digest, { strategy, ...filter }))).map(
        (r) => r.artifactType,
      )
    expect(await types({ artifactType: SIMPLE_SIGNING })).toEqual([SIMPLE_SIGNING])
    expect(await types({ annotations: { predicateType: 'https://spdx.dev/Document' } })).toEqual([
      DSSE,
    ])
    expect(await types({ artifactType: SPDX, annotations: { predicateType: 'x' } })).toEqual([])
  })

  test.each(Object.keys(kinds))('is what describe() builds, byte for byte: .%s', async (suffix) => {
    const { layers } = recordedManifest(suffix)
    const blobs = layers.map(({ mediaType, digest, size, annotations }): Descriptor => {
      // cosign adds the empty signature of an attestation by itself; so do we.
      const { predicateType } = annotations ?? {}
      const own = predicateType ? { predicateType } : annotations
      return { mediaType, digest, size, ...(own && { annotations: own }) }
    })
    const artifactType = kinds[suffix as keyof typeof kinds]
    const manifest = await strategy.describe(subject, { artifactType, blobs })
    expect(JSON.stringify(manifest)).toBe(recordedBytes(`cosign3-${suffix}`).toString())
  })

  test('is what attach() leaves at the tag, with the config that cosign wrote', async () => {
    const { app } = await setUp()
    const signature = recordedManifest('sig').layers[0]!.annotations![SIGNATURE]!
    const payload = recordedBytes('cosign3-sig-payload').toString()
    const attached = await attach(app, subject.digest, signed(signature, payload), alone)
    const stored = await getManifest(app, tagOf(subject, 'sig'))
    expect(new TextDecoder().decode(stored.bytes)).toBe(recordedBytes('cosign3-sig').toString())
    expect(attached).toEqual({
      ...stored.descriptor,
      artifactType: SIMPLE_SIGNING,
      annotations: { [SIGNATURE]: signature },
      subject,
      via: [{ strategy: 'cosign-tags', source: 'sig', kept: 'tag' }],
      confirmed: true,
      layers: recordedManifest('sig').layers,
    })
    const { config } = recordedManifest('sig')
    expect((await getBlobBytes(app, config)).byteLength).toBe(233)
  })
})

describe('where an artifact goes', () => {
  const types = {
    sig: ['application/vnd.dev.cosign.artifact.sig.v1+json', SIMPLE_SIGNING],
    att: [
      DSSE,
      'application/vnd.in-toto+json',
      'application/vnd.in-toto.bundle',
      'application/vnd.dev.cosign.artifact.att.v1+json',
    ],
    sbom: [
      SPDX,
      'text/spdx',
      'application/spdx+json',
      'application/vnd.cyclonedx+json',
      'application/vnd.cyclonedx+xml',
      'application/vnd.syft+json',
      'application/vnd.dev.cosign.artifact.sbom.v1+json',
    ],
  }
  const cases = Object.entries(types).flatMap(([suffix, list]) =>
    list.map((type) => [type, suffix] as const),
  )

  test.each(cases)('%s goes to .%s', async (type, suffix) => {
    for (const [artifactType, mediaType] of [
      [type, 'application/json'],
      ['application/vnd.example', type],
    ] as const) {
      const { app } = await setUp()
      const annotations = { [SIGNATURE]: 'MEUC', predicateType: 'p' }
      const blobs = [{ data: '{}', mediaType, annotations }]
      const { via } = await attach(app, 'v1', { artifactType, blobs }, alone)
      expect(via).toEqual([{ strategy: 'cosign-tags', source: suffix, kept: 'tag' }])
    }
  })

  test('the content decides: an SBOM in an envelope is an attestation', async () => {
    const { app, subject } = await setUp()
    const artifact = { ...attested('https://spdx.dev/Document'), artifactType: SPDX }
    const attached = await attach(app, 'v1', artifact, alone)
    expect(attached.artifactType).toBe(DSSE)
    expect(attached.losses).toEqual([
      { field: 'artifactType', reason: expect.stringContaining(SPDX) },
    ])
    expect(await readTag(app, subject, 'att')).toBeDefined()
  })

  test('anything goes where the suffix says', async () => {
    const { app, subject } = await setUp()
    const own = cosignTags({ suffix: 'report' })
    const artifact = {
      artifactType: 'text/plain',
      blobs: [{ data: 'fine', mediaType: 'text/plain' }],
    }
    const { digest } = await attach(app, 'v1', artifact, { ...alone, strategy: own })
    expect((await getManifest(app, tagOf(subject, 'report'))).descriptor.digest).toBe(digest)
    expect(await hasReferrer(app, 'v1', { strategy: own })).toBe(true)
    expect(await hasReferrer(app, 'v1', { strategy })).toBe(false)
  })

  test.each(['a.b', '', 'x'.repeat(40), 'ä', '../v1'])('no tag ends in "%s"', (suffix) => {
    expect(() => cosignTags({ suffix })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', path: 'suffix' }),
    )
  })

  test.each([
    [
      'of a type that cosign does not keep',
      { artifactType: 'text/plain', blobs: [{ data: 'x', mediaType: 'text/plain' }] },
      'artifact.artifactType',
    ],
    [
      'with a config of its own',
      { ...sbom(), config: { data: '{}', mediaType: 'application/json' } },
      'artifact.config',
    ],
    [
      'that is a signature without one',
      {
        artifactType: SIMPLE_SIGNING,
        blobs: [...signed('MEUC').blobs, { data: 'x', mediaType: SIMPLE_SIGNING }],
      },
      `artifact.blobs[1].annotations["${SIGNATURE}"]`,
    ],
  ])('an artifact %s is refused before any request', async (_, artifact, path) => {
    const { app, lines } = await setUp()
    await expect(attach(app, 'v1', artifact, alone)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path,
    })
    expect(lines).toEqual([])
  })

  test('the tag of a sha512 is cut, since cosign’s would be too long for a tag', async () => {
    const { app } = await setUp()
    const sha512 = await digestOf(new Uint8Array(1), 'sha512')
    await attach(app, sha512, sbom(), alone)
    const tag = `sha512-${sha512.slice(7, 7 + 64)}.sbom`
    expect((await getManifest(app, tag)).descriptor.mediaType).toBe(IMAGE)
  })
})

describe('layers', () => {
  test('have the artifact’s annotations and their own, which come first', async () => {
    const { app, subject } = await setUp()
    const artifact = {
      artifactType: SPDX,
      annotations: { b: 'artifact', a: 'artifact' },
      blobs: [
        { data: 'one', mediaType: SPDX, annotations: { b: 'blob', c: 'blob' } },
        { data: 'two', mediaType: 'application/json' },
      ],
    }
    const attached = await attach(app, 'v1', artifact, alone)
    const { layers } = (await readTag(app, subject, 'sbom'))!
    expect(layers.map(({ annotations }) => ({ ...annotations }))).toEqual([
      { a: 'artifact', b: 'blob', c: 'blob' },
      { a: 'artifact', b: 'artifact' },
    ])
    expect(layers.map(({ mediaType }) => mediaType)).toEqual([SPDX, 'application/json'])
    // Of the referrer: what all its layers have.
    expect(attached.annotations).toEqual({ a: 'artifact' })
  })

  test('of an attestation get the predicate type of the statement in the envelope', async () => {
    const { app, subject, lines } = await setUp()
    const statement = { predicateType: 'https://slsa.dev/provenance/v1', more: '>>>???~~~' }
    const payload = btoa(JSON.stringify(statement)).replaceAll('+', '-').replaceAll('/', '_')
    expect(payload).toMatch(/[-_]/)
    const envelope = JSON.stringify({ payloadType: 'application/vnd.in-toto+json', payload })
    await attach(app, 'v1', attested(undefined, envelope), alone)
    await attach(app, 'v1', attested(undefined, JSON.stringify(statement)), alone)
    expect(lines.filter((line) => line.startsWith('GET /blobs/'))).toHaveLength(2)
    const { layers } = (await readTag(app, subject, 'att'))!
    for (const { annotations } of layers) {
      expect({ ...annotations }).toEqual({
        [SIGNATURE]: '',
        predicateType: 'https://slsa.dev/provenance/v1',
      })
    }
    expect(layers).toHaveLength(2)
  })

  test('of an attestation keep what the caller says, unread', async () => {
    const { app, subject, lines } = await setUp()
    await attach(app, 'v1', attested('https://example.com/mine', 'no envelope'), alone)
    expect(lines.filter((line) => line.startsWith('GET /blobs/'))).toEqual([])
    expect((await readTag(app, subject, 'att'))!.layers[0]!.annotations).toMatchObject({
      predicateType: 'https://example.com/mine',
    })
  })

  test.each([
    'no JSON',
    'null',
    '[]',
    '{}',
    '{"payload":"%%%"}',
    '{"payload":"e30="}',
    '{"payload":"eA=="}',
  ])(
    'of an attestation that holds no statement get no predicate type, and a warning: %s',
    async (envelope) => {
      const { app, subject, warnings } = await setUp()
      await attach(app, 'v1', attested(undefined, envelope), alone)
      const { annotations } = (await readTag(app, subject, 'att'))!.layers[0]!
      expect({ ...annotations }).toEqual({ [SIGNATURE]: '' })
      expect(warnings).toEqual([expect.stringContaining('no in-toto statement')])
    },
  )

  test('are filtered: a referrer shows those that pass', async () => {
    const { app } = await setUp()
    await attach(app, 'v1', attested('https://example.com/a', 'one'), alone)
    await attach(app, 'v1', attested('https://example.com/b', 'two'), alone)
    const [both] = await all(referrers(app, 'v1', { strategy }))
    expect(both!.layers).toHaveLength(2)
    expect({ ...both!.annotations }).toEqual({ [SIGNATURE]: '' })
    const annotations = { predicateType: 'https://example.com/b' }
    const [one, ...others] = await all(referrers(app, 'v1', { strategy, annotations }))
    expect(others).toEqual([])
    expect(one).toMatchObject({ digest: both!.digest, layers: [both!.layers![1]], annotations })
  })
})

describe('a tag that anybody can write', () => {
  const put = async (repo: Repository, at: { digest: Digest }, bytes: string, type = IMAGE) => {
    const options = { mediaType: type }
    await putManifest(repo, tagOf(at, 'sig'), new TextEncoder().encode(bytes), options)
  }
  const foreign: Record<string, (repo: Repository, at: Descriptor) => Promise<void>> = {
    'the subject itself': async (repo, at) => {
      const { bytes } = await getManifest(repo, at.digest)
      await put(repo, at, new TextDecoder().decode(bytes))
    },
    'an image': async (repo, at) => {
      await pushImage(repo, tagOf(at, 'sig'), 'other')
    },
    'an index': async (repo, at) => {
      const type = 'application/vnd.oci.image.index.v1+json'
      const index = { schemaVersion: 2, mediaType: type, manifests: [at] }
      await put(repo, at, JSON.stringify(index), type)
    },
    'an artifact of another tool': async (repo, at) => {
      const mediaType = 'application/vnd.cncf.helm.config.v1+json'
      const config = await pushBlob(repo, '{"name":"chart"}', { mediaType })
      await writeTag(repo, at, 'sig', { config })
    },
    'a referrer of another image': async (repo, at) => {
      const other = await pushImage(repo, 'v2', 'other')
      await writeTag(repo, at, 'sig', { subject: other })
    },
  }

  test.each(Object.entries(foreign))(
    'and holds %s is left alone, and read as nothing with a warning',
    async (_, write) => {
      const { app, straight, subject, warnings } = await setUp()
      await write(straight, subject)
      const before = await getManifest(straight, tagOf(subject, 'sig'))
      await attach(straight, 'v1', sbom(), alone)

      const found = await all(referrers(app, 'v1', { strategy }))
      expect(found.map(({ artifactType }) => artifactType)).toEqual([SPDX])
      expect(warnings).toEqual([expect.stringContaining(tagOf(subject, 'sig'))])
      await expect(attach(app, 'v1', signed('MEUC'), alone)).rejects.toMatchObject({
        code: 'CONFLICT',
        tag: tagOf(subject, 'sig'),
        message: expect.stringContaining('left as it is'),
      })
      const after = await getManifest(straight, tagOf(subject, 'sig'))
      expect(after.descriptor.digest).toBe(before.descriptor.digest)
    },
  )

  test('and holds the subject is left alone, also when that is a manifest of cosign’s', async () => {
    const { app, straight, warnings } = await setUp()
    const signature = await attach(straight, 'v1', signed('MEUC'), alone)
    const { bytes } = await getManifest(straight, signature.digest)
    await put(straight, signature, new TextDecoder().decode(bytes))
    expect(await all(referrers(app, signature.digest, { strategy }))).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('the subject itself')])
    await expect(attach(app, signature.digest, signed('MEUD'), alone)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['a digest that is none', '{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"x"}}'],
    ['both layers and manifests', '{"schemaVersion":2,"layers":[],"manifests":[]}'],
    ['another type than announced', '{"schemaVersion":2,"mediaType":"a/b"}'],
    ['annotations that are no map of strings', '{"schemaVersion":2,"annotations":{"a":1}}'],
  ])('and holds %s costs itself alone, with a warning', async (_, body) => {
    const { app, straight, warnings } = await setUp({}, async (request, answer) => {
      if (request.method !== 'GET' || !request.url.endsWith('.sig')) return answer()
      return new Response(body, { headers: { 'content-type': IMAGE } })
    })
    await attach(straight, 'v1', sbom(), alone)
    expect(await all(referrers(app, 'v1', { strategy }))).toHaveLength(1)
    expect(warnings).toEqual([expect.stringContaining('broken')])
    await expect(attach(app, 'v1', signed('MEUC'), alone)).rejects.toMatchObject({
      code: 'CONFLICT',
    })
  })

  test('has keys like __proto__ that are only ever keys', async () => {
    const { app, straight, subject } = await setUp()
    await attach(straight, 'v1', signed('MEUC'), alone)
    const { bytes } = await getManifest(straight, tagOf(subject, 'sig'))
    const text = new TextDecoder().decode(bytes)
    await put(straight, subject, text.replace('"annotations":{', '"annotations":{"__proto__":"x",'))

    const [found] = await all(referrers(app, 'v1', { strategy }))
    expect(Object.keys(found!.annotations!).sort()).toEqual(['__proto__', SIGNATURE])
    expect(({} as Record<string, unknown>)[SIGNATURE]).toBeUndefined()
    expect(await hasReferrer(app, 'v1', { strategy, annotations: { toString: 'x' } })).toBe(false)
    await attach(app, 'v1', signed('MEUD'), alone)
    const { layers } = (await readTag(straight, subject, 'sig'))!
    expect(layers.map(({ annotations }) => Object.keys(annotations!).length)).toEqual([2, 1])
  })

  test('with thousands of layers and annotations is read in no time', async () => {
    const annotations: Record<string, string> = {}
    for (let i = 0; i < 60_000; i++) annotations[`key ${i}`] = 'value'
    const layer = recordedManifest('sig').layers[0]!
    const body = JSON.stringify({
      ...recordedManifest('sig'),
      layers: [{ ...layer, annotations }, ...Array.from({ length: 8000 }, () => layer)],
    })
    const { app } = await setUp({}, async (request, answer) => {
      if (!request.url.endsWith('.sig')) return answer()
      return new Response(body, { headers: { 'content-type': IMAGE } })
    })
    const start = performance.now()
    const [found] = await all(referrers(app, 'v1', { strategy }))
    expect(found!.layers).toHaveLength(8001)
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test.each([401, 403, 429, 500, 503])(
    'and answers %i is never "there are none"',
    async (status) => {
      const { app, straight } = await setUp({}, async (request, answer) =>
        request.url.endsWith('.att') ? new Response('', { status }) : answer(),
      )
      await attach(straight, 'v1', sbom(), alone)
      await expect(all(referrers(app, 'v1', { strategy }))).rejects.toThrow()
      // A match that was found is a yes, whatever the other tags are.
      expect(await hasReferrer(app, 'v1', { strategy })).toBe(true)
      const artifactType = 'application/vnd.dsse.envelope.v1+json'
      await expect(hasReferrer(app, 'v1', { strategy, artifactType })).rejects.toThrow()
    },
  )

  test('is not misread: what OCI 1.1 linked is no layer, and the other way round', async () => {
    for (const referrersApi of [true, false]) {
      const { app, subject } = await setUp({ referrersApi })
      const bySubject = await attach(app, 'v1', sbom('one'), { settle: 0 })
      const byTag = await attach(app, 'v1', sbom('two'), alone)
      const digests = async (by: typeof strategy) =>
        (await all(referrers(app, subject, { strategy: by }))).map(({ digest }) => digest)
      expect(await digests(ociSubject())).toEqual([bySubject.digest])
      expect(await digests(strategy)).toEqual([byTag.digest])
    }
  })

  test('may be one that OCI 1.1 links too: then it is the same referrer', async () => {
    const { app, straight, subject } = await setUp()
    const layer = await pushBlob(straight, '{}', { mediaType: SPDX })
    await writeTag(straight, subject, 'sbom', { subject, layers: [layer] })
    const [byTag] = await all(referrers(app, 'v1', { strategy }))
    const [bySubject] = await all(referrers(app, 'v1'))
    expect(byTag!.digest).toBe(bySubject!.digest)
  })
})
