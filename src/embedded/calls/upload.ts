/**
 * What is kept of an upload between its requests.
 *
 * @module
 */
import type { Digester } from '../../model/digest.ts'
import type { Algorithm } from '../../platform/hasher.ts'
import type { BlobWriter } from '../storage/storage.ts'

/** An upload session. */
export interface Upload {
  readonly id: string
  /** Repository it was opened in; unknown in all others. */
  readonly name: string
  readonly writer: BlobWriter
  readonly algorithm: Algorithm
  readonly digester: Digester
  /** When it was last used, in milliseconds. */
  touched: number
  /** Bytes of the first chunk; 0 before it. */
  firstChunk: number
  /** Whether a chunk came that may only be the last. */
  short: boolean
  /** Set while a request may still be writing; that one then stops. */
  cancelled: boolean
}
