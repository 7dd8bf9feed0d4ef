/**
 * What comes of attaching to one of several subjects.
 *
 * @module
 */
import type { Subject } from '../../model/subject.ts'
import type { Referrer } from '../../strategies/strategy.ts'

/** What came of attaching to one subject in one way: a referrer, or an error. */
export type AttachOutcome = {
  /** As it was given. */
  readonly subject: Subject
  /** Name of the strategy. */
  readonly strategy: string
} & (
  | { readonly referrer: Referrer; readonly error?: undefined }
  | { readonly referrer?: undefined; readonly error: Error }
)
