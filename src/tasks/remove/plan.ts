/**
 * What remove() would do. Reads only.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { subjectOfTag } from '../../model/digest-tags.ts'
import { withKnownTags } from '../../registry/known-tags.ts'
import {
  metTag,
  type TagTargets,
  tagNames,
  tagTargets,
  targetOf,
} from '../../registry/lists/tag-targets.ts'
import { getManifest } from '../../registry/manifests.ts'
import { whatReaches } from '../../registry/reach.ts'
import type { Repository } from '../../registry/repository.ts'
import { type Reads, readKey } from '../../registry/stored-manifest.ts'
import { budgeted, observed } from '../../registry/views.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import { addTo } from '../lib/add-to.ts'
import { inOrder } from '../lib/deletes/order.ts'
import type { DeleteStep, KeptManifest } from '../lib/deletes/step.ts'
import { type Attached, findAttached } from './attached.ts'
import { contentsOf, type Part } from './contents.ts'
import type { Removal, RemoveOptions } from './removal.ts'

/** A plan. */
export interface RemovalPlan extends Pick<Removal, 'image' | 'tag'> {
  readonly steps: readonly DeleteStep[]
  readonly kept: readonly KeptManifest[]
  /** Why what is attached could not all be listed. */
  readonly missing?: Error | undefined
  /** Whether the tags could not be listed, so that all stays. */
  readonly unseen?: true
}

/**
 * Makes the plan.
 *
 * @throws `RegistryError` `NOT_FOUND`; what the image and its indexes cannot be read for
 */
export async function planRemoval(
  repo: Repository,
  target: string | Descriptor,
  options: RemoveOptions,
): Promise<RemovalPlan> {
  const { referrers = false, maxTags, signal } = options
  const reads: Reads = new Map()
  const view = observed(budgeted(repo), () => {}, reads)
  const tags = tagTargets(view, { maxTags, signal })
  const reference = typeof target === 'string' ? target : target.digest
  const tag = isDigest(reference) ? undefined : reference
  const [stored, all] = await Promise.all([
    getManifest(view, reference, { intent: 'push', signal }),
    tagNames(tags),
  ])
  const { mediaType, digest, size } = stored.descriptor
  const base = { image: { mediaType, digest, size }, ...(tag !== undefined && { tag }) }
  if (tag !== undefined) metTag(tags, tag)
  const { value: names, unseen } = all.value ? await tagNames(tags) : all
  if (!names) return { ...base, steps: [], kept: [{ digest, reason: unseen }], unseen: true }

  // What was read by its tag is not read by its digest again.
  reads.set(readKey(digest, undefined), Promise.resolve(stored))
  const known = withKnownTags(view, new Set(names))
  const parts = await contentsOf(known, stored.descriptor, signal)
  const attached = referrers ? await findAttached(known, digest, options) : nothing
  const search = { repo: known, tags, names, tag, parts, attached, referrers }
  const { going, kept, needed } = await whatGoes(search, digest)
  if (needed !== undefined) {
    const reason = `only the tag goes: ${needed}`
    const step = {
      action: 'delete-tag',
      digest,
      tags: [tag ?? ''],
      reason,
      because: [],
      after: [],
    } as const
    return { ...base, steps: tag === undefined ? [] : [step], kept: [{ digest, reason: needed }] }
  }
  const steps = await stepsFor(search, going)
  return { ...base, steps, kept, missing: attached.missing }
}

const nothing: Attached = { referrers: [], missing: undefined, linkedTo: new Map() }

/** What a plan is made from. */
interface Search {
  readonly repo: Repository
  readonly tags: TagTargets
  readonly names: readonly string[]
  readonly tag: string | undefined
  readonly parts: ReadonlyMap<Digest, Part>
  readonly attached: Attached
  /** Whether what is attached goes too. */
  readonly referrers: boolean
}

/** Manifests that go, each with the reason. */
type Going = ReadonlyMap<Digest, string>

/** Leaves out what something else leads to, until nothing of what is left is needed by what stays. */
async function whatGoes(
  search: Search,
  image: Digest,
): Promise<{ going: Going; kept: readonly KeptManifest[]; needed?: string }> {
  const { repo, tags, parts, attached } = search
  const stays = new Map<Digest, string>()
  for (;;) {
    const going = candidates(search, stays)
    const except = ownTags(search, going)
    const roots = [...parts.values()].map((part) => part.descriptor)
    const options = { tags, except, roots: roots.filter((one) => stays.has(one.digest)) }
    const before = stays.size
    for (const digest of going.keys()) {
      const named = attached.linkedTo.get(digest) ?? parts.get(digest)?.attachedTo ?? []
      const foreign = named.find((to) => !going.has(to))
      const reason = foreign
        ? `it is attached to ${foreign} too`
        : await whatReaches(repo, digest, options)
      if (reason === undefined) continue
      stays.set(digest, reason)
      if (digest === image) return { going: new Map(), kept: [], needed: reason }
    }
    if (stays.size > before) continue
    const kept = [...stays].map(([digest, reason]) => ({ digest, reason }))
    return { going, kept: [...kept, ...leftWith(attached.referrers, going, stays)] }
  }
}

/** The image's manifests that do not stay, and what is attached to nothing that stays. */
function candidates({ parts, attached }: Search, stays: ReadonlyMap<Digest, string>): Going {
  const going = new Map<Digest, string>()
  for (const [digest, { listedBy }] of parts) {
    const reason = listedBy.length > 0 ? `${listedBy[0]} lists it` : 'it is to be removed'
    if (!stays.has(digest)) going.set(digest, reason)
  }
  // A referrer of a referrer comes after it, also in a circle.
  const rest = new Set(
    attached.referrers.filter(({ digest }) => !going.has(digest) && !stays.has(digest)),
  )
  for (let size = -1; size !== rest.size; ) {
    size = rest.size
    for (const { digest, subjects } of rest) {
      if (!subjects.every((subject) => going.has(subject))) continue
      going.set(digest, `it is attached to ${subjects.join(' and ')}`)
    }
    for (const one of rest) if (going.has(one.digest)) rest.delete(one)
  }
  return going
}

/** Referrers that stay with what they are attached to. */
function leftWith(
  referrers: readonly FoundReferrer[],
  going: Going,
  stays: ReadonlyMap<Digest, string>,
): readonly KeptManifest[] {
  return referrers
    .filter(({ digest }) => !going.has(digest) && !stays.has(digest))
    .map(({ digest, subjects }) => {
      const subject = subjects.find((one) => !going.has(one))
      return { digest, reason: `it is attached to ${subject}, which stays` }
    })
}

/** The tag that was named, and those that link something to what goes. */
function ownTags({ names, tag }: Search, going: Going): readonly string[] {
  const links = names.filter((name) => {
    const subject = subjectOfTag(name)
    return subject !== undefined && going.has(subject)
  })
  return tag === undefined ? links : [tag, ...links]
}

async function stepsFor(search: Search, going: Going): Promise<readonly DeleteStep[]> {
  const { repo, tags, parts, attached } = search
  const except = ownTags(search, going)
  const reasons = new Map<Digest, string>(going)
  const waits = new Map<Digest, Digest[]>()
  const at = new Map<Digest, string[]>()
  const loose: DeleteStep[] = []
  for (const { digest, subjects } of attached.referrers) {
    if (!going.has(digest) || parts.has(digest)) continue
    for (const subject of subjects) addTo(waits, subject, digest)
  }
  for (const [digest, { listedBy }] of parts) {
    for (const index of listedBy) if (going.has(index)) addTo(waits, digest, index)
  }
  const links = search.referrers ? except.filter((name) => subjectOfTag(name) !== undefined) : []
  const targets = await Promise.all(links.map((name) => targetOf(tags, name)))
  for (const [i, name] of links.entries()) {
    const digest = targets[i]?.value?.digest
    if (digest === undefined) continue
    addTo(at, digest, name)
    const subject = subjectOfTag(name)!
    if (going.has(digest)) continue
    const needed = await whatReaches(repo, digest, { tags, except })
    if (needed !== undefined) {
      const reason = `it links to ${subject}, but what it leads to stays: ${needed}`
      loose.push({ action: 'delete-tag', digest, tags: [name], reason, because: [], after: [] })
      continue
    }
    reasons.set(digest, `it lists what is attached to ${subject}`)
    for (const referrer of waits.get(subject) ?? []) addTo(waits, digest, referrer)
    addTo(waits, subject, digest)
  }
  const steps = inOrder(reasons.keys(), waits).map((digest): DeleteStep => {
    const reason = reasons.get(digest)!
    const after = waits.get(digest) ?? []
    return {
      action: 'delete-manifest',
      digest,
      tags: at.get(digest) ?? [],
      reason,
      because: [],
      after,
    }
  })
  return [...loose, ...steps]
}
