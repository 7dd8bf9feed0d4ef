/**
 * Options of convert(), and what they must be.
 *
 * @module
 */
import {
  abortSignal,
  boolean,
  type Check,
  type Checks,
  milliseconds,
  oneOf,
} from '../../platform/options.ts'
import type { PublishOptions, Strategy } from '../../strategies/strategy.ts'
import { depthCheck } from '../lib/depth.ts'
import { type Scope, scopes } from '../lib/scope-name.ts'
import { strategy as isStrategy } from '../lib/strategy-choice.ts'

/** Options of `convert()`. */
export interface ConvertOptions extends PublishOptions {
  /** The new way of linking, or several. */
  readonly to: Strategy | readonly Strategy[]
  /**
   * The ways of linking that are converted. One of the name of a new way is another where its repository or prefix
   * is another.
   * @default every other way
   */
  readonly from?: Strategy | readonly Strategy[] | undefined
  /**
   * Whether the old links stay, for readers that know no other. `false` takes each away once its new links were
   * seen to hold the same content, and where nothing is attached to it itself.
   * @default true
   */
  readonly keep?: boolean | undefined
  /**
   * Only say what would be done. Nothing is written.
   * @default false
   */
  readonly dryRun?: boolean | undefined
  /**
   * Whose links: of the image itself, of its platforms, or of all of these.
   * @default 'all'
   */
  readonly scope?: Scope | undefined
  /**
   * How far to follow what is attached to what is attached; `Infinity` for all.
   * @default 1
   */
  readonly depth?: number | undefined
}

export const strategies = (): Check => [
  `${isStrategy[0]}, or a list of at least one`,
  (value) =>
    isStrategy[1](value) ||
    (Array.isArray(value) && value.length > 0 && value.every((one) => isStrategy[1](one))),
]

export const convertChecks = (): Checks<ConvertOptions> => ({
  to: strategies(),
  from: strategies(),
  keep: boolean,
  dryRun: boolean,
  scope: oneOf(...scopes),
  depth: depthCheck,
  settle: milliseconds,
  signal: abortSignal,
})
