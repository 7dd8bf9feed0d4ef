/**
 * Proposal F, "OCI Index references it all": an index at the subject's digest tag, which lists the
 * subject itself, its platforms and its artifacts.
 *
 * @module
 */
import type { Annotations } from '../../model/annotations.ts'
import type { ImageManifest } from '../../model/manifest.ts'
import { parseTagOrDigest } from '../../model/reference.ts'
import { checkOptions, string } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import { DIGEST_REFERENCE, REFERENCE_DESCRIPTION, REFERENCE_TYPE } from '../lib/annotations.ts'
import { emptyBlobs, imageOf, readImage } from '../lib/image-artifact.ts'
import { shortTypeOf } from '../lib/short-types.ts'
import type { Strategy } from '../strategy.ts'

/** Options of {@link indexAnnotations}. */
export interface IndexAnnotationsOptions {
  /**
   * When listing, the index to read, by tag or digest: an image that was pushed with its artifacts, or the
   * index at the digest tag of a whole image, where the subject is one of its platforms.
   * @default the index at the subject's own digest tag
   */
  readonly index?: string | undefined
}

/**
 * Links by an index at the tag `<alg>-<subject>`, in which the annotations of each artifact's entry name what it
 * refers to. Needs nothing of a registry but tags. All writers share that tag, which is also the referrers tag of
 * registries without the referrers API, and follows the same rules: a subject is linked one way or the other.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest; `GET`, `PUT` and `GET` of the tag; and
 * `GET` of the subject, where the tag does not have it yet. Listing: one `GET`, two with `everywhere`, and
 * one for each entry without a type. Of an image index, referrers of its platforms are listed too; with
 * `everywhere` also those in an image that was pushed with its artifacts.
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
export function indexAnnotations(options: IndexAnnotationsOptions = {}): Strategy<ImageManifest> {
  checkOptions(options, { index: string })
  const { index } = options
  if (index !== undefined) parseTagOrDigest(index, 'index')
  return {
    name: 'index-annotations',
    options: { ...options },
    spec: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_F.md',
    needs: [],
    byDigest: true,

    check() {},
    blobs: emptyBlobs,

    // The manifest has the annotations of its entry: so it names what it refers to, and no two subjects
    // share one.
    describe({ digest }, artifact): ImageManifest {
      const { artifactType, annotations } = artifact
      const description = annotations?.[REFERENCE_DESCRIPTION] ?? annotations?.[DESCRIPTION]
      const own = {
        [REFERENCE_TYPE]: shortTypeOf(artifactType),
        [DIGEST_REFERENCE]: digest,
        ...(description !== undefined && { [REFERENCE_DESCRIPTION]: description }),
      }
      return imageOf({ ...artifact, annotations: { ...own, ...annotations, ...own } })
    },

    read(manifest) {
      const annotations = 'annotations' in manifest ? manifest.annotations : undefined
      if (annotations?.[DIGEST_REFERENCE] === undefined) return undefined
      return readImage(manifest, (key) => isAdded(annotations, key))
    },

    losses: ({ annotations = {} }) =>
      Object.keys(annotations)
        .filter((key) => isAdded(annotations, key))
        .map((key) => ({ field: `annotations["${key}"]`, reason: 'the link itself is there' })),

    async prepare(repo, subject, _, { signal }) {
      const { prepareAnnotated } = await writing()
      prepareAnnotated(repo, subject, signal)
    },

    async publish(repo, subject, referrers, options) {
      return (await writing()).publishAnnotated(repo, subject, referrers, options)
    },

    discover: (repo, subject, options) =>
      listing(async function* () {
        const { discoverAnnotated } = await import('./discover.ts')
        yield* discoverAnnotated(repo, subject, index, options)
      }),

    async withdraw(repo, subject, digest, options) {
      const { withdrawAnnotated } = await import('./withdraw.ts')
      return withdrawAnnotated(repo, subject, digest, index, options)
    },

    marks: ({ annotations }) => annotations?.[DIGEST_REFERENCE] !== undefined,
  }
}

const DESCRIPTION = 'org.opencontainers.image.description'

/** Whether an annotation is one that describe adds. */
function isAdded(annotations: Annotations, key: string): boolean {
  if (key === REFERENCE_DESCRIPTION) return annotations[key] === annotations[DESCRIPTION]
  return key === REFERENCE_TYPE || key === DIGEST_REFERENCE
}

const writing = () => import('./publish.ts')
