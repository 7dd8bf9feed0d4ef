/**
 * When a referrer says it was made.
 *
 * @module
 */
import { CREATED } from '../../model/annotations.ts'
import { artifactCreated } from '../../model/artifact-created.ts'
import type { Referrer } from '../../strategies/strategy.ts'

/** A day first, as in RFC 3339: `Date.parse()` takes `9999` and `Mon 1` too, and they would be the newest of all. */
const DAY = /^\d{4}-\d{2}-\d{2}/

/** Milliseconds since 1970, by its annotations. */
export function createdOf({ annotations }: Pick<Referrer, 'annotations'>): number | undefined {
  const text = annotations && Object.hasOwn(annotations, CREATED) ? annotations[CREATED] : undefined
  const time = text && DAY.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(time)) return time
  const moment = artifactCreated(annotations)
  return moment && moment.seconds * 1000 + moment.nanoseconds / 1e6
}
