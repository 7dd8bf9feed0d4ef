/**
 * Converts what is linked to one subject.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { ownArtifact } from '../lib/own-artifact.ts'
import { resolveSubject } from '../lib/subject.ts'
import type { ConvertedReferrer } from './certificate.ts'
import { type How, intentOf } from './how.ts'
import { AT_ONCE, failAll, linkAll, type Work } from './link-all.ts'
import type { OldLink } from './old-links.ts'
import { takeAway } from './take-away.ts'

/**
 * Links in the new ways what is linked to a subject, and takes the old links away where they do not stay.
 *
 * @param view - the repository with manifests that were read already
 * @throws only the signal's reason
 */
export async function convertSubject(
  repo: Repository,
  view: Repository,
  subject: Digest,
  linked: readonly OldLink[],
  how: How,
): Promise<readonly ConvertedReferrer[]> {
  const { signal } = how
  const works = await pLimit(AT_ONCE).map(linked, (old) => open(view, old, signal))
  await linkInEach(repo, view, subject, works, how)
  const converted: ConvertedReferrer[] = []
  for (const { old: link, artifact, links } of works) {
    const { digest, mediaType, artifactType = mediaType, via } = link.referrer
    const strategies = [...new Set(via.map(({ strategy }) => strategy))]
    const payloads = (artifact?.blobs ?? []).map(({ mediaType, digest, size }) => {
      return { mediaType, digest, size }
    })
    const old = how.keep || how.dryRun ? undefined : await takeAway(repo, subject, link, links, how)
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

/** What one way fails of keeps nothing from being linked in the others. */
async function linkInEach(
  repo: Repository,
  view: Repository,
  subject: Digest,
  works: readonly Work[],
  how: How,
): Promise<void> {
  const { to, signal } = how
  for (const [i, strategy] of to.entries()) {
    try {
      const target = await resolveSubject(view, subject, { intent: intentOf(how), signal })
      await linkAll(repo, view, target, strategy, works, how)
    } catch (error) {
      signal?.throwIfAborted()
      failAll(to.slice(0, i + 1), works, error)
    }
  }
}

async function open(
  repo: Repository,
  old: OldLink,
  signal: AbortSignal | undefined,
): Promise<Work> {
  try {
    const artifact = await ownArtifact(repo, old.referrer, old.ways, signal)
    return { old, artifact, failure: undefined, links: [] }
  } catch (error) {
    signal?.throwIfAborted()
    return { old, artifact: undefined, failure: error, links: [] }
  }
}
