/**
 * What becomes of each item of a copy, and how far it is.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { CopiedBlob, CopiedManifest, CopyLoss, CopyProgress } from './report.ts'

/** An item that is being copied. */
export interface Item {
  /** Counts bytes that have passed; more than the item has do not count. */
  moved(bytes: number): void
  /** Counts the item as done. */
  done(): void
}

/** Kept by one call. */
export interface Ledger {
  readonly manifests: Map<Digest, CopiedManifest>
  readonly blobs: Map<Digest, CopiedBlob>
  readonly losses: CopyLoss[]
  /** Counts one more manifest or blob. */
  open(descriptor: Descriptor): Item
}

/** @param onProgress - called after each change */
export function createLedger(onProgress?: (progress: CopyProgress) => void): Ledger {
  const items = { done: 0, total: 0 }
  const bytes = { done: 0, total: 0 }
  const report = () => onProgress?.({ items: { ...items }, bytes: { ...bytes } })
  return {
    manifests: new Map(),
    blobs: new Map(),
    losses: [],
    open({ size }) {
      let left = size
      items.total++
      bytes.total += size
      report()
      const count = (moved: number) => {
        const counted = Math.min(moved, left)
        left -= counted
        bytes.done += counted
      }
      return {
        moved(moved) {
          count(moved)
          report()
        },
        done() {
          count(left)
          items.done++
          report()
        },
      }
    },
  }
}
