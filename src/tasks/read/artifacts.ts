/**
 * artifacts(): the content of everything that is attached to a subject.
 *
 * @module
 */
import type { Subject } from '../../model/subject.ts'
import type { Listing } from '../../registry/lists/listing.ts'
import { listing } from '../../registry/lists/listing.ts'
import type { Repository } from '../../registry/repository.ts'
import { findEverywhere, openPlace } from './find.ts'
import { inTurn } from './in-turn.ts'
import type { ReadArtifact } from './open.ts'
import { checkReadOptions, type ReadOptions } from './options.ts'
import { attempt, select } from './select.ts'

/** Options of {@link artifacts}; every way of linking is looked at where no strategy is named. */
export type ArtifactsOptions = ReadOptions

/**
 * Reads every artifact that is attached to a subject and matches. Lazy: no request is made before the first is
 * wanted.
 *
 * Requests: those of `discover()`; then one for each artifact's manifest, some at a time; a blob's when it is read.
 *
 * @param subject - a tag, a digest, a descriptor or a referrer
 * @throws while iterating, after what could be read: whatever kept a source from answering, or an artifact from
 *   being read where nothing else was; {@link InvalidInputError} naming the option, at once
 * @example
 * ```ts
 * import { artifacts, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * for await (const sbom of artifacts(app, 'v1', { artifactType: 'application/spdx+json' })) {
 *   for (const blob of sbom.blobs) console.log(blob.mediaType, await blob.text())
 * }
 * ```
 */
export function artifacts(
  repo: Repository,
  subject: Subject,
  options: ArtifactsOptions = {},
): Listing<ReadArtifact> {
  checkReadOptions(options)
  return listing(async function* () {
    const place = await openPlace(repo, subject, options)
    const found = await findEverywhere(place, options)
    const failures: unknown[] = []
    let none = true
    const read = (referrer: (typeof found.referrers)[number]) =>
      attempt(place, referrer, options.signal, failures, () => select(place, referrer, options))
    for await (const artifact of inTurn(found.referrers, read)) {
      if (!artifact) continue
      none = false
      yield [artifact]
    }
    const [failure] = [...found.failures, ...(none ? failures : [])]
    if (failure !== undefined) throw failure
  })
}
