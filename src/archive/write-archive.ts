/**
 * Writes a box as a tar archive.
 *
 * @module
 */
import { createTarPacker, type TarPackController } from 'modern-tar'
import { type Box, readerOf } from '../box/box.ts'
import { LAYOUT_FILE } from '../box/layout-document.ts'
import { blobPath } from '../box/layout-files.ts'
import type { LayoutReader } from '../box/layout-reader.ts'
import type { StoredBlob } from '../embedded/storage/storage.ts'
import type { Digest } from '../model/digest.ts'
import { verifyStream } from '../model/verify-stream.ts'
import { lazyStream } from '../platform/lazy-stream.ts'
import { abortSignal, boolean, type Checks, checkOptions } from '../platform/options.ts'
import { archivedIndex } from './archived-index.ts'

/** Options of {@link writeArchive}. */
export interface WriteArchiveOptions {
  /**
   * Whether it is compressed with gzip. Layers are compressed already, so that it saves little, and it takes from
   * those that open it that they can read it where it lies.
   *
   * @default false
   */
  readonly gzip?: boolean | undefined
  /** Ends the stream; its reason is what the stream fails with. */
  readonly signal?: AbortSignal | undefined
}

const checks: Checks<WriteArchiveOptions> = { gzip: boolean, signal: abortSignal }

/**
 * Writes what is in a box as a tar archive of an OCI layout, which oras, regctl, skopeo and docker (25 and later)
 * read. The stream takes from the box as it is read, and fails where a blob is not what its digest says. The same
 * box gives the same bytes. Referrers stand in `index.json` and at their subject's referrers tag, whether the box
 * named them or not.
 *
 * @throws `InvalidInputError` `INVALID_INPUT` for a wrong option; through the stream `ContentError`
 *   `DIGEST_MISMATCH`, `SIZE_MISMATCH`
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md}
 * @example
 * ```ts
 * import { memoryBox, writeArchive } from 'ocilink/archive'
 *
 * const box = memoryBox()
 * const file = await new Response(writeArchive(box)).blob()
 * console.log(URL.createObjectURL(file))
 * ```
 */
export function writeArchive(
  box: Box,
  options: WriteArchiveOptions = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  checkOptions(options, checks)
  const { gzip = false, signal } = options
  const read = readerOf(box)
  const tar = lazyStream(() => packed(read, signal))
  if (!gzip) return tar
  return tar.pipeThrough(
    new CompressionStream('gzip') as unknown as ReadableWritablePair<
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>
    >,
  )
}

function packed(
  read: () => Promise<LayoutReader>,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { readable, controller } = createTarPacker()
  pack(controller, read, signal).catch((error) => controller.error(error))
  return readable
}

async function pack(
  controller: TarPackController,
  read: () => Promise<LayoutReader>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  const layout = await read()
  const { index, added } = await archivedIndex(layout)
  // First, so that who reads it as a stream knows what is to come.
  await addText(controller, 'oci-layout', new TextEncoder().encode(LAYOUT_FILE))
  await addText(controller, 'index.json', new TextEncoder().encode(JSON.stringify(index)))
  const there = await layout.files.blobs()
  for (const digest of [...new Set([...there, ...added.keys()])].sort()) {
    const bytes = added.get(digest)
    if (bytes) await addText(controller, blobPath(digest), bytes)
    else await addBlob(controller, digest, await layout.findBlob(digest), signal)
  }
  controller.finalize()
}

/** Always the same time: nobody can say when content was written. */
const header = (name: string, size: number) => ({ name, size, mtime: new Date(0) })

async function addText(
  controller: TarPackController,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const writer = controller.add(header(name, bytes.byteLength)).getWriter()
  // A failure is that of closing too.
  writer.write(bytes).catch(() => undefined)
  await writer.close()
}

async function addBlob(
  controller: TarPackController,
  digest: Digest,
  blob: StoredBlob | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Deleted since it was listed.
  if (!blob) return
  const { size } = blob
  const target = controller.add(header(blobPath(digest), size))
  const checked = blob.stream().pipeThrough(verifyStream({ digest, size }))
  await checked.pipeTo(target, signal ? { signal } : {})
}
