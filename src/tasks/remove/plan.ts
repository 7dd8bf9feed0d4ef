/**
 * What remove() would do. Reads only.
 *
 * @module
 */
import type { RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { withKnownTags } from '../../registry/known-tags.ts'
import { metTag, tagNames, tagTargets } from '../../registry/lists/tag-targets.ts'
import { getManifest } from '../../registry/manifests.ts'
import { type Reached, reachOf } from '../../registry/reach.ts'
import type { Repository } from '../../registry/repository.ts'
import { readKey, type StoredManifest } from '../../registry/stored-manifest.ts'
import { budgeted, observed } from '../../registry/views.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import type { DeleteStep, KeptManifest } from '../lib/deletes/step.ts'
import { type Attached, findAttached } from './attached.ts'
import { contentsOf } from './contents.ts'
import { linkTargets } from './link-tags.ts'
import type { Removal, RemoveOptions } from './removal.ts'
import { type Going, type Search, subjectIn } from './search.ts'
import { stepsFor } from './steps.ts'

/** A plan. */
export interface RemovalPlan extends Pick<Removal, 'image' | 'tag'> {
  readonly steps: readonly DeleteStep[]
  readonly kept: readonly KeptManifest[]
  /** Why what is attached could not all be listed. */
  readonly missing?: Error | undefined
  /** Whether something stays because it could not be seen what leads to it. */
  readonly unseen?: boolean
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
  const reads = new Map<string, Promise<StoredManifest | RegistryError>>()
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
  const { going, kept, needed, unseen: doubtful } = await whatGoes(search, digest)
  if (needed !== undefined) {
    const stays = { ...base, kept: [{ digest, reason: needed }], unseen: doubtful }
    // Without its tag nobody would find again what may be to go.
    if (tag === undefined || doubtful) return { ...stays, steps: [] }
    const reason = `only the tag goes: ${needed}`
    const step = { action: 'delete-tag', digest, tags: [tag], reason } as const
    return { ...stays, steps: [{ ...step, because: [], after: [] }] }
  }
  const own = referrers ? ownTags(search, going).filter((name) => name !== tag) : []
  const links = await linkTargets(tags, own, reads)
  const steps = await stepsFor(search, going, links.targets)
  return { ...base, steps, kept, missing: attached.missing ?? links.missing, unseen: doubtful }
}

const nothing: Attached = { referrers: [], missing: undefined, linkedTo: new Map() }

/** What goes, what stays and why, and why the image itself is needed; whether something of that could not be seen. */
interface Decision {
  readonly going: Going
  readonly kept: readonly KeptManifest[]
  readonly needed?: string
  readonly unseen: boolean
}

/** Leaves out what something else leads to, until nothing of what is left is needed by what stays. */
async function whatGoes(search: Search, image: Digest): Promise<Decision> {
  const { repo, tags, parts, attached } = search
  const stays = new Map<Digest, Reached>()
  const isUnseen = () => [...stays.values()].some(({ unseen }) => unseen === true)
  for (;;) {
    const going = candidates(search, stays)
    const except = ownTags(search, going)
    const roots = [...parts.values()].map((part) => part.descriptor)
    const options = { tags, except, roots: roots.filter((one) => stays.has(one.digest)) }
    const before = stays.size
    for (const digest of going.keys()) {
      const named = attached.linkedTo.get(digest) ?? parts.get(digest)?.attachedTo ?? []
      const foreign = named.find((to) => !going.has(to))
      const reached = foreign
        ? { reason: `it is attached to ${foreign} too` }
        : await reachOf(repo, digest, options)
      if (reached === undefined) continue
      stays.set(digest, reached)
      if (digest !== image) continue
      const { reason, unseen = false } = reached
      return { going: new Map(), kept: [], needed: reason, unseen }
    }
    if (stays.size > before) continue
    const kept = [...stays].map(([digest, { reason }]) => ({ digest, reason }))
    const left = leftWith(attached.referrers, going, stays)
    return { going, kept: [...kept, ...left], unseen: isUnseen() }
  }
}

/** The image's manifests that do not stay, and what is attached to nothing that stays. */
function candidates({ parts, attached }: Search, stays: ReadonlyMap<Digest, unknown>): Going {
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
  stays: ReadonlyMap<Digest, unknown>,
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
  const links = names.filter((name) => subjectIn(going, name) !== undefined)
  return tag === undefined ? links : [tag, ...links]
}
