/**
 * Small files that were read last, in memory: to look one up, open, read and close it is five calls of the system. What
 * others did to a file is seen, a second later at most.
 *
 * @module
 */
import type { Stats } from 'node:fs'
import { createRecentBytes } from '../../platform/recent-bytes.ts'
import { look } from './durable.ts'
import { readFound } from './read-file.ts'

/** Files by path. */
export interface RecentFiles {
  /** The file at a path; undefined where there is none. */
  find(path: string): Promise<RecentFile | undefined>
  /** Forgets a file. To be called after it was changed. */
  forget(path: string): void
}

/** A file that was found. */
export interface RecentFile {
  readonly size: number
  /** Its bytes, which nobody changes; undefined where it has more than `limit`, or is gone by now. */
  read(limit: number): Promise<Uint8Array<ArrayBuffer> | undefined>
}

/** A file that was read, as it was found. */
interface Kept {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly found: Stats
  /** When that was found, in milliseconds. */
  seen: number
}

/** Bytes of a file that is kept. */
export const LARGEST: number = 64 * 1024
/** Bytes of all of them. */
const MOST = 16 * 1024 * 1024
/** Milliseconds in which a file is not looked up again. */
const TRUSTED = 1000

/** Starts without any. */
export function createRecentFiles(): RecentFiles {
  const kept = createRecentBytes<Kept>(MOST)
  /** How often something was forgotten: what was read before is not kept after. */
  let forgotten = 0

  /** A file that was found on disk; it is kept once it was read, where it is small and still the same. */
  function foundFile(path: string, found: Stats, seen: number, before: number): RecentFile {
    const { size } = found
    return {
      size,
      async read(limit) {
        const bytes = await readFound(path, size, limit)
        const isWhole = bytes?.byteLength === size && size <= LARGEST
        if (isWhole && forgotten === before) kept.set(path, { bytes, found, seen })
        return bytes
      },
    }
  }
  return {
    async find(path) {
      const seen = performance.now()
      const known = kept.get(path)
      if (known && seen - known.seen <= TRUSTED) return keptFile(known)
      const before = forgotten
      const found = await look(path)
      const file = kept.get(path)
      if (file && found && isSame(found, file.found)) {
        file.seen = seen
        return keptFile(file)
      }
      if (file) kept.forget(path)
      return found?.isFile() ? foundFile(path, found, seen, before) : undefined
    },
    forget(path) {
      forgotten += 1
      kept.forget(path)
    },
  }
}

function keptFile({ bytes }: Kept): RecentFile {
  const size = bytes.byteLength
  return { size, read: async (limit) => (size <= limit ? bytes : undefined) }
}

function isSame(a: Stats, b: Stats): boolean {
  const isUnchanged = a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs
  return a.ino === b.ino && a.dev === b.dev && isUnchanged
}
