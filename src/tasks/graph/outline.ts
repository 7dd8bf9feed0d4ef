/**
 * What a graph keeps of a manifest: what it is, and which manifests it names.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Annotations } from '../../model/annotations.ts'
import { parseAnyManifest } from '../../model/any-manifest.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { artifactTypeOf, type Manifest } from '../../model/manifest.ts'
import { isKnownManifestType } from '../../model/media-types.ts'
import { type Successor, type SuccessorRole, successors } from '../../model/successors.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { isLinkEntry } from '../../strategies/marks.ts'
import type { GraphEdge, GraphManifest } from './repository-graph.ts'

/** A manifest, and what it names. */
export interface Outline {
  readonly manifest: GraphManifest
  readonly named: readonly GraphEdge[]
  /** What may be a blob: that it is no manifest does not mean that it is gone. */
  readonly vague: readonly Digest[]
  /** What it is attached to that is no manifest by its type. */
  readonly blobs?: readonly Digest[]
  /** Why something in it may be named that is not known. */
  readonly unread?: string
}

/** Takes a manifest apart. What is no manifest of a known kind counts as listing each digest in it. */
export function outline({ descriptor, bytes }: StoredManifest): Outline {
  const { digest, mediaType, size } = descriptor
  const plain: GraphManifest = { digest, status: 'there', mediaType, size }
  if (!isKnownManifestType(mediaType)) return { manifest: plain, ...digestsIn(digest, bytes) }
  try {
    const manifest = parseAnyManifest(bytes, mediaType)
    const artifactType = artifactTypeOf(manifest)
    const { annotations } = manifest as { readonly annotations?: Annotations }
    return {
      manifest: {
        ...plain,
        ...(artifactType && { artifactType }),
        ...(annotations && { annotations }),
      },
      named: edgesOf(digest, manifest),
      vague: ofOtherTypes(manifest, ({ role }) => role === 'manifest'),
      blobs: ofOtherTypes(manifest, ({ role }) => isLink(role)),
    }
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return { manifest: plain, ...digestsIn(digest, bytes), unread: error.message }
  }
}

const isLink = (role: SuccessorRole) =>
  role === 'subject' || role === 'reference' || role === 'refers'

/** What a manifest names that is no manifest of a known kind by its type. */
function ofOtherTypes(
  manifest: Manifest,
  isMeant: (named: Successor) => boolean,
): readonly Digest[] {
  return successors(manifest)
    .filter((named) => isMeant(named) && !isKnownManifestType(named.descriptor.mediaType))
    .map(({ descriptor }) => descriptor.digest)
}

function edgesOf(from: Digest, manifest: Manifest): readonly GraphEdge[] {
  return successors(manifest).flatMap(({ role, descriptor }): GraphEdge[] => {
    const { digest: to, mediaType, annotations = {} } = descriptor
    switch (role) {
      case 'config':
      case 'layer':
      case 'blob':
        return []
      case 'object':
        return isKnownManifestType(mediaType) ? [{ from, to, role }] : []
      case 'subject':
      case 'reference':
      case 'refers':
        return [{ from, to, role }]
      case 'manifest': {
        // Each kind of link has an annotation of its own for the subject's digest.
        const about = isLinkEntry(descriptor) ? Object.values(annotations).filter(isDigest) : []
        const links = about.map((subject) => ({ from: to, to: subject, role: 'entry' }) as const)
        return [{ from, to, role }, ...links]
      }
      default:
        return role satisfies never
    }
  })
}

/** Every digest in a document. */
function digestsIn(from: Digest, bytes: Uint8Array): Pick<Outline, 'named' | 'vague'> {
  const text = new TextDecoder().decode(bytes)
  const digests = new Set(text.match(/sha(?:256|384|512):[0-9a-f]{64,128}/g) ?? [])
  const vague = [...digests].filter((to): to is Digest => isDigest(to) && to !== from)
  return { vague, named: vague.map((to) => ({ from, to, role: 'manifest' })) }
}
