/**
 * What a pushed manifest must be like, and what must be there before it (distribution-spec 1.1,
 * "Pushing Manifests"). Bytes are never changed.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { isDigest } from '../../model/digest.ts'
import {
  type ImageIndex,
  isIndexType,
  isManifestType,
  type Manifest,
} from '../../model/manifest.ts'
import {
  ARTIFACT_MANIFEST,
  baseType,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  isMediaType,
  NODE_MANIFEST,
  ORAS_ARTIFACT_MANIFEST,
} from '../../model/media-types.ts'
import type { ManifestCheck, ManifestSettings, Settings } from '../settings/settings.ts'
import { Refusal } from '../wire/answers.ts'
import { ambiguityOf } from './ambiguity.ts'
import type { Content } from './content.ts'
import {
  checkArtifact,
  checkReferences,
  requireArtifactContent,
  requireObjects,
} from './proposal-rules.ts'

// Layers that registries need not have: fetched from their "urls" (image-spec 1.1, layer.md).
const notDistributable = [
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar',
]

/** The type a manifest is pushed as. */
export function pushedType(
  header: string | null,
  bytes: Uint8Array,
  settings: ManifestSettings,
): string {
  if (settings.typeParameters === 'refused' && header?.includes(';')) {
    const message = 'Content-Type must have no parameters'
    throw new Refusal(415, 'MANIFEST_INVALID', message, { reason: 'manifest-type-parameters' })
  }
  const type = baseType(header)
  const isUntyped = type === '' && settings.untyped === 'as the body says'
  const found: string = isUntyped ? typeOfBody(bytes) : type
  // Taken by some, and then in every answer: it must be what a header can hold.
  const isType: boolean = isMediaType(found)
  if (isType) return found
  throw new Refusal(400, 'MANIFEST_INVALID', 'Content-Type must be a media type', {
    detail: { mediaType: found.slice(0, 200) },
  })
}

function typeOfBody(bytes: Uint8Array): string {
  const { mediaType, manifests } = objectOf(bytes) ?? {}
  if (typeof mediaType === 'string') return mediaType
  return manifests === undefined ? IMAGE_MANIFEST : IMAGE_INDEX
}

/**
 * Reads a pushed manifest, as far as the registry looks into it.
 *
 * @throws {@link Refusal} 400 `MANIFEST_INVALID`
 */
export function readManifest(bytes: Uint8Array, mediaType: string, settings: Settings): Manifest {
  const { checks } = settings.manifests
  if (!isAccepted(mediaType, settings) && checks.includes('shape')) {
    const message = 'Content-Type must be that of a manifest that this registry takes'
    throw new Refusal(400, 'MANIFEST_INVALID', message, { detail: { mediaType } })
  }
  // Nesting without end is refused by all: it would overflow the reader's stack.
  const ambiguity = ambiguityOf(new TextDecoder().decode(bytes), !checks.includes('ambiguity'))
  if (ambiguity) throw new Refusal(400, 'MANIFEST_INVALID', ambiguity)
  try {
    const readable = isManifestType(mediaType) ? tolerated(bytes, mediaType, checks) : bytes
    const manifest = parseAnyManifest(readable, mediaType)
    requireProposals(manifest, settings)
    return manifest
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    if (!checks.includes('shape')) return opaque
    const { message, path } = error
    throw new Refusal(400, 'MANIFEST_INVALID', message, { detail: { path } })
  }
}

/** What a registry sees in a body that it takes for a manifest and cannot read. */
const opaque: ImageIndex = { schemaVersion: 2, mediaType: IMAGE_INDEX, manifests: [] }

/** A copy to read from, without what the registry does not look at. What is stored stays as it is. */
function tolerated(
  bytes: Uint8Array,
  mediaType: string,
  checks: readonly ManifestCheck[],
): Uint8Array {
  const isStrict = (['mixed', 'type', 'subject'] as const).every((check) => checks.includes(check))
  const value = isStrict ? undefined : objectOf(bytes)
  if (!value) return bytes
  const manifest: Record<string, unknown> = { ...value }
  if (!checks.includes('type')) manifest.mediaType = mediaType
  if (!checks.includes('mixed')) {
    const foreign = isIndexType(mediaType) ? ['config', 'layers'] : ['manifests']
    for (const key of foreign) delete manifest[key]
  }
  const { subject } = manifest as { subject?: { digest?: unknown } | null }
  if (!checks.includes('subject') && !isDigest(subject?.digest)) delete manifest.subject
  return new TextEncoder().encode(JSON.stringify(manifest))
}

function objectOf(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Whether a registry takes manifests of a type. */
function isAccepted(mediaType: string, { artifacts, nodes }: Settings): boolean {
  return (
    isManifestType(mediaType) ||
    artifacts.types.some((type) => type === mediaType) ||
    (nodes.api && mediaType === NODE_MANIFEST)
  )
}

/** What the proposals ask of a manifest's text. */
function requireProposals(manifest: Manifest, settings: Settings): void {
  switch (manifest.mediaType) {
    case IMAGE_MANIFEST:
    case DOCKER_MANIFEST:
    case IMAGE_INDEX:
    case DOCKER_MANIFEST_LIST:
      if (settings.references.api) checkReferences(manifest)
      break
    case ARTIFACT_MANIFEST:
    case ORAS_ARTIFACT_MANIFEST:
      checkArtifact(manifest, settings.artifacts)
      break
    case NODE_MANIFEST:
      break
    default:
      manifest satisfies never
  }
}

/**
 * Checks that everything a manifest is made of is in the repository. What OCI 1.1 calls its subject
 * may be missing.
 *
 * @throws {@link Refusal} 400 `MANIFEST_BLOB_UNKNOWN`, with the first digest that is missing
 */
export async function requireReferences(
  content: Content,
  manifest: Manifest,
  settings: Settings,
): Promise<void> {
  const { requireBlobs, requireEntries } = settings.manifests
  switch (manifest.mediaType) {
    case IMAGE_MANIFEST:
    case DOCKER_MANIFEST:
      await requireSubject(content, manifest.subject, settings)
      if (!requireBlobs) return
      for (const blob of [manifest.config, ...manifest.layers]) {
        if (notDistributable.some((prefix) => blob.mediaType.startsWith(prefix))) continue
        await content.requireBlob(blob)
      }
      return
    case IMAGE_INDEX:
    case DOCKER_MANIFEST_LIST:
      await requireSubject(content, manifest.subject, settings)
      if (requireEntries === 'none') return
      for (const entry of manifest.manifests) {
        if (requireEntries === 'manifests' && !isAccepted(entry.mediaType, settings)) continue
        await content.requireManifest(entry, 'manifest-entry')
      }
      return
    case ARTIFACT_MANIFEST:
    case ORAS_ARTIFACT_MANIFEST:
      return requireArtifactContent(content, manifest, settings.artifacts)
    case NODE_MANIFEST:
      return requireObjects(content, manifest)
    default:
      return manifest satisfies never
  }
}

/** Some registries take a subject only where it is there, and some looked for it among the blobs. */
async function requireSubject(
  content: Content,
  subject: Descriptor | undefined,
  settings: Settings,
): Promise<void> {
  const { subject: accepted } = settings.manifests
  if (!subject || accepted === 'may be missing') return
  if (accepted === 'must be a blob') await content.requireBlob(subject)
  else await content.requireManifest(subject, 'subject-missing')
}
