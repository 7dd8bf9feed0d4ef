/**
 * Small files that were read last, in memory: to look one up, open, read and close it is five calls of the system, each
 * of which waits for another thread. What others did to a file is seen, a second later at most.
 *
 * @module
 */
import type { Stats } from 'node:fs'
import { createRecentBytes } from '../../platform/recent-bytes.ts'
import { look, readFound } from './durable.ts'

/** Files by path. */
export interface RecentFiles {
  /** The size of a file; undefined where there is none. */
  sizeOf(path: string): Promise<number | undefined>
  /** A file's bytes, which nobody changes; undefined where there is none, or it has more than `limit`. */
  read(path: string, limit: number): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Forgets a file. To be called after it was changed. */
  forget(path: string): void
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

  function recent(path: string): Kept | undefined {
    const file = kept.get(path)
    return file && performance.now() - file.seen <= TRUSTED ? file : undefined
  }
  /** What is there, and its bytes where they are kept. */
  async function find(path: string): Promise<{ found: Stats; file: Kept | undefined } | undefined> {
    const known = recent(path)
    if (known) return { found: known.found, file: known }
    const seen = performance.now()
    const found = await look(path)
    const file = kept.get(path)
    if (file && (!found || !isSame(found, file.found))) kept.forget(path)
    else if (file) file.seen = seen
    return found?.isFile() ? { found, file: kept.get(path) } : undefined
  }
  return {
    sizeOf: async (path) => (await find(path))?.found.size,
    async read(path, limit) {
      const before = forgotten
      const seen = performance.now()
      const there = await find(path)
      if (!there || there.found.size > limit) return undefined
      if (there.file) return there.file.bytes
      const bytes = await readFound(path, limit)
      const isWhole = bytes?.byteLength === there.found.size && bytes.byteLength <= LARGEST
      if (isWhole && forgotten === before) kept.set(path, { bytes, found: there.found, seen })
      return bytes
    },
    forget(path) {
      forgotten += 1
      kept.forget(path)
    },
  }
}

function isSame(a: Stats, b: Stats): boolean {
  const isUnchanged = a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs
  return a.ino === b.ino && a.dev === b.dev && isUnchanged
}
