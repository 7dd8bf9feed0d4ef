/**
 * What a manifest refers to, and how it is listed there. The one place that knows, so that a storage
 * that reads manifests again after a restart finds what the registry found when they were pushed. All
 * links are kept, whichever of the lists a registry has.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { parseAnyManifest } from '../../model/any-manifest.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { artifactTypeOf, type ImageManifest, type Manifest } from '../../model/manifest.ts'
import {
  ARTIFACT_MANIFEST,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  isKnownManifestType,
  NODE_MANIFEST,
  ORAS_ARTIFACT_MANIFEST,
} from '../../model/media-types.ts'
import { newestFirst } from '../../model/newest-first.ts'
import { NODE_DESCRIPTION } from '../../model/node-description.ts'
import { referenceOf } from '../../model/reference-field.ts'
import type { Link, StoredManifest } from './storage.ts'

/** Ways to refer: OCI 1.1's, and those of proposals A, B (a document's and an entry's) and C. */
export type Relation = 'subject' | 'artifact' | 'reference' | 'entry' | 'node'

/** The links of a manifest. */
export function linksOf(stored: StoredManifest, manifest: Manifest): readonly Link[] {
  const referrer = referrerOf(stored, manifest)
  switch (manifest.mediaType) {
    case IMAGE_MANIFEST:
    case DOCKER_MANIFEST:
      return [
        ...link('subject', manifest.subject ?? refersOf(manifest), referrer),
        ...link('reference', checkedReference(manifest), referrer),
      ]
    case IMAGE_INDEX:
    case DOCKER_MANIFEST_LIST:
      return [
        ...link('subject', manifest.subject, referrer),
        ...link('reference', checkedReference(manifest), referrer),
        ...manifest.manifests.flatMap((entry) =>
          link('entry', checkedReference(entry), bare(entry)),
        ),
      ]
    case ARTIFACT_MANIFEST:
    case ORAS_ARTIFACT_MANIFEST:
      return [
        ...link('subject', manifest.subject ?? refersOf(manifest), referrer),
        ...link('artifact', manifest.subject, referrer, newestFirst(referrer)),
      ]
    case NODE_MANIFEST: {
      const { description, reference } = manifest
      const annotations = description ? { [NODE_DESCRIPTION]: description } : undefined
      return link('node', reference, { ...referrer, ...(annotations && { annotations }) })
    }
    default:
      return manifest satisfies never
  }
}

/** What a manifest in a storage says about others: nothing, where it cannot be read. */
export function readStored(stored: StoredManifest): {
  readonly links: readonly Link[]
  /** Manifests that it lists as its own. */
  readonly children: readonly Descriptor[]
} {
  const manifest = parseStored(stored)
  if (!manifest) return { links: [], children: [] }
  const parts =
    'manifests' in manifest ? manifest.manifests : 'objects' in manifest ? manifest.objects : []
  return {
    links: linksOf(stored, manifest),
    children: parts.filter(({ mediaType }) => isKnownManifestType(mediaType)),
  }
}

/** A manifest in a storage; undefined where it cannot be read. */
export function parseStored({ bytes, mediaType }: StoredManifest): Manifest | undefined {
  try {
    return parseAnyManifest(bytes, mediaType)
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined
    throw error
  }
}

/** How a manifest is listed as a referrer (distribution-spec 1.1, "Listing Referrers"). */
export function referrerOf(stored: StoredManifest, manifest: Manifest): Descriptor {
  const artifactType = artifactTypeOf(manifest)
  // Nodes have none: a field of that name is not known and not checked.
  const annotations = manifest.mediaType === NODE_MANIFEST ? undefined : manifest.annotations
  return {
    mediaType: stored.mediaType,
    digest: stored.digest,
    size: stored.bytes.byteLength,
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
  }
}

function link(
  relation: Relation,
  subject: Descriptor | undefined,
  referrer: Descriptor,
  position?: string,
): Link[] {
  return subject ? [{ relation, subject: subject.digest, referrer, position }] : []
}

/** Proposal E's first name for `subject`, in image and artifact manifests (PROPOSAL_E.md, "JSON Schema"). */
function refersOf(manifest: Manifest): Descriptor | undefined {
  return checkedReference({ reference: (manifest as { readonly refers?: unknown }).refers })
}

/** What a document of any kind refers to, or undefined where that is no descriptor. */
function checkedReference(document: Pick<ImageManifest, 'reference'>): Descriptor | undefined {
  try {
    return referenceOf(document)
  } catch (error) {
    if (error instanceof InvalidInputError) return undefined
    throw error
  }
}

/** What every descriptor has. */
export function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size }
}
