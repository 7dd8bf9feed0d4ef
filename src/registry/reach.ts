/**
 * What leads to a manifest: looked up before it is deleted by its digest, which deletes its tags too and leaves a gap
 * in every index that lists it.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { type Digest, isDigest, parseDigest } from '../model/digest.ts'
import { isIndexType } from '../model/manifest.ts'
import {
  ARTIFACT_MANIFEST,
  DOCKER_MANIFEST,
  IMAGE_MANIFEST,
  NODE_MANIFEST,
  ORAS_ARTIFACT_MANIFEST,
} from '../model/media-types.ts'
import {
  abortSignal,
  anything,
  type Checks,
  checkOptions,
  listOf,
  positiveInteger,
  string,
} from '../platform/options.ts'
import {
  listedIn,
  type TagTargets,
  type TagTargetsOptions,
  type Target,
  tagNames,
  tagTargets,
  targetOf,
} from './lists/tag-targets.ts'
import type { Repository } from './repository.ts'

/** Options of {@link whatReaches}. */
export interface WhatReachesOptions extends TagTargetsOptions {
  /**
   * Tags that do not count, since they are taken away too.
   * @default []
   */
  readonly except?: readonly string[] | undefined
  /**
   * Manifests that count as what a tag leads to: a subject that is used by its digest, for one. Their types save
   * reading what can list nothing.
   * @default []
   */
  readonly roots?: readonly Root[] | undefined
  /**
   * What is known of the tags, where several manifests are looked up; in place of `maxTags` and `signal`.
   * @default they are looked up
   */
  readonly tags?: TagTargets | undefined
}

/** A manifest that is used by its digest. */
export type Root = Pick<Descriptor, 'digest'> & Partial<Descriptor>

const checks = (): Checks<WhatReachesOptions> => ({
  maxTags: positiveInteger,
  signal: abortSignal,
  except: listOf(string),
  roots: [
    'a list of descriptors',
    (value) => Array.isArray(value) && value.every((root) => isDigest(root?.digest)),
  ],
  tags: anything,
})

/** Where the search has come to, and by which way. */
interface Node extends Target {
  readonly way: string
  /** Whether it was seen to be there. */
  readonly met?: true
}

/**
 * Says what leads to a manifest: a tag, or an index or node that a tag leads to. What cannot be seen counts as
 * leading to it. An index that no tag and no `roots` lead to is not seen, since registries list no manifests.
 *
 * Requests: all pages of tags, but no more than tell that there are too many; `HEAD` of each tag; `GET` of each index
 * among them, and of those that they list. They end with the first that leads there.
 *
 * @throws `InvalidInputError` naming the option; what may be otherwise the next time, such as `RegistryError`
 *   503 and `ConnectionError`
 * @returns why the manifest is needed, for people; `undefined` where nothing leads to it
 * @example
 * ```ts
 * import { parseDigest, repository } from 'ocilink'
 * import { deleteManifest, whatReaches } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const digest = parseDigest(`sha256:${'0'.repeat(64)}`)
 * if (!(await whatReaches(app, digest))) await deleteManifest(app, digest)
 * ```
 */
export async function whatReaches(
  repo: Repository,
  digest: Digest,
  options: WhatReachesOptions = {},
): Promise<string | undefined> {
  parseDigest(digest, 'digest')
  checkOptions(options, checks())
  return (await reachOf(repo, digest, options))?.reason
}

/** Why a manifest is needed, for people. */
export interface Reached {
  readonly reason: string
  /** Whether it is needed because something could not be seen. */
  readonly unseen?: true
}

/** @internal {@link whatReaches} that tells what was seen from what could not be. */
export async function reachOf(
  repo: Repository,
  digest: Digest,
  options: WhatReachesOptions,
): Promise<Reached | undefined> {
  const { roots = [], maxTags, signal } = options
  const except = new Set(options.except)
  const tags = options.tags ?? tagTargets(repo, { maxTags, signal })
  if (roots.some((root) => root.digest === digest)) return { reason: `${digest} is needed itself` }
  const { value: names, unseen } = await tagNames(tags)
  if (unseen !== undefined) return notSeen(unseen)
  const level: Node[] = []
  const seen = await firstOf(names, async (tag) => {
    if (except.has(tag)) return undefined
    const { value: target, unseen } = await targetOf(tags, tag)
    if (target?.digest === digest) return { reason: `the tag ${tag} leads to it` }
    const way = `the tag ${tag} leads to ${target?.digest}, which`
    if (target) level.push({ ...target, way, met: true })
    return unseen === undefined ? undefined : notSeen(unseen)
  })
  if (seen) return seen
  // A root whose type is not known is read, unless a tag leads to it too.
  const known = new Set(level.map((node) => node.digest))
  const more = roots.filter((root) => !known.has(root.digest))
  level.push(...more.map(({ digest, mediaType = '' }) => ({ digest, mediaType, way: digest })))
  return listedBelow(tags, digest, level)
}

/** Goes through what some manifests list, and what that lists, until the manifest is among it. */
async function listedBelow(
  tags: TagTargets,
  digest: Digest,
  level: readonly Node[],
): Promise<Reached | undefined> {
  const met = new Set<Digest>()
  for (let nodes = level.filter(mayList); nodes.length > 0; ) {
    const next: Node[] = []
    const found = await firstOf(nodes, async (node) => {
      const { digest: at, way } = node
      if (met.has(at)) return undefined
      met.add(at)
      const { value: listed, unseen } = await listedIn(tags, at)
      if (unseen !== undefined) return notSeen(unseen)
      if (!listed) return node.met && notSeen(`${way} cannot be read: it is said to be gone`)
      if (listed.some((one) => one.digest === digest)) return { reason: `${way} lists it` }
      for (const one of listed) {
        if (isIndexType(one.mediaType) || one.mediaType === NODE_MANIFEST) {
          next.push({ ...one, way: `${way} lists ${one.digest}, which` })
        }
      }
      return undefined
    })
    if (found) return found
    nodes = next
  }
  return undefined
}

const notSeen = (reason: string): Reached => ({ reason, unseen: true })

/** Manifests of these types name blobs only. */
const leaves: readonly string[] = [
  IMAGE_MANIFEST,
  DOCKER_MANIFEST,
  ARTIFACT_MANIFEST,
  ORAS_ARTIFACT_MANIFEST,
]

const mayList = ({ mediaType }: Target): boolean => !leaves.includes(mediaType)

/** As many requests as may wait at once. */
const WORKERS = 12

/** Looks at one after the other, some at the same time, until one answers. */
async function firstOf<T>(
  items: readonly T[],
  ask: (item: T) => Promise<Reached | undefined>,
): Promise<Reached | undefined> {
  let found: Reached | undefined
  const rest = items.values()
  const work = async () => {
    for (const item of rest) {
      if (found !== undefined) return
      const answer = await ask(item)
      found ??= answer
    }
  }
  await Promise.all(Array.from({ length: Math.min(WORKERS, items.length) }, work))
  return found
}
