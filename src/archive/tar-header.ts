/**
 * One header of a tar archive, with what stands before it: PAX records and GNU's long names (POSIX.1-2017, pax,
 * "ustar Interchange Format" and "pax Header Block"). modern-tar reads them; this finds out where they end.
 *
 * @module
 */
import { type TarHeader, unpackTar } from 'modern-tar'
import { ContentError, InvalidInputError } from '../errors.ts'
import type { ReadPart } from './byte-source.ts'

/** Headers, bodies and the end of an archive come in blocks. */
export const BLOCK = 512

/** A header that was read. */
export interface EntryHeader {
  readonly name: string
  readonly size: number
  /** Whether it is a plain file, whose bytes lie there as they are. */
  readonly kind: 'file' | 'directory' | 'other'
  /** What it is, in words, for errors. */
  readonly type: string
  /** Where its body begins. */
  readonly start: number
}

/** PAX records and long names: what modern-tar reads at most. */
const LARGEST_RECORDS = 8 * 1024 * 1024

/** Bytes of type flags: of what describes the next entry or all that follow, and of plain files. */
const describes = new Set(Array.from('xgLK', (flag) => flag.charCodeAt(0)))
const global = 'g'.charCodeAt(0)
const plain = new Set([0, '0'.charCodeAt(0), '7'.charCodeAt(0)])

/** Reads headers in their order: what stands in a global record counts for all that follow. */
export function createHeaderReader(
  name: string,
  size: number,
  read: ReadPart,
): (at: number) => Promise<EntryHeader | undefined> {
  /** Blocks of global records so far. */
  let globals: Uint8Array<ArrayBuffer> = new Uint8Array()

  async function block(at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (at + length > size) throw cut(name, at + length, size)
    return read(at, at + length)
  }
  return async (at) => {
    let blocks = globals
    for (let next = at; ; ) {
      const header = await block(next, BLOCK)
      if (header.every((byte) => byte === 0)) {
        if (next === at) return undefined
        throw invalid(name, 'an entry after its records', `nothing at byte ${next}`)
      }
      const flag = header[156]!
      if (!describes.has(flag)) return headerOf(join(blocks, header), flag, next + BLOCK)
      const length = recordsSize(header, name, next)
      const records = await block(next, BLOCK + padded(length))
      blocks = join(blocks, records)
      if (blocks.byteLength > LARGEST_RECORDS) {
        throw new ContentError(
          'TOO_LARGE',
          `records of one entry of ${name} in bytes`,
          LARGEST_RECORDS,
          blocks.byteLength,
        )
      }
      if (flag === global) globals = join(globals, records)
      next += records.byteLength
    }
  }

  async function headerOf(
    blocks: Uint8Array<ArrayBuffer>,
    flag: number,
    start: number,
  ): Promise<EntryHeader> {
    const header = await parse(blocks).catch((cause) => {
      const at = start - BLOCK
      throw new InvalidInputError('INVALID_INPUT', name, 'a tar archive', `no header`, {
        cause,
        message: `"${name}" must be a tar archive: at byte ${at} is no header of one (${cause instanceof Error ? cause.message : cause})`,
      })
    })
    const { name: entry, size, type = 'file', pax = {} } = header
    const sparse = Object.keys(pax).some((key) => key.startsWith('GNU.sparse.'))
    const isPlain = type === 'file' && plain.has(flag) && !sparse
    const isDirectory = type === 'directory'
    return {
      name: entry,
      size,
      kind: isPlain ? 'file' : isDirectory ? 'directory' : 'other',
      type: sparse ? 'a sparse file' : wordFor(type, flag),
      start,
    }
  }
}

/** The size of a body with what fills its last block. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK
}

/** The error for an archive that ends before it should. */
export function cut(name: string, wanted: number, size: number): ContentError {
  return new ContentError('SIZE_MISMATCH', `${name} in bytes`, wanted, size, {
    hint: 'It was cut: copy or download it again',
  })
}

/** The header that modern-tar finds in blocks which hold one and its records. */
async function parse(blocks: Uint8Array<ArrayBuffer>): Promise<TarHeader> {
  let found: TarHeader | undefined
  const note = (header: TarHeader) => {
    found ??= header
    return header
  }
  try {
    // Not the decoder for streams: two streams for each header take ten times as long.
    await unpackTar(blocks, { strict: true, map: note })
  } catch (error) {
    // Behind the header there is nothing, and so no body.
    if (!found) throw error
  }
  if (!found) throw new Error('no entry')
  return found
}

/** The length of records, which is octal (base 256 is for sizes that records never have). */
function recordsSize(header: Uint8Array, name: string, at: number): number {
  const text = new TextDecoder().decode(header.subarray(124, 136)).replace(/[\0 ]+$/, '')
  if (/^ *[0-7]+$/.test(text)) return Number.parseInt(text, 8)
  throw invalid(name, 'a tar archive', `records of no known size at byte ${at}`)
}

function wordFor(type: string, flag: number): string {
  if (type === 'link') return 'a hard link'
  if (type === 'symlink') return 'a symbolic link'
  return type === 'file' ? `an entry of type "${String.fromCharCode(flag)}"` : `a ${type}`
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.byteLength + b.byteLength)
  both.set(a)
  both.set(b, a.byteLength)
  return both
}

function invalid(name: string, expected: string, found: string): InvalidInputError {
  return new InvalidInputError('INVALID_INPUT', name, expected, found)
}
