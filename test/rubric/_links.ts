// What the scenarios link, and how they see what is linked.
import {
  type Annotations,
  type ArtifactInput,
  attach,
  type Descriptor,
  type Digest,
  digestOf,
  EMPTY,
  parseAnyManifest,
  type Referrer,
  type Repository,
  referrers,
  type Strategy,
  successors,
} from '../../src/index.ts'
import { getManifest, pushBlob, putManifest } from '../../src/registry/index.ts'
import { all, pushImage } from '../_image.ts'
import { refusal } from './scenario.ts'
import type { World } from './world.ts'

const IMAGE_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const IMAGE_INDEX = 'application/vnd.oci.image.index.v1+json'

/** Types of artifacts. */
export const types = [
  'application/spdx+json',
  'application/vnd.in-toto+json',
  'application/vnd.example.note',
] as const

/** An artifact to be linked, and what it is known by. */
export interface Item {
  readonly input: ArtifactInput
  /** Digest of its blob. */
  readonly content: Digest
  /** An annotation that half of the items have. */
  readonly label: Annotations
}

/** The types that a strategy links; who only reads has nothing to say about it. */
export async function typesFor(strategy: Strategy): Promise<readonly string[]> {
  if (strategy.readOnly) return types
  const refused = await Promise.all(
    types.map((artifactType) =>
      refusal(async () => strategy.check({ artifactType, blobs: [{ mediaType: artifactType }] })),
    ),
  )
  return types.filter((_, i) => refused[i] === undefined)
}

/** What tools write beside an attestation of BuildKit's. */
const predicates = ['https://spdx.dev/Document', 'https://slsa.dev/provenance/v1'] as const

/** Items of so many types, one after the other, each with a blob of its own. */
export async function items(
  { strategy }: World,
  count: number,
  of: {
    readonly types?: number
    readonly created?: readonly string[]
    readonly size?: number
    readonly annotations?: readonly Annotations[]
  } = {},
): Promise<readonly Item[]> {
  const known = (await typesFor(strategy)).slice(0, of.types ?? 1)
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const artifactType = known[i % known.length]!
      const data = `{"content":${i}}`.padEnd(of.size ?? 0)
      const annotations = { label: `${i % 2}`, ...of.annotations?.[i] }
      const created = of.created?.[i]
      return {
        input: {
          artifactType,
          annotations,
          blobs: [{ data, mediaType: artifactType }],
          ...(created && { created: new Date(created) }),
        },
        content: await digestOf(new TextEncoder().encode(data)),
        label: strategy.readOnly
          ? { 'in-toto.io/predicate-type': predicates[i % 2]! }
          : { label: annotations.label },
      }
    }),
  )
}

/** An index of two platforms, whose images depend on its seed. */
export async function pushIndex(
  repo: Repository,
  tag: string,
  seed = 'app',
  more: (platform: Descriptor) => Promise<readonly Descriptor[]> = async () => [],
): Promise<Descriptor> {
  const platforms = await Promise.all(
    ['amd64', 'arm64'].map(async (architecture) => {
      const config = await pushBlob(repo, JSON.stringify({ architecture, os: 'linux', seed }), {
        mediaType: 'application/vnd.oci.image.config.v1+json',
      })
      const layer = await pushBlob(repo, `${architecture} layer of ${seed}`, {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
      })
      const { descriptor } = await putManifest(repo, undefined, {
        schemaVersion: 2,
        mediaType: IMAGE_MANIFEST,
        config,
        layers: [layer],
      })
      return { ...descriptor, platform: { os: 'linux', architecture } }
    }),
  )
  const manifests = [...platforms, ...(await more(platforms[0]!))]
  const index = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests } as const
  return (await putManifest(repo, tag, index)).descriptor
}

/** An index as BuildKit pushes it, with an attestation for each item. */
async function pushAttested(
  repo: Repository,
  list: readonly Item[],
  tag: string,
  seed: string,
): Promise<Descriptor> {
  // Once: some registries lose a blob that is pushed by several at the same time.
  const config = await pushBlob(repo, '{}', { mediaType: EMPTY.mediaType })
  return pushIndex(repo, tag, seed, (platform) =>
    Promise.all(
      list.map(async ({ input, label }) => {
        const { data } = input.blobs![0] as { readonly data: string }
        const mediaType = 'application/vnd.in-toto+json'
        const statement = await pushBlob(repo, data, { mediaType })
        const { descriptor } = await putManifest(repo, undefined, {
          schemaVersion: 2,
          mediaType: IMAGE_MANIFEST,
          config,
          layers: [{ ...statement, annotations: label }],
        })
        return {
          ...descriptor,
          platform: { os: 'unknown', architecture: 'unknown' },
          annotations: {
            'vnd.docker.reference.type': 'attestation-manifest',
            'vnd.docker.reference.digest': platform.digest,
          },
        }
      }),
    ),
  )
}

/**
 * Pushes an image with items linked to it, as this way of linking does it: to an image that is there, or, where links
 * are made with the image and never later, with the image.
 */
export async function linkAll(
  { strategy, write }: World,
  repo: Repository,
  list: readonly Item[],
  options: {
    readonly tag?: string
    readonly seed?: string
    /** Who links, where it is not who pushes the image. */
    readonly by?: Repository
    readonly push?: () => Promise<Descriptor>
  } = {},
): Promise<Descriptor> {
  const { tag = 'v1', seed = 'app', by = repo } = options
  const { push = () => pushImage(repo, tag, seed) } = options
  if (strategy.readOnly) return pushAttested(repo, list, tag, seed)
  const image = await push()
  for (const { input } of list) await attach(by, image.digest, input, write)
  return image
}

/** What is linked to an image, by one way of linking. */
export const list = (
  repo: Repository,
  subject: string | Descriptor,
  strategy: Strategy,
  filters: { readonly artifactType?: string; readonly annotations?: Annotations } = {},
): Promise<Referrer[]> => all(referrers(repo, subject, { strategy, ...filters }))

/** Digests of the content that a manifest leads to, through indexes too. */
export async function contentOf(repo: Repository, reference: string): Promise<readonly Digest[]> {
  const { bytes, descriptor } = await getManifest(repo, reference)
  const named = successors(parseAnyManifest(bytes, descriptor.mediaType))
  const digests = named.map(async ({ role, descriptor: { digest } }) => {
    if (role === 'manifest') return contentOf(repo, digest)
    const isContent = role === 'layer' || role === 'blob' || role === 'object'
    return isContent && digest !== EMPTY.digest ? [digest] : []
  })
  return (await Promise.all(digests)).flat()
}

/** The content of everything that was found, sorted. */
export async function contentsOf(
  repo: Repository,
  found: readonly Referrer[],
): Promise<readonly Digest[]> {
  const contents = await Promise.all(found.map(({ digest }) => contentOf(repo, digest)))
  return contents.flat().sort()
}

/** Whether what was found holds exactly these items. */
export async function holdsExactly(
  repo: Repository,
  found: readonly Referrer[],
  wanted: readonly Item[],
): Promise<boolean> {
  const contents = await contentsOf(repo, found)
  return JSON.stringify(contents) === JSON.stringify(wanted.map(({ content }) => content).sort())
}

/** How many of some manifests were read by what counts. */
export function readsOf({ sent }: World, found: readonly Referrer[]): number {
  const read = new Set(sent.map(({ manifest }) => manifest))
  return found.filter(({ digest }) => read.has(digest)).length
}

export const countOf = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`
