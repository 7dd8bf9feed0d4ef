/**
 * Pushes artifact manifests, of the type that the registry takes.
 *
 * @module
 */
import { RegistryError, UnsupportedError } from '../../errors.ts'
import type { ArtifactManifest } from '../../model/artifact-manifest.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST } from '../../model/media-types.ts'
import { isContentMissing } from '../../registry/blobs/missing.ts'
import { headManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { alternatives } from '../lib/alternatives.ts'
import { putReferrer } from '../lib/put.ts'
import { isTypeRefused } from '../lib/refusals.ts'
import type { NewReferrer, PublishOptions, Referrer } from '../strategy.ts'
import { lists, NAME } from './lists.ts'
import { spelled } from './spelling.ts'

/**
 * Pushes an artifact manifest, of the type that the registry takes.
 *
 * @param mediaType - the type, where the caller wants one
 * @throws `UnsupportedError` where the registry takes none, or is known to list none
 */
export async function publishArtifact(
  repo: Repository,
  subject: Descriptor,
  referrer: NewReferrer<ArtifactManifest>,
  { mediaType }: { readonly mediaType?: ArtifactManifest['mediaType'] | undefined },
  { signal }: PublishOptions,
): Promise<Referrer> {
  const { capabilities } = repo
  if (lists.every(({ api }) => capabilities[api.capability] === 'unsupported')) {
    throw refusal(repo, 'lists no artifact manifests')
  }
  // Bytes that exist already have a type.
  const fixed = referrer.bytes ? referrer.manifest.mediaType : mediaType
  let cause: unknown
  for (const type of fixed ? [fixed] : typesFor(repo)) {
    if (capabilities.artifactManifests === 'unsupported') break
    try {
      const manifest = spelled(referrer.manifest, type)
      const { entry } = await putReferrer(repo, { ...referrer, manifest }, { signal })
      capabilities.artifactManifests = 'supported'
      if (type === ARTIFACT_MANIFEST) capabilities.ociArtifactManifests = 'supported'
      const known = lists.find(({ api }) => capabilities[api.capability] === 'supported')
      const { via } = known ?? lists[type === ARTIFACT_MANIFEST ? 0 : 1]
      return { ...entry, subject, via: [via], confirmed: true }
    } catch (error) {
      if (!isTypeRefused(error)) throw await explained(repo, error, subject, signal)
      if (type === ARTIFACT_MANIFEST) capabilities.ociArtifactManifests = 'unsupported'
      cause = error
    }
  }
  if (!fixed) capabilities.artifactManifests = 'unsupported'
  throw refusal(repo, 'takes no artifact manifests', cause)
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

/** The error of a push; where the subject is missing, one that says so. */
async function explained(
  repo: Repository,
  error: unknown,
  { digest }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const missing =
    isContentMissing(error) &&
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
