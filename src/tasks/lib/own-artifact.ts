/**
 * The artifact that a referrer is, as the way of linking has it that found it.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Manifest } from '../../model/manifest.ts'
import { successors } from '../../model/successors.ts'
import { acceptOf } from '../../registry/accept.ts'
import { findManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Artifact, Referrer, Strategy } from '../../strategies/strategy.ts'
import { strategyOf } from '../strategy-of.ts'

/**
 * Reads a referrer's manifest, where listing it has not.
 *
 * Requests: `GET manifests/<digest>`; none where the referrer has `layers`.
 *
 * @param known - strategies beside those of ocilink/strategies
 * @throws {@link RegistryError} `NOT_FOUND` where the manifest is gone; {@link InvalidInputError} where it is none
 */
export async function ownArtifact(
  repo: Repository,
  referrer: Referrer,
  known: readonly Strategy[],
  signal: AbortSignal | undefined,
): Promise<Artifact> {
  const { artifactType, layers, via } = referrer
  if (layers && artifactType) return { artifactType, blobs: layers }
  const manifest = await readReferrer(repo, referrer, signal)
  for (const way of via) {
    const strategy = await strategyOf(way, known)
    const artifact = await strategy?.read(manifest)
    if (artifact) return artifact
  }
  return readAny(manifest, artifactType)
}

async function readReferrer(
  repo: Repository,
  referrer: Referrer,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const { digest } = referrer
  const stored = await findManifest(repo, digest, { accept: acceptOf(referrer), signal })
  if (stored) return parseAnyManifest(stored.bytes, stored.descriptor.mediaType)
  const url = `${repo.registry}/${repo.name}@${digest}`
  const hint = 'It is listed as a referrer, but its manifest is gone'
  throw new RegistryError({ method: 'GET', url, status: 404, hint })
}

const contents: readonly string[] = ['layer', 'blob', 'object']

/** What any manifest says of itself, where no strategy reads it. */
function readAny(manifest: Manifest, type: string | undefined): Artifact {
  const named = successors(manifest)
  const blobs = named.filter(({ role }) => contents.includes(role))
  const own = 'artifactType' in manifest ? manifest.artifactType : undefined
  const artifactType = own || type || manifest.mediaType
  return { artifactType, blobs: blobs.map(({ descriptor }) => descriptor) }
}
