/**
 * Writes artifacts, and their entries into proposal F's index.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { DIGEST_REFERENCE } from '../lib/annotations.ts'
import { putReferrer } from '../lib/put.ts'
import { changeTag, readAhead } from '../shared-tag/writer.ts'
import type { NewReferrer, PublishOptions, Referrer, SubjectReference } from '../strategy.ts'
import { ANNOTATED, annotatedIndexOf } from './document.ts'

/** Starts to read the tag, which is written in any case, while blobs are pushed. */
export function prepareAnnotated(
  repo: Repository,
  subject: Digest,
  signal: AbortSignal | undefined,
): void {
  readAhead(repo, annotatedIndexOf(subject), signal)
}

/** Pushes the manifests, then puts their entries into the index. */
export async function publishAnnotated(
  repo: Repository,
  subject: SubjectReference,
  referrers: readonly NewReferrer[],
  options: PublishOptions,
): Promise<readonly Referrer[]> {
  const { signal } = options
  const written = await Promise.all(referrers.map((one) => putReferrer(repo, one, { signal })))
  const document = annotatedIndexOf(subject.digest)
  return Promise.all(
    written.map(async (one) => {
      // A manifest that another tool made need not name what it refers to: its entry does.
      const annotations = { [DIGEST_REFERENCE]: subject.digest, ...one.entry.annotations }
      const entry = { ...one.entry, annotations }
      const confirmed = await changeTag(repo, document, { entry, present: true, ...options })
      return { ...entry, subject, via: [ANNOTATED], confirmed }
    }),
  )
}
