/**
 * OCI 1.1 wherever its link can be kept, since other tools read that; digest tags where the registry takes no
 * manifest with a subject, has immutable tags, or the referrers tag holds something else.
 *
 * @module
 */
import type { ImageManifest } from '../../model/manifest.ts'
import { checkOptions } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import { digestTags } from '../digest-tags/strategy.ts'
import { ociSubject } from '../oci-subject/strategy.ts'
import type { Strategy } from '../strategy.ts'

/**
 * Links the best way that others can read, and says why in the referrer's `reason`.
 *
 * Requests: those of {@link ociSubject}; where that cannot be kept, also those of {@link digestTags}, a `HEAD`
 * of the subject where it may be missing, and one of a caller's tag that cannot be moved. Lists what either of
 * the two finds.
 *
 * @example
 * ```ts
 * import { attach, repository } from 'ocilink'
 * import { auto } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'hello' } }
 * const { reason } = await attach(app, 'v1', note, { strategy: auto() })
 * console.log(reason)
 * ```
 */
export function auto(): Strategy<ImageManifest>
/* @__NO_SIDE_EFFECTS__ */
export function auto(options: object = {}): Strategy<ImageManifest> {
  checkOptions(options, {})
  const ways = [ociSubject(), digestTags()] as const
  const [bySubject, byTag] = ways
  return {
    ...bySubject,
    name: 'auto',
    choices: ways,

    async publish(repo, subject, referrers, options) {
      const { publishEither } = await import('./publish.ts')
      return Promise.all(referrers.map((one) => publishEither(ways, repo, subject, one, options)))
    },

    discover: (repo, subject, options) =>
      listing(async function* () {
        yield* bySubject.discover(repo, subject, options).pages()
        yield* byTag.discover(repo, subject, options).pages()
      }),

    async withdraw(repo, subject, referrer, options) {
      const { withdrawAll } = await import('./withdraw.ts')
      return withdrawAll(ways, repo, subject, referrer, options)
    },
  }
}
