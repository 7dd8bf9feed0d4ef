/**
 * Proposal A: an artifact manifest, which is an image manifest without config, with a `subject`; found
 * by the list of artifacts, in the dialect that the registry speaks (PROPOSAL_A.md; ORAS
 * artifacts-spec; distribution-spec 1.1.0-rc1).
 *
 * @module
 */
import { InvalidInputError, RegistryError, UnsupportedError } from '../errors.ts'
import { CREATED } from '../model/annotations.ts'
import {
  ARTIFACT_CREATED,
  artifactCreated,
  ORAS_ARTIFACT_CREATED,
} from '../model/artifact-created.ts'
import type { ArtifactManifest } from '../model/artifact-manifest.ts'
import type { Descriptor } from '../model/descriptor.ts'
import {
  ARTIFACT_MANIFEST,
  isKnownManifestType,
  ORAS_ARTIFACT_MANIFEST,
} from '../model/media-types.ts'
import { listing } from '../registry/listing.ts'
import { headManifest } from '../registry/manifests.ts'
import type { Repository } from '../registry/repository.ts'
import { alternatives, listArtifacts, lists, NAME } from './_artifact-lists.ts'
import { putReferrer } from './_kept-links.ts'
import type { PublishOptions, Strategy } from './strategy.ts'

/** Options of {@link artifactManifest}. */
export interface ArtifactManifestOptions {
  /**
   * Type of manifest to push: OCI's, or ORAS's.
   * @default OCI's, and ORAS's where the registry refuses that
   */
  readonly mediaType?: ArtifactManifest['mediaType'] | undefined
}

/**
 * Links by the `subject` of an artifact manifest, as proposal A does, on registries of the time before
 * OCI 1.1 and on the embedded one. Which dialect a registry speaks is found out and remembered in
 * `capabilities`: the proposal's own list, ORAS's, that of ORAS's drafts, or the referrers list of OCI
 * 1.1's release candidates; OCI's manifest type or ORAS's.
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
export function artifactManifest(options: ArtifactManifestOptions = {}): Strategy {
  return {
    name: NAME,
    spec: 'https://github.com/opencontainers/wg-reference-types/blob/main/docs/proposals/PROPOSAL_A.md',
    needs: ['artifactManifests'],

    extraBlobs({ blobs }) {
      const at = blobs.findIndex(({ mediaType }) => isKnownManifestType(mediaType))
      if (at < 0) return []
      const path = `artifact.blobs[${at}].mediaType`
      throw new InvalidInputError('INVALID_INPUT', path, 'that of a blob', blobs[at]!.mediaType)
    },

    describe({ mediaType, digest, size }: Descriptor, artifact): ArtifactManifest {
      const { artifactType, config, blobs } = artifact
      const created = artifact.annotations?.[CREATED]
      // What registries sort by; absent where nobody said when it was made.
      const dated = created && !artifactCreated(artifact.annotations)
      const annotations = dated
        ? { ...artifact.annotations, [ARTIFACT_CREATED]: created }
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

    async publish(repo, subject: Descriptor, manifest, publishOptions) {
      const { capabilities } = repo
      if (lists.every(({ api }) => capabilities[api.capability] === 'unsupported')) {
        throw refusal(repo, 'lists no artifact manifests')
      }
      const types = options.mediaType ? [options.mediaType] : typesFor(repo)
      let cause: unknown
      for (const type of types) {
        if (capabilities.artifactManifests === 'unsupported') break
        try {
          const own = spelled(manifest as ArtifactManifest, type)
          const { entry } = await putReferrer(repo, own, publishOptions)
          capabilities.artifactManifests = 'supported'
          if (type === ARTIFACT_MANIFEST) capabilities.ociArtifactManifests = 'supported'
          const known = lists.find(({ api }) => capabilities[api.capability] === 'supported')
          const { via } = known ?? lists[type === ARTIFACT_MANIFEST ? 0 : 1]
          return { ...entry, subject, via: [via], confirmed: true }
        } catch (error) {
          if (!isRefusedType(error)) throw await explained(repo, error, subject, publishOptions)
          if (type === ARTIFACT_MANIFEST) capabilities.ociArtifactManifests = 'unsupported'
          cause = error
        }
      }
      if (!options.mediaType) capabilities.artifactManifests = 'unsupported'
      throw refusal(repo, 'takes no artifact manifests', cause)
    },

    discover(repo, subject, discoverOptions) {
      return listing(() => listArtifacts(repo, subject, discoverOptions))
    },

    async withdraw(repo, subject, digest, publishOptions) {
      const { withdrawArtifact } = await import('./_withdraw-artifact.ts')
      return withdrawArtifact(repo, subject, digest, publishOptions)
    },
  }
}

/** Types to try, the likely one first. */
function typesFor({ capabilities }: Repository): readonly ArtifactManifest['mediaType'][] {
  const { artifactsApi, ociArtifactManifests, orasArtifactsApi } = capabilities
  if (ociArtifactManifests === 'unsupported') return [ORAS_ARTIFACT_MANIFEST]
  const oras = orasArtifactsApi === 'supported' && artifactsApi === 'unsupported'
  return oras
    ? [ORAS_ARTIFACT_MANIFEST, ARTIFACT_MANIFEST]
    : [ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST]
}

/** A manifest as the other of the two types, with the date where that type's registries look for it. */
function spelled(
  manifest: ArtifactManifest,
  mediaType: ArtifactManifest['mediaType'],
): ArtifactManifest {
  const { annotations } = manifest
  const created = annotations?.[ARTIFACT_CREATED]
  const dated =
    mediaType === ORAS_ARTIFACT_MANIFEST &&
    artifactCreated(annotations) &&
    created &&
    !annotations[ORAS_ARTIFACT_CREATED]
  return {
    ...manifest,
    mediaType,
    ...(dated && { annotations: { ...annotations, [ORAS_ARTIFACT_CREATED]: created } }),
  }
}

/** Whether a registry knows no manifests of the type that was pushed. */
function isRefusedType(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false
  const { status, errors } = error
  const unknown = errors.every(({ code }) => /^(MANIFEST_INVALID|UNSUPPORTED)$/.test(code))
  return status === 415 || (status === 400 && unknown)
}

/** The error of a push, which says so where it is the subject that is missing. */
async function explained(
  repo: Repository,
  error: unknown,
  { digest }: Descriptor,
  { signal }: PublishOptions,
): Promise<unknown> {
  const missing =
    error instanceof RegistryError &&
    error.errors.some(({ code }) => /^MANIFEST(_BLOB)?_UNKNOWN$/.test(code)) &&
    (await headManifest(repo, digest, { intent: 'push', signal })) === undefined
  if (!missing) return error
  const { method, url, status, errors } = error
  const hint = `There is no subject ${digest} in ${repo.name}, and this registry takes no artifact before its subject: push that first`
  return new RegistryError({ method, url, status, errors, hint }, { cause: error })
}

function refusal(repo: Repository, what: string, cause?: unknown): UnsupportedError {
  return new UnsupportedError(
    `${repo.registry} ${what}: link with ${alternatives.join(', ')}`,
    { strategy: NAME, missing: ['artifactManifests'], alternatives },
    { cause },
  )
}
