/**
 * Proposal D, "No Changes": an image manifest at a tag made of the subject's digest and its own. Needs nothing of a
 * registry but tags. Each link has its own tag, so writers do not overwrite each other.
 *
 * @module
 */
import { EMPTY } from '../../model/descriptor.ts'
import { type Digest, parseDigest } from '../../model/digest.ts'
import { checkTagType } from '../../model/digest-tag-type.ts'
import type { ImageManifest } from '../../model/manifest.ts'
import { IMAGE_MANIFEST, type MediaType } from '../../model/media-types.ts'
import { parseTagOrDigest } from '../../model/reference.ts'
import { checkOptions, listOf, string, wholeNumber } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import { REFERENCE, REFERENCE_TYPE } from '../lib/annotations.ts'
import { emptyBlobs, readImage } from '../lib/image-artifact.ts'
import { shortTypeOf } from '../lib/short-types.ts'
import type { Strategy } from '../strategy.ts'

/** Options of {@link digestTags}. */
export interface DigestTagsOptions {
  /**
   * The short type that ends the tag, such as `sbom`; when listing, only tags that end so are read.
   * @default made from the artifact type; when listing, every short type that may belong to the wanted type
   */
  readonly type?: string | undefined
  /**
   * Further subjects, by digest: the artifact is linked to all of them at once. None has to exist.
   * @default []
   */
  readonly subjects?: readonly (Digest | string)[] | undefined
  /**
   * Manifests of at most this many bytes are copied into the index that links several subjects.
   * @default 0
   */
  readonly inline?: number | undefined
  /**
   * When listing, an index to read as well, by tag or digest: an image that was pushed with its artifacts,
   * where the subject is that image or one of its platforms.
   * @default none; with `everywhere` the subject itself
   */
  readonly index?: Digest | string | undefined
}

/**
 * Links by tags of the form `<alg>-<subject>.<artifact>.<type>`, on every registry.
 *
 * Requests, beside the artifact's blobs: one `PUT`. For several subjects, and for subjects of sha512
 * and sha384, whose digest is longer than a tag: one more `PUT` for each subject. Listing: one `GET` of
 * tags, or all pages of them where a registry cannot begin in the middle; and one for each artifact. With
 * `index`, or `everywhere`, one more at the same time, for artifacts in the image's own index.
 *
 * @throws `InvalidInputError` naming the option
 * @see https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_D.md
 * @example
 * ```ts
 * import { attach, repository } from 'ocilink'
 * import { digestTags } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const sbom = {
 *   artifactType: 'application/spdx+json',
 *   blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: 'application/spdx+json' }],
 * }
 * await attach(app, 'v1', sbom, { strategy: digestTags() })
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function digestTags(options: DigestTagsOptions = {}): Strategy<ImageManifest> {
  checkOptions(options, {
    type: string,
    subjects: listOf(string),
    inline: wholeNumber,
    index: string,
  })
  const { inline = 0, index } = options
  if (index !== undefined) parseTagOrDigest(index, 'index')
  const type = options.type === undefined ? undefined : checkTagType(options.type, 'type')
  const subjects = options.subjects?.map((text, i) => parseDigest(text, `subjects[${i}]`)) ?? []
  const typeOf = (artifactType: MediaType) =>
    type ??
    checkTagType(shortTypeOf(artifactType), 'artifact.artifactType without digestTags({ type })')

  return {
    name: 'digest-tags',
    options: { ...options },
    spec: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_D.md',
    needs: [],
    byDigest: true,

    check: ({ artifactType }) => void typeOf(artifactType),
    blobs: emptyBlobs,

    // In the proposal's order of fields. The type of the artifact is that of its config.
    describe(_, { artifactType, config, blobs, annotations }): ImageManifest {
      const own = { [REFERENCE_TYPE]: typeOf(artifactType) }
      return {
        mediaType: IMAGE_MANIFEST,
        schemaVersion: 2,
        ...(config && config.mediaType !== artifactType && { artifactType }),
        config: config ?? { ...EMPTY, mediaType: artifactType },
        layers: blobs.length > 0 ? blobs : [EMPTY],
        annotations: { ...own, ...annotations, ...own },
      }
    },

    read: (manifest) => readImage(manifest, (key) => key === REFERENCE_TYPE),

    losses: async (artifact) => (await writing()).lossesOf(artifact),

    async publish(repo, subject, referrers, options) {
      const { publishDigestTags } = await writing()
      const how = { subjects, inline, ...options }
      return Promise.all(referrers.map((one) => publishDigestTags(repo, subject, one, how)))
    },

    discover: (repo, subject, options) =>
      listing(async function* () {
        const { discoverDigestTags } = await import('./discover.ts')
        yield* discoverDigestTags(repo, subject, { type, index }, options)
      }),

    async withdraw(repo, subject, digest, withdrawOptions) {
      const { withdrawDigestTag } = await import('./withdraw.ts')
      return withdrawDigestTag(repo, subject, digest, index, withdrawOptions)
    },

    marks: ({ annotations }) => annotations?.[REFERENCE] !== undefined,
  }
}

const writing = () => import('./publish.ts')
