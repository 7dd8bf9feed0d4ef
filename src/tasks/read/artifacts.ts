/**
 * artifacts(): the content of everything that is attached to a subject.
 *
 * @module
 */
import type { Subject } from '../../model/subject.ts'
import { type Listing, listing } from '../../registry/lists/listing.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { noDoubts } from './doubts.ts'
import { findEverywhere, openPlace, settleDoubts } from './find.ts'
import { inTurn } from './in-turn.ts'
import type { ReadArtifact } from './open.ts'
import { checkReadOptions, type ReadOptions } from './options.ts'
import { select } from './select.ts'

/** Options of {@link artifacts}; every way of linking is looked at where no strategy is named. */
export type ArtifactsOptions = ReadOptions

/**
 * Reads every artifact that is attached to a subject and matches. Lazy: no request is made before the first is
 * wanted.
 *
 * Requests: those of `discover()`; then one for each artifact's manifest, some at a time; a blob's when it is read.
 *
 * @param subject - a tag, a digest, a descriptor or a referrer
 * @throws while iterating, after what could be read: whatever kept a source, or one referrer, from answering, since a
 *   busy registry may answer later; {@link ContentError} `TOO_LARGE` where there are more than one call follows; of
 *   what nobody can read, where nothing else was read (else the repository's `onWarning` is called);
 *   {@link InvalidInputError} naming the option, at once
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
    const doubts = noDoubts()
    let none = true
    const read = (referrer: Referrer) => select(place, referrer, options, doubts)
    for await (const artifact of inTurn(found.referrers, read)) {
      if (!artifact) continue
      none = false
      yield [artifact]
    }
    settleDoubts(found, doubts, none)
  })
}
