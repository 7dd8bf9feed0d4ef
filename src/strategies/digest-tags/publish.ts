/**
 * Writes digest tags (proposal D, "Registry HTTP API").
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { descriptorOf } from '../../model/descriptor-of.ts'
import type { Digest } from '../../model/digest.ts'
import { digestTag, isCut } from '../../model/digest-tags.ts'
import { encodeManifest } from '../../model/manifest.ts'
import { headManifest, putManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { REFERENCE_TYPE } from '../lib/annotations.ts'
import { putReferrer } from '../lib/put.ts'
import { summarize } from '../lib/summary.ts'
import type {
  Artifact,
  Loss,
  NewReferrer,
  PublishOptions,
  Referrer,
  SubjectReference,
} from '../strategy.ts'
import { referenceIndex } from './reference-index.ts'

/** The one field that is lost: the annotation that the link needs. */
export function lossesOf({ annotations = {} }: Artifact): readonly Loss[] {
  return REFERENCE_TYPE in annotations
    ? [{ field: `annotations["${REFERENCE_TYPE}"]`, reason: 'the link itself is there' }]
    : []
}

/** Further subjects, and how to link them. */
export interface DigestTagPublication extends PublishOptions {
  readonly subjects: readonly Digest[]
  /** Manifests of at most this many bytes are copied into the index. */
  readonly inline: number
}

/**
 * Puts an artifact at its tag; where that cannot name its subjects, puts an index that names them at the tag of each.
 */
export async function publishDigestTags(
  repo: Repository,
  subject: SubjectReference,
  { manifest, bytes = encodeManifest(manifest), tags = [] }: NewReferrer,
  { subjects, inline, signal }: DigestTagPublication,
): Promise<Referrer> {
  const artifact = { ...(await descriptorOf(bytes, manifest.mediaType)), ...summarize(manifest) }
  const targets = [...new Set([subject.digest, ...subjects])]
  const tagFor = (target: Digest) =>
    digestTag(target, artifact.digest, artifact.annotations?.[REFERENCE_TYPE] ?? '')
  // A tag holds 64 characters of a digest: where that is not all of it, an index names the whole.
  const direct = targets.length === 1 && !isCut(subject.digest)
  if (direct) {
    await putOnce(repo, tagFor(subject.digest), bytes, artifact, signal)
  } else {
    const index = referenceIndex(artifact, targets, bytes.byteLength <= inline ? bytes : undefined)
    const content = encodeManifest(index)
    const written = await descriptorOf(content, index.mediaType)
    await putReferrer(repo, { manifest, bytes }, { signal })
    await Promise.all(
      targets.map((target) => putOnce(repo, tagFor(target), content, written, signal)),
    )
  }
  if (tags.length > 0) await putReferrer(repo, { manifest, bytes, tags }, { signal })
  const source = direct ? 'digest-tag' : 'index-at-digest-tag'
  const via = [{ strategy: 'digest-tags', source, kept: 'tag' as const }]
  return { ...artifact, subject, via, confirmed: true }
}

/** Writes content at a tag; no error where a registry with immutable tags has it there already. */
async function putOnce(
  repo: Repository,
  tag: string,
  bytes: Uint8Array,
  { mediaType, digest }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await putManifest(repo, tag, bytes, { mediaType, signal })
  } catch (error) {
    const refused = error instanceof RegistryError && error.status < 429
    const there = refused && (await headManifest(repo, tag, { intent: 'push', signal }))
    if (!there || there.digest !== digest) throw error
  }
}
