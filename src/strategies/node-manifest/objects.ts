/**
 * Proposal C where there are no nodes: "registries that do not support node manifests require the
 * client to create tags for each of the embedded artifacts. All the information in description and
 * reference will be lost" (PROPOSAL_C.md, "Backwards Compatibility").
 *
 * @module
 */
import type { UnsupportedError } from '../../errors.ts'
import { type Descriptor, EMPTY, EMPTY_BYTES } from '../../model/descriptor.ts'
import { digestOf } from '../../model/digest.ts'
import { objectTag } from '../../model/digest-tags.ts'
import { encodeManifest } from '../../model/manifest.ts'
import { IMAGE_MANIFEST, isKnownManifestType, MANIFEST_TYPES } from '../../model/media-types.ts'
import type { NodeManifest } from '../../model/node-manifest.ts'
import { pushBlob } from '../../registry/blobs/push.ts'
import { getManifest, putManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import type { NewReferrer, Referrer } from '../strategy.ts'
import { NAME } from './via.ts'

/**
 * Pushes each object with a tag of its own, `object-<alg>-<hex>` of what is at it: a manifest as it is,
 * a blob as the only layer of an image manifest.
 *
 * @returns the first object, with what is lost
 * @throws the refusal, where the node has no objects: then nothing of it could be kept
 */
export async function pushObjects(
  repo: Repository,
  subject: Descriptor,
  { manifest: { description, objects }, tags = [], artifactType }: NewReferrer<NodeManifest>,
  refusal: UnsupportedError,
  signal: AbortSignal | undefined,
): Promise<Referrer> {
  if (objects.length === 0) throw refusal
  if (!objects.every(({ mediaType }) => isKnownManifestType(mediaType))) {
    await pushBlob(repo, EMPTY_BYTES, { mediaType: EMPTY.mediaType, expectPresent: true, signal })
  }
  const pushed: Descriptor[] = []
  const used: string[] = []
  for (const object of objects) {
    const { bytes, mediaType } = await contentOf(object)
    const tag = objectTag(await digestOf(bytes))
    for (const name of pushed.length === 0 ? [tag, ...tags] : [tag]) {
      const { descriptor } = await putManifest(repo, name, bytes, { mediaType, signal })
      if (name === tag) pushed.push(descriptor)
    }
    used.push(tag)
  }
  return {
    ...pushed[0]!,
    ...(artifactType && { artifactType }),
    subject,
    via: [{ strategy: NAME, source: 'object-tags', kept: 'tag' }],
    confirmed: false,
    reason: `the registry takes no nodes, so each object has a tag of its own: ${used.join(', ')}`,
    losses: [
      {
        field: 'subject',
        reason: `nothing says that the objects belong to ${subject.digest}, or to each other`,
      },
      ...(description ? [{ field: 'description', reason: `it was ${description}` }] : []),
    ],
  }

  async function contentOf(object: Descriptor): Promise<{ bytes: Uint8Array; mediaType: string }> {
    if (isKnownManifestType(object.mediaType)) {
      const stored = await getManifest(repo, object.digest, {
        intent: 'push',
        accept: MANIFEST_TYPES,
        signal,
      })
      return { bytes: stored.bytes, mediaType: stored.descriptor.mediaType }
    }
    const bytes = encodeManifest({
      schemaVersion: 2,
      mediaType: IMAGE_MANIFEST,
      artifactType: artifactType ?? object.mediaType,
      config: EMPTY,
      layers: [object],
    })
    return { bytes, mediaType: IMAGE_MANIFEST }
  }
}
