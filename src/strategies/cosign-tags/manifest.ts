/**
 * Reads what cosign keeps at a tag: an image manifest with one layer for each signature, attestation or SBOM, as
 * recorded from cosign 3.1.3. The layers' annotations are in specs/SIGNATURE_SPEC.md.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { type Annotations, matchesAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type ImageManifest, parseManifest } from '../../model/manifest.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import { isOfType } from '../lib/doubts.ts'
import type { FindOptions, Referrer, SubjectReference } from '../strategy.ts'

/** The manifest, or what it is instead of one of cosign's. */
export function readCosign(
  subject: Digest,
  { bytes, descriptor: { digest, mediaType } }: StoredManifest,
): ImageManifest | string {
  if (digest === subject) return 'the subject itself'
  let manifest: ReturnType<typeof parseManifest>
  try {
    manifest = parseManifest(bytes, mediaType)
  } catch (error) {
    if (error instanceof InvalidInputError)
      return `no image manifest, or a broken one (${mediaType})`
    throw error
  }
  if (!('layers' in manifest)) return 'an index'
  const { config, layers, subject: other } = manifest
  // cosign can be set to write Docker's types.
  if (!/^application\/vnd\.(oci\.image\.config|docker\.container\.image)\./.test(config.mediaType))
    return `an artifact of type ${config.mediaType}`
  if (layers.some((layer) => /^application\/vnd\.(oci|docker)\.image\./.test(layer.mediaType)))
    return 'an image'
  return other && other.digest !== subject ? `a referrer of ${other.digest}` : manifest
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
    confirmed: true,
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
