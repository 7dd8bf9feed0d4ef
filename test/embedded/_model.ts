// A registry in few lines: what each request must answer, worked out from what was pushed before.
// Written from distribution-spec 1.1; it shares nothing with the registry under test.
import { digestOf, IMAGE, INDEX, image, index } from './_registry.ts'

/** Content that requests are about: few, so that they meet again. */
export interface Pushable {
  readonly bytes: string
  readonly type: string
  /** Digests that must be there before it. */
  readonly blobs: readonly string[]
  readonly manifests: readonly string[]
  readonly subject?: string
  readonly artifactType?: string
}

const entry = (mediaType: string, bytes: string, more: object = {}) => ({
  mediaType,
  digest: digestOf(bytes),
  size: Buffer.byteLength(bytes),
  ...more,
})

const config = '{}'
const layers = ['', 'x', 'y'.repeat(70_000)]

function imageOf(layer: string, more: Record<string, unknown> = {}): string {
  return image({ layers: [entry('application/octet-stream', layer)], ...more })
}

const [first, second] = [imageOf(layers[1]!), imageOf(layers[2]!)]
const about: readonly [subject: string, artifactType: string][] = [
  [first!, 'application/sbom'],
  [first!, 'application/signature'],
  ['never pushed', 'application/sbom'],
]
const artifacts = about.map(([subject, artifactType]) => ({
  artifactType,
  subject: digestOf(subject),
  bytes: imageOf(layers[0]!, { artifactType, subject: entry(IMAGE, subject) }),
}))
const list = index([entry(IMAGE, first!), entry(IMAGE, second!)])
const listAbout = index([], { subject: entry(INDEX, list) })

export const manifests: readonly Pushable[] = [
  { bytes: first!, type: IMAGE, blobs: [config, layers[1]!].map(sha256), manifests: [] },
  { bytes: second!, type: IMAGE, blobs: [config, layers[2]!].map(sha256), manifests: [] },
  ...artifacts.map((artifact) => ({
    ...artifact,
    type: IMAGE,
    blobs: [config, layers[0]!].map(sha256),
    manifests: [],
  })),
  { bytes: list, type: INDEX, blobs: [], manifests: [first!, second!].map(sha256) },
  { bytes: listAbout, type: INDEX, blobs: [], manifests: [], subject: digestOf(list) },
]

/** Blobs, among them one that is a manifest of the same bytes. */
export const blobs: readonly string[] = [config, ...layers, first!]
export const subjects: readonly string[] = [first!, 'never pushed', list].map(sha256)
export const tags: readonly string[] = ['a', 'B', 'v1.0']

function sha256(bytes: string): string {
  return digestOf(bytes)
}

/** What one repository holds. */
export interface Repository {
  exists: boolean
  readonly blobs: Map<string, string>
  readonly manifests: Map<string, Pushable>
  readonly tags: Map<string, string>
}

export function emptyRepository(): Repository {
  return { exists: false, blobs: new Map(), manifests: new Map(), tags: new Map() }
}

export function putBlob(repository: Repository, bytes: string, algorithm: string): void {
  repository.exists = true
  repository.blobs.set(digestOf(bytes, algorithm), bytes)
}

/** The status of the answer. */
export function putManifest(
  repository: Repository,
  manifest: Pushable,
  digest: string,
  tags: readonly string[],
): number {
  const isComplete =
    manifest.blobs.every((blob) => repository.blobs.has(blob)) &&
    manifest.manifests.every((child) => repository.manifests.has(child))
  if (!isComplete) return 400
  repository.exists = true
  repository.manifests.set(digest, manifest)
  for (const tag of tags) repository.tags.set(tag, digest)
  return 201
}

/** The status of the answer. */
export function deleteManifest({ manifests, tags }: Repository, digest: string): number {
  for (const [tag, target] of tags) if (target === digest) tags.delete(tag)
  return manifests.delete(digest) ? 202 : 404
}

export function listTags(
  repository: Repository,
  after: string | undefined,
  count: number,
): { tags: string[]; more: boolean } {
  const all = [...repository.tags.keys()].sort()
  const rest = all.filter((tag) => after === undefined || tag > after)
  return { tags: rest.slice(0, count), more: count > 0 && rest.length > count }
}

export function listReferrers(
  repository: Repository,
  subject: string,
  artifactType: string | undefined,
): string[] {
  const all = [...repository.manifests].filter(([, manifest]) => manifest.subject === subject)
  const some = all.filter(([, manifest]) => {
    return artifactType === undefined || manifest.artifactType === artifactType
  })
  return some.map(([digest]) => digest).sort()
}
