/**
 * What the proposals ask of a pushed manifest beyond its shape.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { ArtifactManifest } from '../../model/artifact-manifest.ts'
import type { ImageIndex, ImageManifest } from '../../model/manifest.ts'
import { isKnownManifestType, isMediaType, NODE_MANIFEST } from '../../model/media-types.ts'
import type { NodeManifest } from '../../model/node-manifest.ts'
import { referenceOf } from '../../model/reference-field.ts'
import type { ArtifactSettings } from '../settings/proposals.ts'
import { Refusal } from '../wire/answers.ts'
import type { Content } from './content.ts'

/**
 * Proposal A: what an artifact manifest must say (PROPOSAL_A.md, "Manifest Properties").
 *
 * @throws {@link InvalidInputError}
 */
export function checkArtifact(manifest: ArtifactManifest, settings: ArtifactSettings): void {
  const { artifactType, subject } = manifest
  const typed = artifactType ? isMediaType(artifactType) : !settings.requireType
  if (!typed) throw invalid('manifest.artifactType', 'a media type', artifactType)
  if (!subject && settings.requireSubject)
    throw invalid('manifest.subject', 'a descriptor', subject)
}

/**
 * Proposal A: what an artifact manifest needs to be there: blobs, and its subject as a manifest.
 *
 * @throws {@link Refusal} 400 `MANIFEST_BLOB_UNKNOWN`; `MANIFEST_INVALID` for a subject that is a blob
 */
export async function requireArtifactContent(
  content: Content,
  { blobs, subject }: ArtifactManifest,
  settings: ArtifactSettings,
): Promise<void> {
  for (const blob of blobs) await content.requireBlob(blob)
  if (!subject) return
  if (settings.missingSubject === 'reject') await content.requireManifest(subject)
  else if (await content.isBlobOnly(subject)) {
    const detail = { digest: subject.digest }
    throw new Refusal(400, 'MANIFEST_INVALID', 'the subject is a blob, and no manifest', { detail })
  }
}

/**
 * Proposal B: a `reference` is a descriptor, wherever it is.
 *
 * @throws {@link InvalidInputError}
 */
export function checkReferences(manifest: ImageManifest | ImageIndex): void {
  referenceOf(manifest)
  if (!('manifests' in manifest)) return
  for (const [at, entry] of manifest.manifests.entries()) {
    referenceOf(entry, `manifest.manifests[${at}]`)
  }
}

/**
 * Proposal C: a node's objects are there, and none of them is a node, whatever it is called. What the
 * node refers to may be missing.
 *
 * @throws {@link Refusal} 400 `MANIFEST_BLOB_UNKNOWN` or `MANIFEST_INVALID`
 */
export async function requireObjects(content: Content, { objects }: NodeManifest): Promise<void> {
  for (const object of objects) {
    if (!isKnownManifestType(object.mediaType)) {
      await content.requireBlob(object)
      continue
    }
    const { mediaType, digest } = await content.requireManifest(object)
    if (mediaType === NODE_MANIFEST) {
      const message = 'a node cannot be an object of another'
      throw new Refusal(400, 'MANIFEST_INVALID', message, { detail: { digest } })
    }
  }
}

function invalid(path: string, expected: string, input: unknown): InvalidInputError {
  return new InvalidInputError('INVALID_MANIFEST', path, expected, input)
}
