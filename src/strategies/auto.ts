/**
 * Chooses: OCI 1.1 wherever its link can be kept, since that is what other tools read; digest tags
 * where the registry lets nobody rewrite a tag, or the referrers tag holds something else.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { listing } from '../registry/listing.ts'
import { digestTags } from './digest-tags.ts'
import { ociSubject } from './oci-subject.ts'
import type { Strategy } from './strategy.ts'

/**
 * Links the best way that others can read, and says why in the referrer's `reason`.
 *
 * Requests: those of {@link ociSubject}; where that cannot be kept, those of {@link digestTags} too.
 * Lists what either of the two finds.
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
/* @__NO_SIDE_EFFECTS__ */
export function auto(): Strategy {
  const best = ociSubject()
  const fallback = digestTags()
  // What a manifest was made of, so that it can be made again the other way.
  const made = new WeakMap<object, Parameters<Strategy['describe']>>()
  return {
    ...best,
    name: 'auto',
    choices: [best, fallback],

    async describe(subject, artifact) {
      const manifest = await best.describe(subject, artifact)
      made.set(manifest, [subject, artifact])
      return manifest
    },

    async publish(repo, subject, manifest, options) {
      const { publishEither } = await import('./_either-publication.ts')
      const parts = made.get(manifest)
      return publishEither(
        () => best.publish(repo, subject, manifest, options),
        parts &&
          (async () => fallback.publish(repo, subject, await fallback.describe(...parts), options)),
      )
    },

    discover(repo, subject, options) {
      return listing(async function* () {
        yield* best.discover(repo, subject, options).pages()
        yield* fallback.discover(repo, subject, options).pages()
      })
    },

    async withdraw(repo, subject, referrer, options) {
      try {
        return await best.withdraw(repo, subject, referrer, options)
      } catch (error) {
        // A manifest without a subject: linked the other way.
        if (!(error instanceof InvalidInputError)) throw error
        return fallback.withdraw(repo, subject, referrer, options)
      }
    },
  }
}
