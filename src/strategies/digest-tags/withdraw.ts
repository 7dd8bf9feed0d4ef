/**
 * Taking a digest tag away (proposal D leaves it to clients). One artifact may be linked to several
 * subjects, by tags of its own or by an index, and only the one that is meant may lose it.
 *
 * @module
 */
import { InvalidInputError, UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { digestTagPrefix, hashOf, parseDigestTag } from '../../model/digest-tags.ts'
import { type ImageIndex, isIndexType, parseManifest } from '../../model/manifest.ts'
import { listTags } from '../../registry/lists/tags.ts'
import { findManifest, headManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { REFERENCE } from '../lib/annotations.ts'
import { deleteIfAllowed } from '../lib/refusals.ts'
import type { Withdrawn } from '../strategy.ts'

/** What a tag of the link leads to: the artifact, or an index. */
interface Target {
  readonly tag: string
  readonly digest: Digest
  /** Tags of other links that lead there too. */
  readonly others: readonly string[]
}

/**
 * Deletes the tags that link an artifact to a subject, then what they led to, where no other link
 * leads there.
 *
 * Requests: all pages of tags; `GET` and `DELETE` of the tag; `DELETE` of the manifest.
 */
export async function withdrawDigestTag(
  repo: Repository,
  subject: Digest,
  artifact: Digest,
  signal: AbortSignal | undefined,
): Promise<Withdrawn> {
  const links = await allLinks(repo, signal)
  const tagsOf = (of: string, digest: Digest) =>
    links.filter(({ tag, hash }) => tag.startsWith(of) && hashOf(digest).startsWith(hash))
  const own = new Set(tagsOf(digestTagPrefix(subject), artifact))
  const others = (found: ReturnType<typeof tagsOf>) =>
    found.filter((link) => !own.has(link)).map(({ tag }) => tag)
  const sharers = others(tagsOf('', artifact))

  const targets = (await Promise.all([...own].map(({ tag }) => readTarget(tag)))).filter(
    (target) => target !== undefined,
  )
  if (targets.length === 0) {
    const there = await headManifest(repo, artifact, { intent: 'push', signal })
    if (!there) return { digest: artifact, deleted: false, confirmed: true }
    const expected = `linked to ${subject} by a digest tag`
    throw new InvalidInputError('INVALID_INPUT', 'referrer', expected, artifact)
  }
  const gone = new Set<Digest>()
  for (const { tag, digest, others } of targets) {
    const untagged = await tryDelete(repo, tag, signal)
    // An artifact's own manifest comes last, after an index that names it.
    const index = digest !== artifact && others.length === 0
    if (untagged && !index) continue
    if (others.length === 0 && (await tryDelete(repo, digest, signal))) gone.add(digest)
    else if (!untagged) throw cannotUntag(tag, digest, others)
  }
  const deleted =
    gone.has(artifact) || (sharers.length === 0 && (await tryDelete(repo, artifact, signal)))
  if (!deleted) {
    const why = sharers[0]
      ? `the tag ${sharers[0]} leads to it too`
      : 'the registry refuses deletes'
    warn(repo, `${artifact} is no longer linked to ${subject}, but its manifest stays: ${why}`)
  }
  return { digest: artifact, deleted, confirmed: true }

  /** Reads a tag of the right name, which may lead elsewhere all the same. */
  async function readTarget(tag: string): Promise<Target | undefined> {
    const stored = await findManifest(repo, tag, { intent: 'push', signal })
    if (!stored) return undefined
    const { digest, mediaType } = stored.descriptor
    if (digest === artifact) return { tag, digest, others: sharers }
    if (!isIndexType(mediaType)) return undefined
    const { manifests } = parseManifest(stored.bytes, mediaType) as ImageIndex
    const entries = manifests.flatMap(({ digest, annotations }) => {
      const of = annotations?.[REFERENCE] as Digest | undefined
      return of === undefined ? [] : [{ digest, of }]
    })
    if (!entries.some(({ digest, of }) => digest === artifact && of === subject)) return undefined
    const all = entries.flatMap(({ digest, of }) => tagsOf(digestTagPrefix(of), digest))
    return { tag, digest, others: others(all) }
  }
}

async function allLinks(repo: Repository, signal: AbortSignal | undefined) {
  const links: { readonly tag: string; readonly hash: string }[] = []
  for await (const tag of listTags(repo, { signal })) {
    const parts = parseDigestTag(tag)
    if (parts?.kind === 'artifact') links.push(parts)
  }
  return links
}

/** Deletes, where the registry lets anybody: then what was there is gone. */
async function tryDelete(
  repo: Repository,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return typeof (await deleteIfAllowed(repo, reference, signal)) === 'boolean'
}

function cannotUntag(tag: string, digest: Digest, others: readonly string[]): UnsupportedError {
  const why =
    others.length > 0
      ? `and deleting ${digest} would take the tag ${others[0]} away too`
      : `and refuses to delete ${digest}`
  return new UnsupportedError(
    `The registry refuses to delete the tag ${tag}, ${why}: the link stays`,
    { strategy: 'digest-tags', missing: ['delete'], alternatives: [] },
  )
}
