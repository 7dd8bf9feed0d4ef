/**
 * Files that archives are read from, at any place.
 *
 * @module
 */
import { createWriteStream } from 'node:fs'
import { type FileHandle, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ByteSource, ReadPart } from '../../archive/byte-source.ts'
import { ContentError, InvalidInputError } from '../../errors.ts'
import { codeOf, look, openFile } from '../layout/durable.ts'
import { streamFile } from '../layout/read-blob.ts'

/**
 * A file as it lies there. It is opened for each read, so that nothing is held in between; that it is still the
 * same is seen by the digests of what is read.
 *
 * @throws {@link InvalidInputError} where there is no file
 */
export async function fileSource(path: string): Promise<ByteSource> {
  // A link to an archive is the caller's own; links inside of it are not followed.
  const real = await realpath(path).catch((error) => {
    throw codeOf(error) === 'ENOENT' ? noFile(path, 'none that is there', error) : error
  })
  const found = await look(real)
  if (!found?.isFile()) throw noFile(path, found?.isDirectory() ? 'a directory' : 'no file')
  return {
    name: basename(path),
    size: found.size,
    reading: (task) => reading(real, task),
    stream: (start, end) => streamFile(real, start, end),
    close: async () => {},
  }
}

/**
 * What a stream gives as a temporary file, which is gone when it is closed.
 *
 * @param name - of what it was, for errors
 */
export async function temporarySource(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  name: string,
): Promise<ByteSource> {
  const directory = await mkdtemp(join(tmpdir(), 'ocilink-archive-'))
  const remove = () => rm(directory, { recursive: true, force: true })
  try {
    const path = join(directory, 'archive.tar')
    await pipeline(Readable.from(stream), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
    return { ...(await fileSource(path)), name, close: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Opens the file once for all that a task reads. */
async function reading<T>(path: string, task: (read: ReadPart) => Promise<T>): Promise<T> {
  const file = await openFile(path)
  if (!file) throw noFile(path, 'none that is there')
  try {
    return await task((start, end) => readPart(file, path, start, end))
  } finally {
    await file.close()
  }
}

async function readPart(
  file: FileHandle,
  path: string,
  start: number,
  end: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start)
  for (let done = 0; done < bytes.byteLength; ) {
    const rest = bytes.byteLength - done
    const { bytesRead } = await file.read(bytes, done, rest, start + done)
    if (bytesRead === 0) {
      throw new ContentError('SIZE_MISMATCH', `bytes of ${path}`, end, start + done)
    }
    done += bytesRead
  }
  return bytes
}

function noFile(path: string, found: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError('INVALID_INPUT', path, 'an archive', found, { cause })
}
