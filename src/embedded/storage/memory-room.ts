/**
 * How many bytes a storage in memory holds, and may hold.
 *
 * @module
 */
import { ContentError } from '../../errors.ts'

/** Bytes that are taken and given back. */
export interface Room {
  /** @throws {@link ContentError} `TOO_LARGE` where there is no room for them */
  take(bytes: number): void
  free(bytes: number): void
}

/** Room for so many bytes. */
export function createRoom(limit: number): Room {
  let taken = 0
  return {
    take(bytes) {
      if (taken + bytes > limit) {
        const hint = 'Pass a larger "limit" to memoryStorage(), or keep content on a disk'
        const what = 'content in memory in bytes'
        throw new ContentError('TOO_LARGE', what, limit, taken + bytes, { hint })
      }
      taken += bytes
    },
    free(bytes) {
      taken -= bytes
    },
  }
}
