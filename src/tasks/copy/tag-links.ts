/**
 * Links that a tag made of the subject's digest keeps: proposal D's, cosign's, proposal F's index. What is at the tag
 * is copied as it is, unless something else is there.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { digestTagPrefix, parseDigestTag } from '../../model/digest-tags.ts'
import { type ImageIndex, isIndexType, parseManifest } from '../../model/manifest.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { tagsFrom } from '../../registry/lists/seek-tags.ts'
import { findManifest, putManifest } from '../../registry/manifests.ts'
import { sendsEtags } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { type Linking, linked, lost, type ReadyNode } from './node.ts'

/** What one tag of the subject holds, at the source. */
interface LinkTag {
  readonly tag: string
  readonly stored: StoredManifest
  /** Entries of an index; none where the tag leads to an artifact. */
  readonly entries: readonly Descriptor[]
  /** The nodes that it links. */
  readonly nodes: readonly ReadyNode[]
}

/**
 * Copies tags that link nodes.
 *
 * Requests: at the source one list of tags, and `GET` of those that were not read before; for each `GET` and `PUT` at
 * the destination.
 *
 * @returns the nodes that are still to be linked by their strategies
 */
export async function linkByTags(
  linking: Linking,
  nodes: readonly ReadyNode[],
): Promise<ReadonlySet<ReadyNode>> {
  const { job } = linking
  const tags = await findTags(linking, nodes)
  const found = new Set(tags.flatMap((tag) => tag.nodes))
  // One that is at no tag of this subject may have been found at those of another.
  const open = new Set(nodes.filter((node) => !found.has(node) && node.missing.size === 1))
  await Promise.all(
    tags.map(async (tag) => {
      const outcome = await copyTag(linking, tag)
      for (const node of tag.nodes) {
        if (outcome === 'taken') {
          const reason = `the tag ${tag.tag} holds something else at the destination, which was left as it is`
          lost(job, node, linking.subject.digest, node.missing.get(linking.subject.digest)!, reason)
        }
        if (outcome === 'kept') linked(job, node)
        if (outcome === 'open') open.add(node)
      }
    }),
  )
  return open
}

async function findTags(
  { job: { from, signal }, subject: { digest } }: Linking,
  nodes: readonly ReadyNode[],
): Promise<readonly LinkTag[]> {
  const names = [referrersTag(digest)]
  for await (const page of tagsFrom(from, digestTagPrefix(digest), { signal })) names.push(...page)
  const found = await Promise.all(
    names.map(async (tag): Promise<LinkTag | undefined> => {
      const stored = await findManifest(from, tag, { signal })
      if (!stored) return undefined
      const { mediaType, digest } = stored.descriptor
      const entries = isIndexType(mediaType)
        ? (parseManifest(stored.bytes, mediaType) as ImageIndex).manifests
        : []
      const named = new Set([digest, ...entries.map((entry) => entry.digest)])
      const own = nodes.filter(({ found }) => named.has(found.digest))
      return own.length > 0 ? { tag, stored, entries, nodes: own } : undefined
    }),
  )
  return found.filter((one) => one !== undefined)
}

/**
 * Copies one tag.
 *
 * @returns `'kept'` where it is there now as it was; `'open'` where the strategies have to merge it with what is
 *   there, or only a part of it is copied; `'taken'` where nothing can be merged
 */
async function copyTag(
  { job, contents }: Linking,
  { tag, stored, entries, nodes }: LinkTag,
): Promise<'kept' | 'open' | 'taken'> {
  const { to, signal, ledger } = job
  const { digest, mediaType } = stored.descriptor
  const there = (await findManifest(to, tag, { intent: 'push', signal }))?.descriptor
  if (there?.digest === digest) return 'kept'
  // Proposal D's tag is that of one link alone, so there is nothing to merge with.
  if (there) return parseDigestTag(tag)?.kind === 'artifact' ? 'taken' : 'open'
  const own = new Map<Digest, ReadyNode>(nodes.map((node) => [node.found.digest, node]))
  const known = (entry: Descriptor) => own.has(entry.digest) || ledger.manifests.has(entry.digest)
  if (!entries.every(known)) return 'open'
  try {
    for (const entry of entries) {
      const node = own.get(entry.digest)
      if (!node || ledger.manifests.has(entry.digest)) continue
      await contents.write(node.source, entry.digest)
      linked(job, node)
    }
    const condition = sendsEtags(to) ? ({ ifNoneMatch: '*' } as const) : {}
    const put = () =>
      putManifest(to, tag, stored.bytes, { mediaType, linked: true, signal, ...condition })
    await contents.writing(
      nodes.map(({ source }) => source),
      put,
    )
    return 'kept'
  } catch {
    // What is wrong shows again where the strategies write their links.
    signal.throwIfAborted()
    return 'open'
  }
}
