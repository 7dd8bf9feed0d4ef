/**
 * How far several blobs are together.
 *
 * @module
 */
import type { CopyProgress, ProgressEvent } from '../../index.ts'

/** Adds up what moved of each blob. Its total is known once it is begun. */
export function blobProgress(
  onProgress: (progress: CopyProgress) => void,
): (event: ProgressEvent) => void {
  const blobs = new Map<string | undefined, { readonly done: number; readonly total: number }>()
  return ({ digest, bytes: { done, total = done } }) => {
    blobs.set(digest, { done, total })
    const all = [...blobs.values()]
    const sum = (field: 'done' | 'total') => all.reduce((bytes, one) => bytes + one[field], 0)
    onProgress({
      items: { done: all.filter((one) => one.done === one.total).length, total: all.length },
      bytes: { done: sum('done'), total: sum('total') },
    })
  }
}
