/**
 * The digest tags that link one artifact to one subject, and what they lead to: the artifact, or an index that lists
 * it (proposal D, "Registry HTTP API").
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { digestTagPrefix, hashOf, parseDigestTag } from '../../model/digest-tags.ts'
import { type ImageIndex, isIndexType, parseManifest } from '../../model/manifest.ts'
import { tagsFrom } from '../../registry/lists/seek-tags.ts'
import { type TagTargets, tagNames, targetOf } from '../../registry/lists/tag-targets.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { REFERENCE } from '../lib/annotations.ts'

/** What to search, and for which link. */
export interface LinkSearch {
  readonly repo: Repository
  readonly subject: Digest
  readonly artifact: Digest
  readonly tags: TagTargets
  readonly signal: AbortSignal | undefined
}

/** The digest tags of a subject. */
export interface SubjectTags {
  /** Those whose names have the artifact's hash. */
  readonly own: readonly string[]
  readonly others: readonly string[]
}

/** A tag that links the artifact. */
export interface OwnLink {
  readonly tag: string
  /** What it leads to. */
  readonly digest: Digest
  /** The same, where it is an index. */
  readonly index?: StoredManifest
  /** Whether that lists links only, and no images. */
  readonly linksOnly?: boolean
  /** Another artifact that it links to the subject too. */
  readonly shared?: Digest | undefined
}

/**
 * Lists the digest tags of a subject.
 *
 * Requests: those of all tags; where these are too many, those that begin so.
 */
export async function subjectTags({
  repo,
  subject,
  artifact,
  tags,
  signal,
}: LinkSearch): Promise<SubjectTags> {
  const prefix = digestTagPrefix(subject)
  const own: string[] = []
  const others: string[] = []
  const add = (name: string) => {
    const parts = name.startsWith(prefix) ? parseDigestTag(name) : undefined
    if (parts?.kind !== 'artifact') return
    const named = hashOf(artifact).startsWith(parts.hash) ? own : others
    named.push(name)
  }
  const { value } = await tagNames(tags)
  if (value) value.forEach(add)
  else for await (const page of tagsFrom(repo, prefix, { signal })) page.forEach(add)
  return { own, others }
}

/** Which of some tags of a subject link the artifact to it. */
export async function findLinks(
  search: LinkSearch,
  names: readonly string[],
): Promise<readonly OwnLink[]> {
  const links = await Promise.all(names.map((name) => findLink(search, name)))
  return links.filter((link) => link !== undefined)
}

/** What a tag leads to, where it is the link that its name promises. */
async function findLink(
  { repo, subject, artifact, tags, signal }: LinkSearch,
  tag: string,
): Promise<OwnLink | undefined> {
  const reading = { intent: 'push', signal } as const
  const seen = await targetOf(tags, tag)
  const target =
    seen.unseen === undefined ? seen.value : (await findManifest(repo, tag, reading))?.descriptor
  if (!target) return undefined
  const { digest, mediaType } = target
  const { hash } = parseDigestTag(tag) as { readonly hash: string }
  if (digest === artifact) return hashOf(digest).startsWith(hash) ? { tag, digest } : undefined
  const index = isIndexType(mediaType) ? await findManifest(repo, digest, reading) : undefined
  if (!index) return undefined
  const { manifests } = parseManifest(index.bytes, index.descriptor.mediaType) as ImageIndex
  const entries = manifests.filter(({ annotations }) => annotations?.[REFERENCE] === subject)
  // A tag with the hash of the index stands for all of its entries.
  const exact = entries.filter((entry) => hashOf(entry.digest).startsWith(hash))
  const meant = exact.length > 0 ? exact : entries
  if (!meant.some((entry) => entry.digest === artifact)) return undefined
  const linksOnly = manifests.every(({ annotations }) => annotations?.[REFERENCE] !== undefined)
  const shared = meant.find((entry) => entry.digest !== artifact)?.digest
  return { tag, digest, index, linksOnly, shared }
}
