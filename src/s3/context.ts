/**
 * What everything that works on one repository is given.
 *
 * @module
 */
import type { RecentMap } from '../platform/recent-map.ts'
import type { Store } from './client/store.ts'
import type { Keys } from './keys.ts'

/** A repository in a store. */
export interface Context {
  readonly store: Store
  readonly name: string
  readonly keys: Keys
  /** Milliseconds after which who holds a lock has lost it. */
  readonly lease: number
  /** Whether readers of blobs are sent to the store. */
  readonly redirect: boolean
  /** Runs tasks of this process that have one key one after the other. */
  readonly turns: <T>(key: string, task: () => Promise<T>) => Promise<T>
  /** Sizes of blobs that were written or seen a moment ago, by their keys. */
  readonly seen: RecentMap<string, number>
  /** Repositories whose half-done writes were looked for a moment ago. */
  readonly tidied: RecentMap<string, true>
  /** Repositories whose unused uploads were looked for a while ago. */
  readonly expired: RecentMap<string, true>
  /** Repositories that are known to have `keys.known`. */
  readonly marked: RecentMap<string, true>
  /** Resolves when the store is known to write on conditions. */
  readonly ready: () => Promise<void>
}
