/**
 * Options of reading archives.
 *
 * @module
 */
import { type Checks, checkOptions, positiveInteger } from '../platform/options.ts'

/** Options of `archive`. */
export interface ArchiveOptions {
  /**
   * Bytes that a compressed archive, or a stream, may have once it is unpacked.
   *
   * @default 2 GiB in memory, 64 GiB in a temporary file
   */
  readonly unpackedLimit?: number | undefined
  /**
   * Entries of the archive that are read.
   *
   * @default 200_000
   */
  readonly maxEntries?: number | undefined
}

const checks: Checks<ArchiveOptions> = {
  unpackedLimit: positiveInteger,
  maxEntries: positiveInteger,
}

const MOST_ENTRIES = 200_000

/** Checked options, with what is left out. */
export function archiveOptions(
  options: ArchiveOptions,
  unpackedLimit: number,
): { readonly unpackedLimit: number; readonly maxEntries: number } {
  checkOptions(options, checks)
  return {
    unpackedLimit: options.unpackedLimit ?? unpackedLimit,
    maxEntries: options.maxEntries ?? MOST_ENTRIES,
  }
}
