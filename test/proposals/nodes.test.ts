// The endpoints of proposal C, and chains of nodes.
import { describe, expect, test } from 'vitest'
import type { Descriptor, Repository } from '../../src/index.ts'
import {
  nodeChain,
  nodeDescription,
  nodeObjects,
  nodeReference,
  nodeReferrers,
} from '../../src/proposals/index.ts'
import { deleteManifest, putManifest } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'
import { vector } from '../model/_vectors.ts'
import { answerTo, pushDocument, setUp } from '../strategies/_bent.ts'

const NODE = 'application/vnd.oci.node.v1+json'
const nowhere = `sha256:${'0'.repeat(64)}`

const pushNode = (repo: Repository, more: object, tag?: string) =>
  pushDocument(repo, { schemaVersion: 3, mediaType: NODE, objects: [], ...more }, tag)

describe('the parts of a node', () => {
  test('are read by tag and by digest, in one request each', async () => {
    const { app, subject, lines } = await setUp()
    const objects = [await pushImage(app, 'other', 'other'), subject]
    const node = { description: 'Größe 📚', objects, reference: subject }
    const descriptor = await pushNode(app, node, 'node')
    const { digest } = descriptor
    lines.length = 0
    for (const name of ['node', digest, descriptor]) {
      expect(await nodeDescription(app, name)).toBe('Größe 📚')
      expect(await nodeObjects(app, name)).toEqual(objects)
      expect(await nodeReference(app, name)).toEqual(subject)
    }
    expect(lines).toHaveLength(9)
    for (const name of ['v1', `v1@${subject.digest}`, subject]) {
      const found = await all(nodeReferrers(app, name))
      expect(found.map((entry) => entry.digest)).toEqual([digest])
    }
    expect(app.capabilities.nodesApi).toBe('supported')
  })

  test('that are not there are none', async () => {
    const { app } = await setUp()
    const { digest } = await pushNode(app, {})
    expect(await nodeDescription(app, digest)).toBeUndefined()
    expect(await nodeObjects(app, digest)).toEqual([])
    expect(await nodeReference(app, digest)).toBeUndefined()
    expect(await all(nodeReferrers(app, nowhere))).toEqual([])
  })

  test('are those of the proposal’s examples', async () => {
    const bent = (body: unknown) => setUp({}, answerTo('/v3/', JSON.stringify(body), { headers }))
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const list = await bent(vector('c-referrers').document)
    expect(await all(nodeReferrers(list.app, nowhere))).toEqual(
      vector('c-referrers').document.referrers,
    )
    const objects = await bent(vector('c-objects').document)
    expect(await nodeObjects(objects.app, nowhere)).toEqual(vector('c-objects').document.objects)
    const reference = await bent(vector('c-reference').document)
    expect(await nodeReference(reference.app, nowhere)).toEqual(vector('c-reference').document)
    expect(await nodeReference((await bent(null)).app, nowhere)).toBeUndefined()
  })

  test('of what is not there, or is no node, are an error', async () => {
    const { app, subject } = await setUp()
    for (const name of ['none', nowhere, subject.digest]) {
      for (const read of [nodeDescription, nodeObjects, nodeReference]) {
        await expect(read(app, name)).rejects.toMatchObject({
          code: 'NOT_FOUND',
          status: 404,
          errors: [expect.objectContaining({ code: 'MANIFEST_UNKNOWN' })],
        })
      }
    }
    await expect(all(nodeReferrers(app, 'none'))).rejects.toMatchObject({ status: 404 })
    for (const name of ['', 'a/b', 'sha256:x', 'v1?n=1']) {
      await expect(nodeObjects(app, name)).rejects.toMatchObject({
        code: expect.stringMatching(/^INVALID_/),
      })
    }
    await expect(nodeObjects(app, nowhere, { sginal: 1 } as object)).rejects.toThrow(/"signal"/)
    expect(() => nodeReferrers(app, nowhere, { maxPages: 0 })).toThrow(/maxPages/)
  })

  test('are refused where there are no nodes, and never told as none', async () => {
    for (const options of [{ nodeApi: false }, { profile: 'ggcr' }] as const) {
      const { app } = await setUp(options)
      const unsupported = { code: 'UNSUPPORTED', alternatives: expect.any(Array) }
      await expect(nodeReference(app, 'v1')).rejects.toMatchObject(unsupported)
      await expect(all(nodeReferrers(app, nowhere))).rejects.toMatchObject(unsupported)
    }
    const page = { headers: { 'content-type': 'text/html' } }
    const { app } = await setUp({}, answerTo('/v3/', '<html>', page))
    await expect(nodeDescription(app, 'v1')).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  test('are listed by page, lazily', async () => {
    const { app, subject, lines } = await setUp({ pageSize: 2 })
    for (let i = 0; i < 5; i++) await pushNode(app, { description: `${i}`, reference: subject })
    lines.length = 0
    const list = nodeReferrers(app, subject.digest)
    expect(lines).toEqual([])
    for await (const _ of list) break
    expect(lines).toHaveLength(1)
    expect((await all(list.pages())).map((page) => page.length)).toEqual([2, 2, 1])
    await expect(all(nodeReferrers(app, subject.digest, { maxPages: 2 }))).rejects.toThrow(/pages/)
  })
})

describe('a chain of nodes', () => {
  /** Nodes, each referring to the one before; the newest last. */
  async function chainOf(repo: Repository, length: number, first: object = {}) {
    const nodes: Descriptor[] = []
    for (let i = 0; i < length; i++) {
      const reference = nodes.at(-1)
      nodes.push(
        await pushNode(repo, { description: `${i}`, ...(reference ? { reference } : first) }),
      )
    }
    return nodes
  }

  test('is followed from the newest to the oldest', async () => {
    const { app, subject, lines } = await setUp()
    const nodes = await chainOf(app, 3, { reference: subject })
    lines.length = 0
    const found = await all(nodeChain(app, nodes[2]!.digest))
    expect(found.map(({ description }) => description)).toEqual(['2', '1', '0'])
    expect(found.map(({ descriptor }) => descriptor)).toEqual([...nodes].reverse())
    expect(found[2]!.reference).toEqual(subject)
    expect(lines).toHaveLength(3)
    lines.length = 0
    for await (const _ of nodeChain(app, nodes[2]!.digest)) break
    expect(lines).toHaveLength(1)
  })

  test('that is longer than the cap is an error, after what the cap allows', async () => {
    const { app } = await setUp()
    const nodes = await chainOf(app, 4)
    const seen: unknown[] = []
    const read = async (maxDepth: number) => {
      for await (const node of nodeChain(app, nodes[3]!.digest, { maxDepth })) seen.push(node)
    }
    await expect(read(3)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      expected: 3,
      message: expect.stringContaining('maxDepth'),
    })
    expect(seen).toHaveLength(3)
    await read(4)
    expect(seen).toHaveLength(7)
    for (const maxDepth of [0, -1, 1.5, Number.NaN]) {
      expect(() => nodeChain(app, 'x', { maxDepth })).toThrow(/maxDepth/)
    }
  })

  test('ends with what is outside of the registry, and asks for nothing there', async () => {
    const { app, subject, lines } = await setUp()
    const reference = { ...subject, mediaType: NODE, urls: ['https://elsewhere.test/node'] }
    const { digest } = await pushNode(app, { reference })
    lines.length = 0
    const found = await all(nodeChain(app, digest))
    expect(found).toMatchObject([{ reference }])
    expect(lines).toHaveLength(1)
  })

  test('ends with a warning where an older node is gone, and with an error where the first is', async () => {
    const { app, warnings, straight } = await setUp()
    const nodes = await chainOf(app, 2)
    await deleteManifest(straight, nodes[0]!.digest)
    expect(await all(nodeChain(app, nodes[1]!.digest))).toHaveLength(1)
    expect(warnings).toEqual([expect.stringContaining(nodes[0]!.digest)])
    await expect(all(nodeChain(app, nodes[0]!.digest))).rejects.toMatchObject({ status: 404 })
  })

  test('begins with a node', async () => {
    const { app } = await setUp()
    await expect(all(nodeChain(app, 'v1'))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      path: 'newest',
    })
  })

  test('needs no /v3: nodes that a registry only keeps are followed too', async () => {
    const { app } = await setUp({ profile: 'ggcr' })
    const bytes = new TextEncoder().encode(
      JSON.stringify({ schemaVersion: 3, mediaType: NODE, objects: [] }),
    )
    await putManifest(app, 'node', bytes, { mediaType: NODE })
    expect(await all(nodeChain(app, 'node'))).toHaveLength(1)
  })
})
