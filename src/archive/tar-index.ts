/**
 * Where the files of a tar archive lie in it. Reads headers only, going from one to the next, so that it costs by
 * the number of entries and not by their size. Nothing is unpacked: a name is a key in a map, and no path.
 *
 * @module
 */
import { ContentError, InvalidInputError } from '../errors.ts'
import { type ByteSource, type ReadPart, windowed } from './byte-source.ts'
import { createHeaderReader, cut, type EntryHeader, padded } from './tar-header.ts'

/** Where a file lies. */
export interface Extent {
  readonly start: number
  readonly size: number
}

/**
 * Finds the files of an OCI layout in a tar archive. Other entries are passed over, whatever they are.
 *
 * @param most - entries that are read
 * @throws {@link ContentError} `SIZE_MISMATCH` where the archive was cut, `TOO_LARGE` where it has more entries;
 *   {@link InvalidInputError} naming the entry whose name leads out of the archive, which is there twice, or which
 *   is no plain file and should be one
 */
export function indexTar(source: ByteSource, most: number): Promise<ReadonlyMap<string, Extent>> {
  return source.reading((read) => readIndex(source, most, read))
}

async function readIndex(
  source: Pick<ByteSource, 'name' | 'size'>,
  most: number,
  read: ReadPart,
): Promise<ReadonlyMap<string, Extent>> {
  const files = new Map<string, Extent>()
  const readHeader = createHeaderReader(source.name, source.size, windowed(read, source.size))
  let entries = 0
  for (let at = 0; ; ) {
    const header = await readHeader(at)
    if (!header) return files
    entries += 1
    if (entries > most) {
      const hint = 'Pass a larger "maxEntries" to archive()'
      throw new ContentError('TOO_LARGE', `entries of ${source.name}`, most, entries, { hint })
    }
    const path = pathOf(header, source.name)
    const end = header.start + padded(header.size)
    if (header.start + header.size > source.size) {
      throw cut(`${source.name}: ${path}`, header.start + header.size, source.size)
    }
    if (isOfLayout(path) && header.kind !== 'directory') {
      requireOneFile(header, files.has(path), `${source.name}: ${path}`)
      files.set(path, { start: header.start, size: header.size })
    }
    at = end
  }
}

/** Whether a layout has something at this path (image-spec 1.1, image-layout.md). */
function isOfLayout(path: string): boolean {
  return /^(?:oci-layout|index\.json|manifest\.json|blobs(?:\/.*)?)$/s.test(path)
}

/** An entry's name as a path from the archive's root. */
function pathOf({ name }: EntryHeader, archive: string): string {
  const parts = name.split('/')
  // On Windows a backslash parts names too, and a colon names a drive.
  if (name.startsWith('/') || parts.includes('..') || /^(?:[a-z]:)?\\|\\\.\.|^\.\.\\/i.test(name)) {
    const expected = 'named by a path inside of the archive'
    throw new InvalidInputError('INVALID_INPUT', `${archive}: entry`, expected, name)
  }
  return parts.filter((part) => part !== '' && part !== '.').join('/')
}

function requireOneFile({ kind, type }: EntryHeader, isTwice: boolean, path: string): void {
  if (kind !== 'file') throw new InvalidInputError('INVALID_INPUT', path, 'a file', type)
  if (!isTwice) return
  throw new InvalidInputError('INVALID_INPUT', path, 'there once', 'a second entry of that name')
}
