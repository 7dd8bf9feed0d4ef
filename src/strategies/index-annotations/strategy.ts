/**
 * Proposal F, "OCI Index references it all": an index at the subject's digest tag, which lists the
 * subject itself, its platforms and its artifacts. attach.ts comes before, _annotated-index.ts and
 * _tag-writer.ts after; they are loaded when they are needed.
 *
 * @module
 */
import { EMPTY, EMPTY_BYTES } from '../../model/descriptor.ts'
import type { ImageManifest } from '../../model/manifest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import { parseTagOrDigest } from '../../model/reference.ts'
import { listing } from '../../registry/lists/listing.ts'
import { REFERENCE_TYPE, shortTypeOf } from '../lib/short-types.ts'
import type { Strategy } from '../strategy.ts'

const REFERENCE = 'org.opencontainers.reference'

/** Options of {@link indexAnnotations}. */
export interface IndexAnnotationsOptions {
  /**
   * When listing, the index to look into, by tag or digest: an image that was pushed with its artifacts,
   * or the index at the digest tag of a whole image, where the subject is one of its platforms.
   * @default the index at the subject's own digest tag
   */
  readonly index?: string | undefined
}

/**
 * Links by an index at the tag `<alg>-<subject>`, in which each entry of an artifact says by annotations
 * what it refers to. Needs nothing of a registry but tags; everybody writes the same tag, by the rules
 * that keep the referrers tag. On a registry without the referrers API it is the same tag: a subject is
 * linked one way or the other.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest; `GET`, `PUT` and `GET` of the tag; and
 * `GET` of the subject, where the tag does not have it yet. Listing: one `GET`, two with `everywhere`, and
 * one for each entry that does not tell its type. Of an image index, what refers to its platforms is
 * listed too; `everywhere` finds it also in an image that was pushed with its artifacts.
 *
 * @throws `InvalidInputError` naming the option
 * @see https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_F.md
 * @example
 * ```ts
 * import { attach, repository } from 'ocilink'
 * import { indexAnnotations } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const sbom = {
 *   artifactType: 'application/spdx+json',
 *   blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: 'application/spdx+json' }],
 *   annotations: { 'org.opencontainers.reference.description': 'What is in it' },
 * }
 * await attach(app, 'v1', sbom, { strategy: indexAnnotations() })
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function indexAnnotations(options: IndexAnnotationsOptions = {}): Strategy {
  const { index } = options
  if (index !== undefined) parseTagOrDigest(index, 'index')
  return {
    name: 'index-annotations',
    spec: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_F.md',
    needs: [],
    byDigest: true,

    extraBlobs({ config, blobs }) {
      return config && blobs.length > 0 ? [] : [{ descriptor: EMPTY, data: EMPTY_BYTES }]
    },

    // The manifest has the annotations that its entry will have: so it tells by itself what it refers
    // to, and no two subjects share one.
    describe({ digest }, { artifactType, config, blobs, annotations }): ImageManifest {
      const description =
        annotations?.[`${REFERENCE}.description`] ??
        annotations?.['org.opencontainers.image.description']
      const own = {
        [REFERENCE_TYPE]: shortTypeOf(artifactType),
        [`${REFERENCE}.digest`]: digest,
        ...(description !== undefined && { [`${REFERENCE}.description`]: description }),
      }
      return {
        schemaVersion: 2,
        mediaType: IMAGE_MANIFEST,
        artifactType,
        config: config ?? EMPTY,
        layers: blobs.length > 0 ? blobs : [EMPTY],
        annotations: { ...own, ...annotations, ...own },
      }
    },

    prepare(repo, subject) {
      void writing().then(({ prepareAnnotated }) => prepareAnnotated(repo, subject))
    },

    async publish(repo, subject, manifest, options) {
      return (await writing()).publishAnnotated(repo, subject, manifest, options)
    },

    discover: (repo, subject, options) =>
      listing(async function* () {
        const { discoverAnnotated } = await import('./document.ts')
        yield discoverAnnotated(repo, subject, index, options)
      }),

    async withdraw(repo, subject, digest, options) {
      return (await writing()).withdrawAnnotated(repo, subject, digest, options)
    },
  }
}

const writing = () => import('./publish.ts')
