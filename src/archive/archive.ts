/**
 * An archive of an OCI layout as a box, in any runtime.
 *
 * @module
 */
import type { Box } from '../box/box.ts'
import { layoutBox } from '../box/layout-box.ts'
import { archiveFiles } from './archive-files.ts'
import { type ByteSource, blobSource } from './byte-source.ts'
import { bounded, gunzip, isGzip } from './gzip.ts'
import { type ArchiveOptions, archiveOptions } from './options.ts'

/** What a page may hold: a `Blob` of more is more than some browsers make. */
const IN_MEMORY = 2 * 1024 ** 3

/**
 * Opens a tar archive of an OCI layout, to read: what `skopeo copy … oci-archive:`, `oras backup`,
 * `regctl image export`, `docker save` (25 and later), `docker buildx build --output type=oci` and `writeArchive()`
 * write. A `Blob`, which in a page may be a file of any size, is read where it lies: opening it reads the headers
 * of its entries alone, one for each, and content is read when it is wanted. What is compressed with gzip is
 * unpacked into memory first, and so is a stream.
 *
 * Nothing is unpacked to files, and names of entries lead nowhere. Digests are checked as content is read, as with
 * any registry.
 *
 * @param source - a `File` of a page's input, another `Blob`, or a stream such as an answer's body
 * @throws `InvalidInputError` `INVALID_INPUT` for what is no tar archive or holds no OCI layout, naming the entry
 *   that is wrong; `ContentError` `SIZE_MISMATCH` for an archive that was cut, `TOO_LARGE` beyond the options' limits
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md}
 * @example
 * ```ts
 * import { referrers } from 'ocilink'
 * import { archive } from 'ocilink/archive'
 *
 * declare const input: HTMLInputElement
 * const box = await archive(input.files![0]!)
 * for (const { tag } of await box.entries()) {
 *   if (tag) for await (const found of referrers(box.repository(), tag)) console.log(found.artifactType)
 * }
 * ```
 */
export async function archive(
  source: Blob | ReadableStream<Uint8Array>,
  options: ArchiveOptions = {},
): Promise<Box> {
  const { unpackedLimit, maxEntries } = archiveOptions(options, IN_MEMORY)
  const packed = blobSource(await blobOf(source, unpackedLimit))
  if (!(await isGzip(packed))) return archiveBox(packed, maxEntries)
  const unpacked = gunzip(packed.stream(0, packed.size), unpackedLimit, packed.name)
  const blob = await wholeBlob(unpacked)
  return archiveBox({ ...blobSource(blob), name: packed.name }, maxEntries)
}

/**
 * All of a stream. It is not let break off: Chromium says "Failed to fetch" then, whatever the reason, and Firefox
 * writes to the console.
 *
 * @throws what broke it off
 */
async function wholeBlob(stream: ReadableStream<Uint8Array>): Promise<Blob> {
  const reader = stream.getReader()
  let failure: { readonly reason: unknown } | undefined
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (reason) {
        failure = { reason }
        controller.close()
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
  const blob = await new Response(whole).blob()
  if (failure) throw failure.reason
  return blob
}

/** A box of an archive that is not compressed. It closes the source, also where it is no archive. */
export async function archiveBox(source: ByteSource, maxEntries: number): Promise<Box> {
  const files = await archiveFiles(source, maxEntries).catch(async (error) => {
    await source.close()
    throw error
  })
  return layoutBox(files)
}

async function blobOf(source: Blob | ReadableStream<Uint8Array>, limit: number): Promise<Blob> {
  if (source instanceof Blob) return source
  if (!(source instanceof ReadableStream)) {
    throw new TypeError(`"source" must be a Blob or a ReadableStream, got ${typeof source}`)
  }
  const stream = source as ReadableStream<Uint8Array<ArrayBuffer>>
  return wholeBlob(bounded(stream, limit, 'archive in bytes'))
}
