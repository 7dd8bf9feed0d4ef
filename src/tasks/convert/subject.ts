/**
 * Converts what is linked to one subject.
 *
 * @module
 */
import { type Digest, digestOf } from '../../model/digest.ts'
import { encodeManifest } from '../../model/manifest.ts'
import type { Repository } from '../../registry/repository.ts'
import type {
  Artifact,
  Loss,
  Referrer,
  Strategy,
  SubjectReference,
} from '../../strategies/strategy.ts'
import { linkArtifacts } from '../lib/linking.ts'
import { ownArtifact } from '../lib/own-artifact.ts'
import { resolveSubject } from '../lib/subject.ts'
import { toError } from '../lib/to-error.ts'
import type { ConvertedLink, ConvertedReferrer } from './certificate.ts'
import type { How } from './how.ts'
import { takeAway } from './take-away.ts'

/** A link on its way. */
interface Work {
  readonly referrer: Referrer
  /** Undefined where its manifest cannot be read. */
  readonly artifact: Artifact | undefined
  readonly failure: unknown
  readonly links: ConvertedLink[]
}

/**
 * Links in the new ways what is linked to a subject, in one write for each way where links are in one document.
 *
 * @param view - the repository with manifests that were read already
 */
export async function convertSubject(
  repo: Repository,
  view: Repository,
  subject: Digest,
  linked: readonly Referrer[],
  how: How,
): Promise<readonly ConvertedReferrer[]> {
  const works = await Promise.all(linked.map((referrer) => open(view, referrer, how)))
  const target = await resolveSubject(view, subject, { intent: 'push', signal: how.signal })
  for (const strategy of how.to) await linkAll(repo, target, strategy, works, how)
  const converted: ConvertedReferrer[] = []
  for (const { referrer, artifact, links } of works) {
    const { digest, mediaType, artifactType = mediaType, via } = referrer
    const strategies = [...new Set(via.map(({ strategy }) => strategy))]
    const payloads = (artifact?.blobs ?? []).map(({ mediaType, digest, size }) => {
      return { mediaType, digest, size }
    })
    const old =
      how.keep || how.dryRun ? undefined : await takeAway(repo, subject, referrer, links, how)
    const from = {
      strategies,
      digest,
      mediaType,
      artifactType: artifact?.artifactType ?? artifactType,
    }
    converted.push({ subject, from, payloads, to: links, ...(old && { old }) })
  }
  return converted
}

async function open(repo: Repository, referrer: Referrer, { from, signal }: How): Promise<Work> {
  try {
    const artifact = await ownArtifact(repo, referrer, from, signal)
    return { referrer, artifact, failure: undefined, links: [] }
  } catch (error) {
    signal?.throwIfAborted()
    return { referrer, artifact: undefined, failure: error, links: [] }
  }
}

/** All that can be linked in one way, at once. */
async function linkAll(
  repo: Repository,
  subject: SubjectReference & Parameters<typeof linkArtifacts>[1] & object,
  strategy: Strategy,
  works: readonly Work[],
  how: How,
): Promise<void> {
  const { dryRun, settle, signal } = how
  const ready: {
    readonly work: Work
    readonly artifact: Artifact
    readonly losses: readonly Loss[]
  }[] = []
  for (const work of works) {
    const { artifact, referrer, links } = work
    if (referrer.via.some((way) => way.strategy === strategy.name)) {
      links.push(presentAs(strategy, referrer))
      continue
    }
    if (!artifact) {
      links.push(failedAs(strategy, work.failure))
      continue
    }
    try {
      strategy.check(artifact)
      ready.push({ work, artifact, losses: (await strategy.losses?.(artifact)) ?? [] })
    } catch (error) {
      links.push(failedAs(strategy, error))
    }
  }
  if (ready.length === 0) return
  const artifacts = ready.map(({ artifact }) => artifact)
  try {
    if (dryRun) {
      for (const { work, artifact, losses } of ready) {
        const manifest = await strategy.describe(subject, artifact)
        const digest = await digestOf(encodeManifest(manifest))
        const { mediaType } = manifest
        const payloadsEqual = samePayloads(artifact, strategy.read(manifest))
        work.links.push({
          strategy: strategy.name,
          status: 'planned',
          digest,
          mediaType,
          confirmed: false,
          payloadsEqual,
          losses,
        })
      }
      return
    }
    const push = async () => artifacts
    const written = await linkArtifacts(repo, subject, strategy, artifacts, push, {
      settle,
      signal,
    })
    await Promise.all(
      ready.map(async ({ work, artifact, losses }, i) => {
        work.links.push(await certify(repo, strategy, written[i]!, artifact, losses, signal))
      }),
    )
  } catch (error) {
    signal?.throwIfAborted()
    for (const { work } of ready) {
      const named = work.links.some((link) => link.strategy === strategy.name)
      if (!named) work.links.push(failedAs(strategy, error))
    }
  }
}

/** Reads the new manifest again, and compares its content. */
async function certify(
  repo: Repository,
  strategy: Strategy,
  referrer: Referrer,
  artifact: Artifact,
  losses: readonly Loss[],
  signal: AbortSignal | undefined,
): Promise<ConvertedLink> {
  const { digest, mediaType, confirmed } = referrer
  const { layers: _, ...read } = referrer
  const found = await ownArtifact(repo, read, [strategy], signal)
  const payloadsEqual = samePayloads(artifact, found)
  const all = [...losses, ...(referrer.losses ?? [])]
  const distinct = [...new Map(all.map((loss) => [`${loss.field} ${loss.reason}`, loss])).values()]
  return {
    strategy: strategy.name,
    status: 'written',
    digest,
    mediaType,
    confirmed,
    payloadsEqual,
    losses: distinct,
  }
}

/** Whether a manifest has all of an artifact's blobs: at cosign's tags it may have those of others too. */
export function samePayloads(
  artifact: Pick<Artifact, 'blobs'>,
  found: Artifact | undefined,
): boolean {
  if (!found) return false
  const there = new Set(
    [...found.blobs, ...(found.config ? [found.config] : [])].map(({ digest }) => digest),
  )
  return artifact.blobs.every(({ digest }) => there.has(digest))
}

function presentAs({ name }: Strategy, { digest, mediaType, confirmed }: Referrer): ConvertedLink {
  const same = { digest, mediaType, confirmed, payloadsEqual: true, losses: [] }
  return { strategy: name, status: 'present', ...same }
}

function failedAs({ name }: Strategy, error: unknown): ConvertedLink {
  const reason = toError(error).message
  return {
    strategy: name,
    status: 'failed',
    confirmed: false,
    payloadsEqual: false,
    losses: [],
    reason,
  }
}
