// What is peculiar to proposal C: types and annotations in a description, objects of any kind, and
// what is left of a node where there are none.
import { describe, expect, test } from 'vitest'
import type { EmbeddedRegistryOptions } from '../../../src/embedded/index.ts'
import {
  attach,
  type Descriptor,
  detach,
  hasReferrer,
  parseManifest,
  referrers,
} from '../../../src/index.ts'
import { nodeDescription, nodeObjects } from '../../../src/proposals/index.ts'
import { getManifest, pushBlob } from '../../../src/registry/index.ts'
import { nodeManifest } from '../../../src/strategies/index.ts'
import { all, pushImage } from '../../_image.ts'
import { bytesOf, vector } from '../../model/_vectors.ts'
import { absentAnswers, answerTo, failures, pushDocument, setUp } from '../_bent.ts'

const strategy = nodeManifest()
const NODE = 'application/vnd.oci.node.v1+json'
const DESCRIPTION = 'org.opencontainers.node.description'
const noNodes: EmbeddedRegistryOptions = { nodeApi: false }

const note = (text: string) => ({
  artifactType: 'application/vnd.example.note',
  annotations: { text },
})
const json = (data: string) => ({ data, mediaType: 'application/json' })

describe('describe()', () => {
  test.each(['c-node', 'c-node-ingredients', 'c-node-product'])(
    'makes the proposal’s example %s, byte for byte',
    (name) => {
      const { document } = vector(name)
      const { description, objects, reference } = document as never as {
        description: string
        objects: Descriptor[]
        reference: Descriptor
      }
      const artifact = { artifactType: objects[0]!.mediaType, blobs: objects }
      const told = nodeManifest({ description: () => description })
      expect(bytesOf(told.describe(reference, artifact))).toEqual(bytesOf(document))
      const given = nodeManifest({ description: () => description, objects })
      expect(bytesOf(given.describe(reference, { ...artifact, blobs: [] }))).toEqual(
        bytesOf(document),
      )
    },
  )

  test('writes text, type and annotations into the description', () => {
    const { reference, objects } = vector('c-node').document as never
    const artifact = { artifactType: 'a/b', blobs: objects, annotations: { key: 'value' } }
    const node = nodeManifest({ description: 'For people' }).describe(reference, artifact)
    expect(node).toMatchObject({
      description: 'For people\n{"artifactType":"a/b","annotations":{"key":"value"}}',
    })
    expect(strategy.describe(reference, { artifactType: 'a/b', blobs: [] })).toMatchObject({
      description: '{"artifactType":"a/b"}',
      objects: [],
    })
    const none = nodeManifest({ description: () => '' }).describe(reference, artifact)
    expect(none).not.toHaveProperty('description')
  })

  test('keeps the order of objects: those given, blobs, config', () => {
    const { reference, objects } = vector('c-node-product').document as never
    const [one, two, three] = objects as Descriptor[]
    const artifact = { artifactType: 'a/b', blobs: [two!], config: three! }
    const node = nodeManifest({ objects: [one!] }).describe(reference, artifact)
    expect(node).toMatchObject({ objects: [one, two, three] })
  })

  test('refuses a node among the objects, before any request', async () => {
    const { app, subject, lines } = await setUp()
    const node = { ...subject, mediaType: NODE }
    const refused = (path: string) => ({ code: 'INVALID_INPUT', path })
    const objects = nodeManifest({ objects: [subject, node] })
    await expect(attach(app, 'v1', note('x'), { strategy: objects })).rejects.toMatchObject(
      refused('options.objects[1].mediaType'),
    )
    const blobs = [{ data: '{}', mediaType: NODE }]
    await expect(attach(app, 'v1', { ...note('x'), blobs }, { strategy })).rejects.toMatchObject(
      refused('artifact.blobs[0].mediaType'),
    )
    expect(lines).toEqual([])
  })
})

describe('a node', () => {
  test('has blobs and manifests that are there already as its objects', async () => {
    const { app, subject } = await setUp()
    const image = await pushImage(app, 'other', 'other')
    const blob = await pushBlob(app, 'here', { mediaType: 'text/plain' })
    const given = nodeManifest({ objects: [image, blob] })
    const blobs = [json('{"new":1}')]
    const { digest } = await attach(app, subject, { ...note('x'), blobs }, { strategy: given })
    const objects = await nodeObjects(app, digest)
    expect(objects.map(({ mediaType }) => mediaType)).toEqual([
      image.mediaType,
      'text/plain',
      'application/json',
    ])
    const gone = { ...image, digest: `sha256:${'0'.repeat(64)}` } as Descriptor
    const missing = nodeManifest({ objects: [gone] })
    await expect(attach(app, subject, note('y'), { strategy: missing })).rejects.toMatchObject({
      status: 400,
    })
  })

  test('is listed with type and annotations out of its description, in 1 request whatever is filtered', async () => {
    const { app, subject, lines } = await setUp()
    const told = nodeManifest({ description: 'For people' })
    const one = await attach(app, subject, note('one'), { strategy: told })
    await attach(app, subject, { ...note('two'), artifactType: 'application/other' }, { strategy })
    expect(one).toMatchObject({
      artifactType: note('').artifactType,
      annotations: { text: 'one', [DESCRIPTION]: 'For people' },
      via: [{ strategy: 'node-manifest', source: 'nodes-api', kept: 'registry' }],
    })
    for (const filter of [
      { artifactType: one.artifactType! },
      { annotations: { text: 'one' } },
      { artifactType: one.artifactType!, annotations: { [DESCRIPTION]: 'For people' } },
    ]) {
      lines.length = 0
      const found = await all(referrers(app, subject.digest, { strategy, ...filter }))
      expect(found).toEqual([
        { ...one, annotations: one.annotations, subject: { digest: subject.digest } },
      ])
      expect(lines).toEqual([`GET /v3/team/app/referrers/${subject.digest}`])
    }
    expect(await nodeDescription(app, one.digest)).toBe(
      'For people\n{"artifactType":"application/vnd.example.note","annotations":{"text":"one"}}',
    )
  })

  test('of another writer is of its first object’s type, which is read only where a filter needs it', async () => {
    const { app, subject, lines, straight } = await setUp()
    const blob = await pushBlob(straight, 'x', { mediaType: 'text/x-topping' })
    const base = { schemaVersion: 3, mediaType: NODE, objects: [blob], reference: subject }
    const told = await pushDocument(straight, { ...base, description: 'Sprinkles' })
    const bare = await pushDocument(straight, base)
    expect(await all(referrers(app, subject.digest, { strategy }))).toHaveLength(2)
    expect(lines).toHaveLength(1)
    const artifactType = 'text/x-topping'
    const found = await all(referrers(app, subject.digest, { strategy, artifactType }))
    expect(found.map(({ digest }) => digest).sort()).toEqual([told.digest, bare.digest].sort())
    expect(lines).toHaveLength(4)
    const annotations = { [DESCRIPTION]: 'Sprinkles' }
    const one = await all(referrers(app, subject.digest, { strategy, annotations }))
    expect(one.map(({ digest }) => digest)).toEqual([told.digest])
    expect(lines).toHaveLength(6)
  })

  test('is read where the registry does not list descriptions', async () => {
    const { app, straight, subject, lines, warnings } = await setUp({}, async (request, answer) => {
      const response = await answer()
      if (!request.url.includes('/v3/team/app/referrers/')) return response
      const { referrers } = (await response.json()) as { referrers: Descriptor[] }
      // Nothing refers to itself.
      const bare = referrers.map(({ annotations, ...entry }) => entry)
      return Response.json({ referrers: [...bare, subject] })
    })
    const one = await attach(straight, subject, note('one'), { strategy })
    await attach(straight, subject, note('two'), { strategy })
    expect(await all(referrers(app, subject.digest, { strategy }))).toHaveLength(2)
    expect(lines).toHaveLength(1)
    const found = await all(
      referrers(app, subject.digest, { strategy, annotations: { text: 'one' } }),
    )
    expect(found).toMatchObject([{ digest: one.digest, artifactType: one.artifactType }])
    expect(lines).toHaveLength(4)
    expect(warnings).toEqual([])
  })

  test('is left out with a warning where it is verified, and is gone or refers to something else', async () => {
    const other = { digest: '' }
    const { app, straight, subject, warnings } = await setUp({}, (request, answer) => {
      if (!request.url.includes('/v3/team/app/referrers/')) return answer()
      const gone = { ...subject, mediaType: NODE, digest: `sha256:${'0'.repeat(64)}` }
      return Response.json({ referrers: [gone, { ...subject, mediaType: NODE, ...other }] })
    })
    const image = await pushImage(straight, 'other', 'other')
    other.digest = (await attach(straight, image, note('x'), { strategy })).digest
    expect(await all(referrers(app, subject.digest, { strategy, verify: true }))).toEqual([])
    expect(warnings).toHaveLength(2)
    for (const problem of ['is gone', 'does not refer to it'])
      expect(warnings).toContainEqual(expect.stringContaining(problem))
  })

  test('is not deleted by who means another subject’s', async () => {
    const { app, subject } = await setUp()
    const image = await pushImage(app, 'other', 'other')
    const { digest } = await attach(app, image, note('x'), { strategy })
    for (const referrer of [digest, subject.digest]) {
      await expect(detach(app, subject, referrer, { strategy })).rejects.toMatchObject({
        path: 'referrer',
      })
    }
    expect(await all(referrers(app, image, { strategy }))).toHaveLength(1)
  })
})

test('a node that the registry refuses to delete stays linked, and that is an error', async () => {
  const { app, subject } = await setUp({}, (request, answer) =>
    request.method === 'DELETE' ? new Response('', { status: 405 }) : answer(),
  )
  const { digest } = await attach(app, subject, note('x'), { strategy })
  await expect(detach(app, subject, digest, { strategy })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    missing: ['delete'],
  })
  expect(await all(referrers(app, subject, { strategy }))).toMatchObject([{ digest }])
})

describe('a registry without nodes', () => {
  test('gets no tags of objects from who did not ask for them', async () => {
    const { app, subject, lines } = await setUp(noNodes)
    const artifact = { ...note('x'), blobs: [json('{}')] }
    await expect(attach(app, subject, artifact, { strategy })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
    expect(lines.filter((line) => line.startsWith('PUT /manifests/'))).toEqual([])
  })

  const refused = {
    code: 'UNSUPPORTED',
    strategy: 'node-manifest',
    missing: ['nodesApi'],
    alternatives: expect.arrayContaining(['oci-subject', 'digest-tags']),
    message: expect.stringContaining('oci-subject'),
  }

  test.each([
    ['the embedded one with nodeApi: false', noNodes],
    ['docker-registry 2.8', { profile: 'distribution2' }],
    ['distribution 3', { profile: 'distribution3' }],
    ['olareg', { profile: 'olareg' }],
    ['crane’s, which takes any manifest', { profile: 'ggcr' }],
  ] as const)('is an error that names other strategies: %s', async (_, options) => {
    const { app, another, lines } = await setUp(options)
    await expect(attach(app, 'v1', note('x'), { strategy })).rejects.toMatchObject(refused)
    expect(app.capabilities.nodesApi).toBe('unsupported')
    lines.length = 0
    await expect(attach(app, 'v1', note('x'), { strategy })).rejects.toMatchObject(refused)
    await expect(all(referrers(app, 'v1', { strategy }))).rejects.toMatchObject(refused)
    expect(lines.filter((line) => /v3|PUT/.test(line))).toEqual([])
    const reader = another()
    await expect(hasReferrer(reader, 'v1', { strategy })).rejects.toMatchObject(refused)
    expect(reader.capabilities.nodesApi).toBe('unsupported')
  })

  test.each(absentAnswers)('is told by %s, and never as "none"', async (_, body, init) => {
    const { app } = await setUp({}, answerTo('/v3/', body, init))
    await expect(all(referrers(app, 'v1', { strategy }))).rejects.toThrow()
    await expect(hasReferrer(app, 'v1', { strategy })).rejects.toThrow()
  })

  test.each([...failures, 504])('is not told by %i, nor is "none"', async (status) => {
    const { app } = await setUp({}, answerTo('/v3/', '', { status }))
    for (const ask of [
      () => hasReferrer(app, 'v1', { strategy }),
      () => attach(app, 'v1', note('x'), { strategy }),
    ]) {
      await expect(ask()).rejects.toThrow()
      await expect(ask()).rejects.not.toMatchObject({ code: 'UNSUPPORTED' })
    }
    expect(app.capabilities.nodesApi).toBe('unknown')
  })

  test('is not one that takes nodes below /v2 alone, as the proposal’s text has it', async () => {
    const { app, lines } = await setUp({}, (request, answer) =>
      request.method === 'PUT' && request.url.includes('/v3/')
        ? new Response('404 page not found', { status: 404 })
        : answer(),
    )
    const { digest, confirmed } = await attach(app, 'v1', note('x'), { strategy })
    expect(confirmed).toBe(true)
    expect(lines.filter((line) => /^PUT|\/v3\//.test(line))).toEqual([
      `PUT /v3/team/app/manifests/${digest}`,
      'GET /v3/',
      `PUT /manifests/${digest}`,
    ])
  })

  test.each([
    [400, '{"errors":[{"code":"MANIFEST_INVALID"}]}'],
    [415, ''],
  ])('is one that has the paths and refuses the type by %i %s', async (status, body) => {
    const { app } = await setUp({}, (request, answer) =>
      request.method === 'PUT' && request.headers.get('content-type') === NODE
        ? new Response(body, { status })
        : answer(),
    )
    await expect(attach(app, 'v1', note('x'), { strategy })).rejects.toMatchObject(refused)
  })
})

describe('degrade', () => {
  const strategy = nodeManifest({ description: 'For people', degrade: true })

  test('changes nothing where there are nodes', async () => {
    const { app } = await setUp()
    const attached = await attach(app, 'v1', note('x'), { strategy })
    expect(attached).toMatchObject({ mediaType: NODE, confirmed: true })
    expect(attached).not.toHaveProperty('losses')
  })

  test('pushes each object with a tag of its own, and tells what is lost', async () => {
    const { app, straight, subject } = await setUp({ profile: 'distribution2' })
    const image = await pushImage(straight, 'other', 'other')
    const told = nodeManifest({ description: 'For people', degrade: true, objects: [image] })
    const artifact = { ...note('x'), blobs: [json('{"a":1}'), json('{"b":2}')] }
    const attached = await attach(app, 'v1', artifact, { strategy: told, tags: ['mine'] })
    const tags = attached.reason!.match(/object-sha256-[0-9a-f]{64}/g)!
    expect(tags).toHaveLength(3)
    const contents = await Promise.all(tags.map((tag) => getManifest(straight, tag)))
    expect(contents[0]!.descriptor.digest).toBe(image.digest)
    expect(attached).toMatchObject({
      digest: image.digest,
      subject: { digest: subject.digest },
      confirmed: false,
      via: [{ strategy: 'node-manifest', source: 'object-tags', kept: 'tag' }],
      losses: [
        { field: 'subject', reason: expect.stringContaining(subject.digest) },
        {
          field: 'description',
          reason: expect.stringMatching(/For people\n.*vnd\.example\.note/),
        },
      ],
    })
    for (const { bytes, descriptor } of contents.slice(1)) {
      expect(parseManifest(bytes, descriptor.mediaType)).toMatchObject({
        artifactType: 'application/vnd.example.note',
        layers: [{ mediaType: 'application/json' }],
      })
    }
    expect((await getManifest(straight, 'mine')).descriptor.digest).toBe(image.digest)
    // Again changes nothing.
    expect(await attach(app, 'v1', artifact, { strategy: told })).toMatchObject({
      digest: attached.digest,
      reason: attached.reason,
    })
  })

  test('refuses what has no objects: nothing of it could be kept', async () => {
    const { app } = await setUp(noNodes)
    await expect(attach(app, 'v1', note('x'), { strategy })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
  })

  test('lists nothing all the same, and says why', async () => {
    const { app } = await setUp(noNodes)
    await attach(app, 'v1', { ...note('x'), blobs: [json('{}')] }, { strategy })
    await expect(all(referrers(app, 'v1', { strategy }))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    })
  })
})
