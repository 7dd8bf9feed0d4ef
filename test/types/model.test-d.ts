// Digests have a brand, and manifests are told apart by their media type.
import {
  type Descriptor,
  type Digest,
  digestOf,
  type Manifest,
  parseDigest,
  type Successor,
  successors,
} from 'ocilink'
import { test } from 'vitest'

declare const manifest: Manifest
declare const descriptor: Descriptor

test('a digest comes from a check or a hash, not from text', async () => {
  // @ts-expect-error text is no digest, however it looks
  const written: Digest = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const parsed: Digest = parseDigest('sha256:00')
  const hashed: Digest = await digestOf(new Uint8Array())
  // A digest is text wherever text is wanted.
  const text: string = hashed
  void [written, parsed, text]
})

test('a manifest narrows on its media type', () => {
  switch (manifest.mediaType) {
    case 'application/vnd.oci.image.manifest.v1+json':
    case 'application/vnd.docker.distribution.manifest.v2+json':
      return void manifest.layers
    case 'application/vnd.oci.image.index.v1+json':
    case 'application/vnd.docker.distribution.manifest.list.v2+json':
      // @ts-expect-error an index has no layers
      manifest.layers
      return void manifest.manifests
    case 'application/vnd.oci.artifact.manifest.v1+json':
    case 'application/vnd.cncf.oras.artifact.manifest.v1+json':
      // @ts-expect-error an artifact manifest has no config
      manifest.config
      return void manifest.blobs
    case 'application/vnd.oci.node.v1+json':
      return void manifest.objects
    default:
      return manifest satisfies never
  }
})

test('what was read is not changed', () => {
  // @ts-expect-error a descriptor is read only
  descriptor.size = 1
  // @ts-expect-error so are its annotations
  if (descriptor.annotations) descriptor.annotations.key = 'value'
  // @ts-expect-error and lists of them
  successors(manifest).push(descriptor)
})

test('successors say in which field they stand', () => {
  for (const successor of successors(manifest)) {
    const role: Successor['role'] = successor.role
    // @ts-expect-error there is no such role
    if (role === 'layers') continue
    const { digest }: { digest: Digest } = successor.descriptor
    void digest
  }
})
