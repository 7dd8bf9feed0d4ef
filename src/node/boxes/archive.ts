/**
 * Archives in files as boxes.
 *
 * @module
 */
import { Duplex } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type ByteSource, blobSource } from '../../archive/byte-source.ts'
import { bounded, type Gunzip, gunzip, isGzip } from '../../archive/gzip.ts'
import { type ArchiveOptions, archiveOptions } from '../../archive/options.ts'
import type { Box } from '../../box/box.ts'
import { filePath } from '../file-path.ts'
import { fileSource, temporarySource } from './file-source.ts'

/** Temporary files may be as large as what is worth carrying; a bomb is stopped before the disk is full. */
const ON_DISK = 64 * 1024 ** 3

/**
 * Opens a tar archive of an OCI layout, to read: what `skopeo copy … oci-archive:`, `oras backup`,
 * `regctl image export`, `docker save` (25 and later), `docker buildx build --output type=oci` and `saveArchive()`
 * write. A file is read where it lies: opening it reads the headers of its entries alone, and content is read when
 * it is wanted. What is compressed with gzip is unpacked into a temporary file first, and so is a stream; `close()`
 * deletes it.
 *
 * Nothing is unpacked by names, which lead nowhere. Digests are checked as content is read, as with any registry.
 *
 * @param source - a path, a `file:` URL, a `Blob`, or a stream such as an answer's body
 * @throws `InvalidInputError` `INVALID_INPUT` for what is no tar archive or holds no OCI layout, naming the entry
 *   that is wrong; `ContentError` `SIZE_MISMATCH` for an archive that was cut, `TOO_LARGE` beyond the options' limits
 * @see {@link https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md}
 * @example
 * ```ts
 * import { referrers } from 'ocilink'
 * import { archive } from 'ocilink/node'
 *
 * const box = await archive('./app.tar')
 * for await (const found of referrers(box.repository('team/app'), 'v1')) console.log(found.artifactType)
 * await box.close()
 * ```
 */
export async function archive(
  source: string | URL | Blob | ReadableStream<Uint8Array>,
  options: ArchiveOptions = {},
): Promise<Box> {
  const { unpackedLimit, maxEntries } = archiveOptions(options, ON_DISK)
  const { archiveBox } = await import('../../archive/archive.ts')
  const packed = await open()
  // A source that fails here holds nothing but a temporary file.
  const isPacked = await isGzip(packed).catch(async (error) => {
    await packed.close()
    throw error
  })
  if (!isPacked) return archiveBox(packed, maxEntries)
  try {
    const { stream, size, name } = packed
    // Node's own reads gzip of several members too.
    const decompression = Duplex.toWeb(createGunzip()) as unknown as Gunzip
    const unpacked = gunzip(stream(0, size), unpackedLimit, name, decompression)
    return await archiveBox(await temporarySource(unpacked, packed.name), maxEntries)
  } finally {
    await packed.close()
  }

  async function open(): Promise<ByteSource> {
    if (source instanceof Blob) return blobSource(source)
    if (!(source instanceof ReadableStream)) return fileSource(filePath(source, 'source'))
    const stream = source as ReadableStream<Uint8Array<ArrayBuffer>>
    return temporarySource(bounded(stream, unpackedLimit, 'archive in bytes'), 'archive')
  }
}
