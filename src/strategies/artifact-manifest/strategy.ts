/**
 * Proposal A: an artifact manifest, which has blobs, a `subject` and no config, found by the list of artifacts, in
 * the registry's dialect (PROPOSAL_A.md; ORAS artifacts-spec; distribution-spec 1.1.0-rc1).
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { CREATED } from '../../model/annotations.ts'
import { ARTIFACT_CREATED } from '../../model/artifact-created.ts'
import type { ArtifactManifest } from '../../model/artifact-manifest.ts'
import { isArtifactManifestType } from '../../model/artifact-manifest-type.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import {
  ARTIFACT_MANIFEST,
  EMPTY_JSON,
  isKnownManifestType,
  ORAS_ARTIFACT_MANIFEST,
} from '../../model/media-types.ts'
import { checkOptions, oneOf } from '../../platform/options.ts'
import { listing } from '../../registry/lists/listing.ts'
import { mapOf } from '../lib/image-artifact.ts'
import type { Strategy } from '../strategy.ts'
import { isCopied } from './copied.ts'
import { spelled } from './spelling.ts'

const linkFields = ['subject', 'refers'] as const

/** Options of {@link artifactManifest}. */
export interface ArtifactManifestOptions {
  /**
   * Type of manifest to push: OCI's, or ORAS's.
   * @default OCI's, and ORAS's where the registry refuses that
   */
  readonly mediaType?: ArtifactManifest['mediaType'] | undefined
}

/**
 * Links by the `subject` of an artifact manifest, as proposal A does, on registries from before OCI 1.1 and on the
 * embedded one. `capabilities` keeps the registry's dialect: the proposal's own list, ORAS's, that of ORAS's drafts,
 * or the referrers list of OCI 1.1's release candidates; OCI's manifest type or ORAS's.
 *
 * Requests, beside the artifact's blobs: `PUT` of the manifest; a second one the first time where only
 * ORAS's type is taken. Listing: one `GET` per page; the first time 4, of which 3 at once, where the
 * registry does not have the proposal's own list. A filter on annotations costs one per entry, as the
 * lists do not have them.
 *
 * @see PROPOSAL_A.md of the OCI Reference Types Working Group
 * @example
 * ```ts
 * import { attach, repository } from 'ocilink'
 * import { artifactManifest } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const note = { artifactType: 'application/vnd.example.note', annotations: { text: 'hello' } }
 * const { mediaType } = await attach(app, 'v1', note, { strategy: artifactManifest() })
 * console.log(mediaType)
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function artifactManifest(
  options: ArtifactManifestOptions = {},
): Strategy<ArtifactManifest> {
  checkOptions(options, { mediaType: oneOf(ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST) })
  return {
    name: 'artifact-manifest',
    options: { ...options },
    spec: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_A.md',
    needs: ['artifactManifests'],
    linkFields,

    check({ blobs }) {
      const at = blobs.findIndex(({ mediaType }) => isKnownManifestType(mediaType))
      if (at < 0) return
      const path = `artifact.blobs[${at}].mediaType`
      throw new InvalidInputError('INVALID_INPUT', path, 'that of a blob', blobs[at]!.mediaType)
    },

    blobs: () => [],

    describe({ mediaType, digest, size }: Descriptor, artifact): ArtifactManifest {
      const { artifactType, config, blobs } = artifact
      const created = artifact.annotations?.[CREATED]
      // Registries sort by it; left out where the artifact has no date.
      const annotations = created
        ? { [ARTIFACT_CREATED]: created, ...artifact.annotations }
        : artifact.annotations
      return spelled(
        {
          mediaType: ARTIFACT_MANIFEST,
          artifactType,
          // There is no config: it is one more blob.
          blobs: config ? [...blobs, config] : blobs,
          subject: { mediaType, digest, size },
          ...(annotations && { annotations }),
        },
        options.mediaType ?? ARTIFACT_MANIFEST,
      )
    },

    read(manifest) {
      if (!isArtifactManifestType(manifest.mediaType)) return undefined
      const { artifactType = EMPTY_JSON, blobs, annotations = {} } = manifest as ArtifactManifest
      const kept = Object.entries(annotations).filter(([key]) => !isCopied(annotations, key))
      return { artifactType, blobs, ...(kept.length > 0 && { annotations: mapOf(kept) }) }
    },

    losses: async (artifact) => (await import('./losses.ts')).lossesOf(artifact),

    async publish(repo, subject: Descriptor, referrers, publishOptions) {
      const { publishArtifact } = await import('./publish.ts')
      return Promise.all(
        referrers.map((one) => publishArtifact(repo, subject, one, options, publishOptions)),
      )
    },

    discover: (repo, subject, findOptions) =>
      listing(async function* () {
        const { listArtifacts } = await import('./discover.ts')
        yield* listArtifacts(repo, subject, findOptions)
      }),

    async withdraw(repo, subject, digest, withdrawOptions) {
      const { withdrawArtifact } = await import('./withdraw.ts')
      return withdrawArtifact(repo, subject, digest, { linkFields, ...withdrawOptions })
    },
  }
}
