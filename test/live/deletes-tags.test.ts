// A registry that deletes manifests and leaves their tags, and keeps any kind of manifest: artifact manifests of proposal
// A and nodes of proposal C among what is pruned.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  attach,
  type Descriptor,
  type Digest,
  digestTag,
  prune,
  type Repository,
  remove,
  repository,
} from '../../src/index.ts'
import {
  deleteManifest,
  findManifest,
  listTags,
  pushBlob,
  putManifest,
} from '../../src/registry/index.ts'
import { cosignTags, digestTags, ociSubject } from '../../src/strategies/index.ts'
import { all, pushImage } from '../_image.ts'
import { craneRegistry, type RunningRegistry } from './_registries.ts'

const ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json'
const NODE = 'application/vnd.oci.node.v1+json'
const note = { artifactType: 'application/vnd.example.note' }

let running: RunningRegistry
beforeAll(async () => {
  running = await craneRegistry.start()
})
afterAll(() => running?.stop())

const isThere = async (app: Repository, reference: string) =>
  (await findManifest(app, reference)) !== undefined

/** Attaches in three ways, and has an artifact manifest and a node at tags that link them. */
async function attachAll(app: Repository, image: Descriptor): Promise<readonly Digest[]> {
  const { digest, mediaType, size } = image
  const subject = { digest, mediaType, size }
  const made: Digest[] = []
  for (const strategy of [ociSubject(), digestTags(), cosignTags({ suffix: 'sbom' })]) {
    const annotations = { by: strategy.name, about: digest }
    made.push((await attach(app, subject, { ...note, annotations }, { strategy })).digest)
  }
  const blob = await pushBlob(app, `of ${digest}`, { mediaType: 'text/plain' })
  for (const manifest of [
    { mediaType: ARTIFACT, artifactType: note.artifactType, blobs: [blob], subject },
    { schemaVersion: 3, mediaType: NODE, objects: [blob], reference: subject },
  ]) {
    const bytes = new TextEncoder().encode(JSON.stringify(manifest))
    const type = { mediaType: manifest.mediaType }
    const { descriptor } = await putManifest(app, undefined, bytes, type)
    await putManifest(app, digestTag(digest, descriptor.digest, 'note'), bytes, type)
    made.push(descriptor.digest)
  }
  return made
}

test('remove() leaves no tag of an image and of what is attached', async () => {
  const app = repository(`${running.host}/deletes/removed`)
  const image = await pushImage(app, 'v1', 'v1')
  const other = await pushImage(app, 'v2', 'v2')
  const made = await attachAll(app, image)
  const lives = await attachAll(app, other)
  const { items, complete } = await remove(app, 'v1', { referrers: true })
  expect(complete, JSON.stringify(items)).toBe(true)
  const tags = await all(listTags(app))
  expect(tags).toContain('v2')
  expect(tags).not.toContain('v1')
  for (const reference of ['v1', image.digest, ...made.slice(0, 3)])
    expect(await isThere(app, reference)).toBe(false)
  for (const digest of lives) expect(await isThere(app, digest)).toBe(true)
})

test('prune() takes artifact manifests and nodes whose subject is gone, with their tags', async () => {
  const app = repository(`${running.host}/deletes/pruned`)
  const image = await pushImage(app, 'old', 'old')
  const other = await pushImage(app, 'v2', 'v2')
  const made = await attachAll(app, image)
  const lives = await attachAll(app, other)
  for (const reference of ['old', image.digest]) await deleteManifest(app, reference)
  const { items, complete } = await prune(app)
  expect(complete, JSON.stringify(items)).toBe(true)
  const tags = await all(listTags(app))
  expect(tags.filter((tag) => tag.includes(image.digest.slice(7)))).toEqual([])
  for (const digest of made) expect(await isThere(app, digest)).toBe(false)
  for (const digest of [other.digest, ...lives]) expect(await isThere(app, digest)).toBe(true)
  expect(await prune(app)).toMatchObject({ items: [], complete: true })
})
