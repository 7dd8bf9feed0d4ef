/**
 * Reads what cosign keeps at a tag: an image manifest with one layer for each signature, attestation or SBOM, as
 * recorded from cosign 3.1.3. The layers' annotations are in specs/SIGNATURE_SPEC.md.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { type Annotations, matchesAnnotations } from '../../model/annotations.ts'
import { type Descriptor, parseDescriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { isCut } from '../../model/digest-tags.ts'
import { type Entries, splitEntries } from '../../model/entries.ts'
import { indexEntries } from '../../model/index-entries.ts'
import {
  type ImageIndex,
  type ImageManifest,
  parseManifest,
  parseOutline,
} from '../../model/manifest.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { isOfType } from '../lib/doubts.ts'
import type { FindOptions, Referrer, SubjectReference } from '../strategy.ts'

/** What is at a tag of cosign's: the manifest with the layers that can be read, and those that cannot. */
export interface CosignContent {
  readonly manifest: ImageManifest
  readonly unreadable: Entries['unreadable']
}

/** Why it is none of cosign's. */
export interface Foreign {
  readonly foreign: string
  readonly unreadable?: Entries['unreadable']
}

/** The manifest at a tag, or what it is instead of one of cosign's. */
export function readCosign(subject: Digest, stored: StoredManifest): CosignContent | Foreign {
  const { digest, mediaType } = stored.descriptor
  if (digest === subject) return { foreign: 'the subject itself' }
  try {
    const { manifest, unreadable } = parseLayers(stored)
    if (!('layers' in manifest)) {
      // Not the body of an error.
      indexEntries(stored.bytes, mediaType)
      return { foreign: 'an index' }
    }
    const foreign = whyForeign(subject, manifest)
    return foreign === undefined ? { manifest, unreadable } : { foreign }
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    const foreign = `no image manifest, or a broken one (${mediaType})`
    return { foreign, unreadable: [{ value: undefined, error }] }
  }
}

/** A manifest, without the layers that are no descriptors. */
function parseLayers({ bytes, descriptor: { mediaType } }: StoredManifest): {
  readonly manifest: ImageManifest | ImageIndex
  readonly unreadable: Entries['unreadable']
} {
  try {
    return { manifest: parseManifest(bytes, mediaType), unreadable: [] }
  } catch (error) {
    if (!(error instanceof InvalidInputError && error.path.startsWith('manifest.layers[')))
      throw error
    const outline = parseOutline(bytes, mediaType) as ImageManifest
    const config = parseDescriptor(outline.config, 'manifest.config')
    const { entries: layers, unreadable } = splitEntries(outline.layers, 'layers')
    return { manifest: { ...outline, config, layers }, unreadable }
  }
}

function whyForeign(
  subject: Digest,
  { config, layers, subject: other }: ImageManifest,
): string | undefined {
  // cosign can be set to write Docker's types.
  if (!/^application\/vnd\.(oci\.image\.config|docker\.container\.image)\./.test(config.mediaType))
    return `an artifact of type ${config.mediaType}`
  if (layers.some((layer) => /^application\/vnd\.(oci|docker)\.image\./.test(layer.mediaType)))
    return 'an image'
  return other && other.digest !== subject ? `a referrer of ${other.digest}` : undefined
}

/**
 * The referrer that a manifest is, as if it had only the layers that pass the filters: its type is
 * theirs, and its annotations are those that all of them have. `undefined` when none passes.
 */
export function toReferrer(
  subject: SubjectReference,
  { mediaType, digest, size }: Descriptor,
  manifest: Pick<ImageManifest, 'layers' | 'annotations'>,
  suffix: string,
  { artifactType, annotations }: FindOptions = {},
): Referrer | undefined {
  const passing = manifest.layers
    .filter((layer) => isOfType(layer.mediaType, artifactType))
    .map((layer) => ({ layer, all: mergeAnnotations(manifest.annotations, layer.annotations) }))
    .filter(({ all }) => !annotations || matchesAnnotations(all, annotations))
  const [first] = passing
  if (!first) return undefined
  const shared = Object.entries(first.all).filter(([key, value]) =>
    passing.every(({ all }) => all[key] === value),
  )
  return {
    mediaType,
    digest,
    size,
    artifactType: first.layer.mediaType,
    ...(shared[0] && { annotations: mergeAnnotations(Object.fromEntries(shared)) }),
    subject,
    via: [{ strategy: 'cosign-tags', source: suffix, kept: 'tag' }],
    // A manifest of cosign's does not name its subject: another digest may begin with the same 64 characters.
    confirmed: !isCut(subject.digest),
    layers: passing.map(({ layer }) => layer),
  }
}

/** Several maps as one, later ones first; its keys are sorted, and it has no prototype. */
export function mergeAnnotations(...maps: readonly (Annotations | undefined)[]): Annotations {
  const all: Annotations = Object.assign(Object.create(null), ...maps)
  const merged: Record<string, string> = Object.create(null)
  for (const key of Object.keys(all).sort()) merged[key] = all[key]!
  return merged
}
