/**
 * What a manifest names: every descriptor in it, each with the field that it stands in. Copies, conversions and
 * deletes walk the graph of a repository with it.
 *
 * @module
 */
import { type Descriptor, parseDescriptor } from './descriptor.ts'
import type { Digest } from './digest.ts'
import type { Manifest } from './manifest.ts'
import {
  ARTIFACT_MANIFEST,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  IMAGE_INDEX,
  IMAGE_MANIFEST,
  NODE_MANIFEST,
  ORAS_ARTIFACT_MANIFEST,
} from './media-types.ts'
import { referenceOf } from './reference-field.ts'

/**
 * The field that names a descriptor. `subject`, `reference` (proposal B and C) and `refers` (E) point at what the
 * manifest is attached to; all others are its content.
 */
export type SuccessorRole =
  | 'config'
  | 'layer'
  | 'blob'
  | 'manifest'
  | 'object'
  | 'subject'
  | 'reference'
  | 'refers'

/** A descriptor that a manifest names. */
export interface Successor {
  readonly role: SuccessorRole
  readonly descriptor: Descriptor
}

/**
 * Lists what a manifest names, in the order of its content; what it is attached to comes last. A blob that is
 * named twice is listed twice. Of an index, the `reference` of an entry is part of that entry (proposal B).
 *
 * @throws {@link InvalidInputError} when a `reference` or `refers` is no descriptor
 * @example
 * ```ts
 * import { EMPTY, successors } from 'ocilink'
 *
 * const mediaType = 'application/vnd.oci.image.manifest.v1+json'
 * const manifest = { schemaVersion: 2, mediaType, config: EMPTY, layers: [] } as const
 * console.log(successors(manifest)[0]?.role) // config
 * ```
 */
export function successors(manifest: Manifest): readonly Successor[] {
  switch (manifest.mediaType) {
    case IMAGE_MANIFEST:
    case DOCKER_MANIFEST:
      return [
        ...all('config', [manifest.config]),
        ...all('layer', manifest.layers),
        ...all('subject', [manifest.subject]),
        ...all('reference', [referenceOf(manifest)]),
        ...all('refers', [refersOf(manifest)]),
      ]
    case IMAGE_INDEX:
    case DOCKER_MANIFEST_LIST:
      return [
        ...all('manifest', manifest.manifests),
        ...all('subject', [manifest.subject]),
        ...all('reference', [referenceOf(manifest)]),
        ...all('refers', [refersOf(manifest)]),
      ]
    case ARTIFACT_MANIFEST:
    case ORAS_ARTIFACT_MANIFEST:
      return [
        ...all('blob', manifest.blobs),
        ...all('subject', [manifest.subject]),
        ...all('refers', [refersOf(manifest)]),
      ]
    case NODE_MANIFEST:
      return [...all('object', manifest.objects), ...all('reference', [manifest.reference])]
    default:
      return manifest satisfies never
  }
}

const all = (
  role: SuccessorRole,
  descriptors: readonly (Descriptor | undefined)[],
): readonly Successor[] =>
  descriptors.flatMap((descriptor) => (descriptor ? [{ role, descriptor }] : []))

/** `subject` as proposal E called it before the name was settled; to everybody else an unknown field. */
function refersOf(manifest: Manifest): Descriptor | undefined {
  const { refers } = manifest as { readonly refers?: unknown }
  return refers === undefined || refers === null
    ? undefined
    : parseDescriptor(refers, 'manifest.refers')
}

/** What a manifest says that it is attached to. */
export function subjectsOf(manifest: Manifest): readonly Digest[] {
  return successors(manifest).flatMap(({ role, descriptor }) =>
    role === 'subject' || role === 'reference' || role === 'refers' ? [descriptor.digest] : [],
  )
}
