/**
 * Options of repair(), and what they must be.
 *
 * @module
 */
import { abortSignal, boolean, type Checks, milliseconds, oneOf } from '../../platform/options.ts'
import type { PublishOptions } from '../../strategies/strategy.ts'
import { type Scope, scopes } from '../lib/scope-name.ts'

/** Options of `repair()`. */
export interface RepairOptions extends PublishOptions {
  /**
   * Whose lists: of the image itself, of its platforms, or of all of these.
   * @default 'all'
   */
  readonly scope?: Scope | undefined
  /**
   * Only say what would be done. Nothing is written.
   * @default false
   */
  readonly dryRun?: boolean | undefined
}

export const repairChecks = (): Checks<RepairOptions> => ({
  scope: oneOf(...scopes),
  dryRun: boolean,
  settle: milliseconds,
  signal: abortSignal,
})
