/**
 * Linking artifacts while their blobs may still move: the subject is looked up, and the strategy's own small blobs
 * are pushed, at the same time.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { digestOfSubject } from '../../model/subject.ts'
import { writeAgain } from '../../registry/blobs/missing.ts'
import { pushBlob } from '../../registry/blobs/push.ts'
import { internalsOf, type Repository } from '../../registry/repository.ts'
import type {
  Artifact,
  ArtifactOutline,
  PublishOptions,
  Referrer,
  SmallBlob,
  Strategy,
  SubjectReference,
} from '../../strategies/strategy.ts'
import { checkVerbs, LINKING } from './strategy-choice.ts'
import { resolveSubject } from './subject.ts'

/** An artifact to link, with tags for its referrer. */
export interface TaggedArtifact extends Artifact {
  readonly tags?: readonly string[] | undefined
}

/**
 * Links artifacts to one subject.
 *
 * @param subject - checked by parseSubject
 * @param outlines - what is known of the artifacts before their blobs are there
 * @param push - pushes their blobs
 * @throws `TypeError` for what is no repository
 */
export async function linkArtifacts(
  repo: Repository,
  subject: string | Descriptor,
  strategy: Strategy,
  outlines: readonly ArtifactOutline[],
  push: (signal: AbortSignal) => Promise<readonly TaggedArtifact[]>,
  { settle, signal: given }: PublishOptions,
): Promise<readonly Referrer[]> {
  internalsOf(repo)
  checkVerbs([strategy], LINKING)
  for (const outline of outlines) strategy.check(outline)
  const small = distinct(outlines.flatMap((outline) => strategy.blobs(outline)))
  given?.throwIfAborted()

  // What has begun is stopped when a part of it fails.
  const stop = new AbortController()
  const signal = given ? AbortSignal.any([given, stop.signal]) : stop.signal
  const pushSmall = () =>
    Promise.all(
      small.map(({ data, descriptor: { mediaType } }) =>
        pushBlob(repo, data, { mediaType, expectPresent: true, signal }),
      ),
    )
  try {
    const [found, artifacts] = await Promise.all([
      resolve(repo, subject, strategy, outlines, signal),
      push(signal),
      pushSmall(),
    ])
    const referrers = await Promise.all(
      artifacts.map(async ({ tags, ...artifact }) => ({
        manifest: await strategy.describe(found, artifact),
        artifactType: artifact.artifactType,
        tags,
      })),
    )
    const digests = small.map(({ descriptor }) => descriptor.digest)
    const publish = () => strategy.publish(repo, found, referrers, { settle, signal })
    return await publish().catch((error) =>
      writeAgain(repo, digests, pushSmall, publish, error, signal),
    )
  } catch (error) {
    stop.abort(error)
    throw error
  }
}

/** Looks up the subject, and lets the strategy begin to read as soon as its digest is known. */
async function resolve(
  repo: Repository,
  subject: string | Descriptor,
  strategy: Strategy,
  outlines: readonly ArtifactOutline[],
  signal: AbortSignal,
): Promise<SubjectReference> {
  const begin = async (digest: SubjectReference['digest']) => {
    await Promise.all(outlines.map((one) => strategy.prepare?.(repo, digest, one, { signal })))
  }
  // What fails is met again by publish.
  const prepare = (digest: SubjectReference['digest']) => void begin(digest).catch(() => {})
  const known = digestOfSubject(subject)
  if (known) prepare(known)
  if (known && typeof subject === 'string' && strategy.byDigest) return { digest: known }
  const found = await resolveSubject(repo, subject, { intent: 'push', signal })
  if (!known) prepare(found.digest)
  return found
}

function distinct(blobs: readonly SmallBlob[]): readonly SmallBlob[] {
  return [...new Map(blobs.map((blob) => [blob.descriptor.digest, blob])).values()]
}
