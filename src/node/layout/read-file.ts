/**
 * Reads whole files: small ones at once on this thread.
 *
 * @module
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { absent, look, READ } from './durable.ts'
import { FEW, short } from './short-calls.ts'

/** A file's bytes. */
type Bytes = Uint8Array<ArrayBuffer>

/** Reads a file of at most `limit` bytes; undefined where there is none or it is longer. */
export async function readWhole(path: string, limit: number): Promise<Bytes | undefined> {
  const found = await look(path)
  return found?.isFile() ? readFound(path, found.size, limit) : undefined
}

/**
 * The same for what was a file a moment ago.
 *
 * @param size - of that file; one that is there by now may have another
 */
export function readFound(path: string, size: number, limit: number): Promise<Bytes | undefined> {
  const elsewhere = () => readElsewhere(path, limit)
  const reading = size > FEW ? elsewhere() : short(() => readHere(path, limit), elsewhere)
  return absent(reading, 'ELOOP', 'EMLINK')
}

function readHere(path: string, limit: number): Bytes | undefined {
  const file = openSync(path, READ)
  try {
    const found = fstatSync(file)
    if (!found.isFile() || found.size > limit) return undefined
    const bytes = new Uint8Array(found.size)
    return bytes.subarray(0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}

async function readElsewhere(path: string, limit: number): Promise<Bytes | undefined> {
  const file = await open(path, READ)
  try {
    const found = await file.stat()
    if (!found.isFile() || found.size > limit) return undefined
    const bytes = new Uint8Array(found.size)
    let read = 0
    while (read < found.size) {
      const { bytesRead } = await file.read(bytes, read, found.size - read, read)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return bytes.subarray(0, read)
  } finally {
    await file.close()
  }
}
