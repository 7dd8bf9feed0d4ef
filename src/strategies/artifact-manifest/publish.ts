/**
 * Pushing artifact manifests, listing and deleting them. Loaded when that is done.
 *
 * @module
 */
import { RegistryError, UnsupportedError } from '../../errors.ts'
import type { ArtifactManifest } from '../../model/artifact-manifest.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { ARTIFACT_MANIFEST, ORAS_ARTIFACT_MANIFEST } from '../../model/media-types.ts'
import { headManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { putReferrer } from '../kept/links.ts'
import type { PublishOptions, Referrer } from '../strategy.ts'
import { alternatives, lists, NAME } from './lists.ts'
import { type ArtifactManifestOptions, spelled } from './strategy.ts'

export { listArtifacts } from './lists.ts'
export { withdrawArtifact } from './withdraw.ts'

/**
 * Pushes an artifact manifest, of the type that the registry takes.
 *
 * @throws `UnsupportedError` where the registry takes none, or is known to list none
 */
export async function publishArtifact(
  repo: Repository,
  subject: Descriptor,
  manifest: ArtifactManifest,
  { mediaType }: ArtifactManifestOptions,
  options: PublishOptions,
): Promise<Referrer> {
  const { capabilities } = repo
  if (lists.every(({ api }) => capabilities[api.capability] === 'unsupported')) {
    throw refusal(repo, 'lists no artifact manifests')
  }
  const types = mediaType ? [mediaType] : typesFor(repo)
  let cause: unknown
  for (const type of types) {
    if (capabilities.artifactManifests === 'unsupported') break
    try {
      const own = spelled(manifest, type)
      const { entry } = await putReferrer(repo, own, options)
      capabilities.artifactManifests = 'supported'
      if (type === ARTIFACT_MANIFEST) capabilities.ociArtifactManifests = 'supported'
      const known = lists.find(({ api }) => capabilities[api.capability] === 'supported')
      const { via } = known ?? lists[type === ARTIFACT_MANIFEST ? 0 : 1]
      return { ...entry, subject, via: [via], confirmed: true }
    } catch (error) {
      if (!isRefusedType(error)) throw await explained(repo, error, subject, options)
      if (type === ARTIFACT_MANIFEST) capabilities.ociArtifactManifests = 'unsupported'
      cause = error
    }
  }
  if (!mediaType) capabilities.artifactManifests = 'unsupported'
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
