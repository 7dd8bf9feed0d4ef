/**
 * The descriptor of bytes in memory (image-spec 1.1, descriptor.md).
 *
 * @module
 */
import type { Annotations } from './annotations.ts'
import type { Descriptor } from './descriptor.ts'
import { digestOf } from './digest.ts'
import type { MediaType } from './media-types.ts'

/** Descriptor of bytes in memory. */
export async function descriptorOf(
  bytes: Uint8Array,
  mediaType: MediaType,
  annotations?: Annotations | undefined,
): Promise<Descriptor> {
  const descriptor = { mediaType, digest: await digestOf(bytes), size: bytes.byteLength }
  return annotations ? { ...descriptor, annotations } : descriptor
}
