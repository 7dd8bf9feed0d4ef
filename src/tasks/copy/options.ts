/**
 * Options of copy(), and their checks.
 *
 * @module
 */
import {
  abortSignal,
  boolean,
  type Checks,
  func,
  listOf,
  milliseconds,
  positiveInteger,
  string,
} from '../../platform/options.ts'
import type { Strategy } from '../../strategies/strategy.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import { depthCheck } from '../lib/depth.ts'
import { platformCheck } from '../lib/platform-name.ts'
import { strategy } from '../lib/strategy-choice.ts'
import type { CopyProgress } from './report.ts'

/** Options of `copy()`. */
export interface CopyOptions {
  /**
   * Copy what is attached too, to the image and to each of its platforms, by every way of linking; or only those for
   * which a function says so, with what leads to them.
   * @default false
   */
  readonly referrers?: boolean | ((referrer: FoundReferrer) => boolean) | undefined
  /**
   * How far to follow referrers of referrers: 1 for what points at the image, 2 for signatures of its SBOMs, and so
   * on; `Infinity` for all there is.
   * @default 1
   */
  readonly depth?: number | undefined
  /**
   * How artifacts are linked at the destination where it cannot keep their links as they are. They get another digest
   * then, and their own referrers stay behind.
   * @default they are not: the report has them as losses
   */
  readonly strategy?: Strategy | undefined
  /**
   * Tags to set at the destination, when all else is there.
   * @default the tag that is copied; none where a digest is
   */
  readonly tags?: readonly string[] | undefined
  /**
   * Only these platforms of an index, such as `linux/arm64`. Of one platform its manifest is copied, without the
   * index; of several the index as it is: layouts and archives take it without the rest, and many registries do not.
   * @default all
   */
  readonly platforms?: readonly string[] | undefined
  /**
   * Only look what would be copied; nothing is written.
   * @default false
   */
  readonly dryRun?: boolean | undefined
  /** Called when an item was found, when bytes moved, and when an item is done. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined
  /**
   * Most referrers to follow; where there are more the copy is not complete.
   * @default 10_000
   */
  readonly maxReferrers?: number | undefined
  /**
   * Milliseconds to wait before a link that other writers may overwrite is read back; 0 where there is no
   * other writer.
   * @default 400
   */
  readonly settle?: number | undefined
  readonly signal?: AbortSignal | undefined
}

// A function, so that bundlers drop it with the call that uses it.
export const copyChecks = (): Checks<CopyOptions> => ({
  referrers: [
    'true, false or a function',
    (value) => typeof value === 'boolean' || typeof value === 'function',
  ],
  depth: depthCheck,
  strategy,
  tags: listOf(string),
  platforms: [
    `${listOf(platformCheck)[0]}; at least one`,
    (value) => listOf(platformCheck)[1](value) && (value as unknown[]).length > 0,
  ],
  dryRun: boolean,
  onProgress: func,
  maxReferrers: positiveInteger,
  settle: milliseconds,
  signal: abortSignal,
})
