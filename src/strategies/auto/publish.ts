/**
 * Links by the subject, or by a tag of its own where the registry cannot keep that.
 *
 * @module
 */
import { ConflictError, InvalidInputError, RegistryError } from '../../errors.ts'
import { descriptorOf } from '../../model/descriptor-of.ts'
import type { Digest } from '../../model/digest.ts'
import { encodeManifest, type ImageManifest, type Manifest } from '../../model/manifest.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { headManifest, putManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { isImmutable, isTypeRefused } from '../lib/refusals.ts'
import type {
  NewReferrer,
  PublishOptions,
  Referrer,
  Strategy,
  SubjectReference,
} from '../strategy.ts'

/** The first choice and the fallback. */
export type Ways = readonly [bySubject: Strategy<ImageManifest>, byTag: Strategy<ImageManifest>]

/**
 * Publishes by the subject; where the registry takes no such manifest, or its referrers tag cannot be written, by a
 * tag of its own. The referrer's `reason` says why.
 *
 * @throws the first refusal, where the fallback is refused as well; after the link was written, the refusal of one
 *   of the caller's tags
 */
export async function publishEither(
  [bySubject, byTag]: Ways,
  repo: Repository,
  subject: SubjectReference,
  given: NewReferrer<ImageManifest>,
  options: PublishOptions,
): Promise<Referrer> {
  try {
    const [referrer] = await bySubject.publish(repo, subject, [given], options)
    const kept = referrer!.via.some((via) => via.kept === 'registry')
    const reason = kept
      ? 'the registry has the referrers API and keeps the list itself'
      : 'the registry has no referrers API: other tools read the list at the referrers tag'
    return { ...referrer!, reason }
  } catch (error) {
    // One where the referrers tag may not be moved, too.
    const isTaken = error instanceof ConflictError
    const listed =
      isTaken ||
      (error instanceof RegistryError && error.url.endsWith(`/${referrersTag(subject.digest)}`))
    if (!isTaken && !(await isRefusal(repo, subject, error, options))) throw error
    const { referrer, fallback } = await publishByTag(
      [bySubject, byTag],
      repo,
      subject,
      given,
      options,
      error,
    )
    const why = `each link has a tag of its own, because: ${(error as Error).message}`
    const { manifest, bytes = encodeManifest(manifest), tags = [] } = given
    // The manifest was pushed before the tag was refused. It may have been there before, so it stays.
    const left = listed ? (await descriptorOf(bytes, manifest.mediaType)).digest : undefined
    const kept = await putTags(repo, fallback, left, tags, options.signal)
    if (!left) return { ...referrer, reason: why }
    const stays = `${why}. ${left} with its subject stays, unlisted`
    const reason =
      kept.length > 0 ? `${stays}; what leads to it for good: ${kept.join(', ')}` : stays
    return { ...referrer, reason }
  }
}

/**
 * Publishes by a tag of its own the artifact of a manifest with a subject. The caller's tags are put afterwards.
 */
async function publishByTag(
  [bySubject, byTag]: Ways,
  repo: Repository,
  subject: SubjectReference,
  { manifest, artifactType }: NewReferrer<ImageManifest>,
  options: PublishOptions,
  refusal: unknown,
): Promise<{ readonly referrer: Referrer; readonly fallback: Manifest }> {
  try {
    const artifact = await bySubject.read(manifest)
    const fallback = await byTag.describe(subject, artifact!)
    const one = { manifest: fallback, artifactType }
    const [referrer] = await byTag.publish(repo, subject, [one], options)
    return { referrer: referrer!, fallback }
  } catch (error) {
    // The subject was not the reason, or this artifact cannot have such a tag.
    const same =
      error instanceof InvalidInputError ||
      (error instanceof RegistryError && error.status === (refusal as RegistryError).status)
    throw same ? refusal : error
  }
}

/**
 * Puts a manifest at the caller's tags too.
 *
 * @param earlier - what they lead to so far
 * @returns the tags that the registry does not move from there
 */
async function putTags(
  repo: Repository,
  manifest: Manifest,
  earlier: Digest | undefined,
  tags: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const kept: string[] = []
  for (const tag of tags) {
    try {
      await putManifest(repo, tag, manifest, { signal })
    } catch (error) {
      if (!earlier || !isImmutable(error)) throw error
      const there = await headManifest(repo, tag, { intent: 'push', signal })
      if (there?.digest !== earlier) throw error
      kept.push(tag)
    }
  }
  return kept
}

/**
 * Whether a registry takes no manifest with a subject. Some refuse one whose subject is missing in the same way: then
 * the subject is looked up.
 */
async function isRefusal(
  repo: Repository,
  { digest }: SubjectReference,
  error: unknown,
  { signal }: PublishOptions,
): Promise<boolean> {
  if (isTypeRefused(error, [405])) return true
  if (!(error instanceof RegistryError) || error.method !== 'PUT') return false
  const { status, errors } = error
  const missing =
    [400, 404].includes(status) &&
    errors.length > 0 &&
    errors.every(({ code, detail }) =>
      // ORAS's release candidate looked for it among the blobs.
      code === 'MANIFEST_BLOB_UNKNOWN'
        ? JSON.stringify(detail ?? '').includes(digest)
        : code === 'MANIFEST_UNKNOWN',
    )
  return missing && (await headManifest(repo, digest, { intent: 'push', signal })) !== undefined
}
