// Content that tests attach, and attach things to.
import type { ArtifactInput, Descriptor, Repository } from 'ocilink'
import { pushBlob, putManifest } from 'ocilink/registry'

export const MiB: number = 1024 * 1024

export const spdx: string = 'application/spdx+json'

export const sbom: ArtifactInput = {
  artifactType: spdx,
  blobs: [{ data: '{"spdxVersion":"SPDX-2.3"}', mediaType: spdx }],
}

/** An artifact of one blob. */
export function artifactOf(
  data: NonNullable<
    Extract<NonNullable<ArtifactInput['blobs']>[number], { data: unknown }>
  >['data'],
): ArtifactInput {
  const mediaType = 'application/octet-stream'
  return { artifactType: 'application/vnd.example.data', blobs: [{ data, mediaType }] }
}

/** Pushes an image at the tag `v1`. */
export async function pushImage(repo: Repository): Promise<Descriptor> {
  const config = await pushBlob(repo, '{"architecture":"amd64","os":"linux"}', {
    mediaType: 'application/vnd.oci.image.config.v1+json',
  })
  const layer = await pushBlob(repo, 'a layer', {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
  })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = { schemaVersion: 2, mediaType, config, layers: [layer] } as const
  return (await putManifest(repo, 'v1', manifest)).descriptor
}

/** As many bytes as wanted, of which no two chunks of a MiB are alike. */
export function bytesOf(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  const numbers = new Uint32Array(bytes.buffer, 0, length >> 2)
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.imul(i, 2654435761)
  return bytes
}

/** A stream of bytes in pieces, none of which is made before it is wanted. */
export function streamOf(
  bytes: Uint8Array<ArrayBuffer>,
  piece: number = 64 * 1024,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (offset < bytes.byteLength) controller.enqueue(bytes.slice(offset, offset + piece))
        offset += piece
        if (offset >= bytes.byteLength) controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Reads a stream to its end: in browsers a `Response` of it would hide what it fails with. */
export async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader()
  while (!(await reader.read()).done);
}

/** All items of a listing. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
