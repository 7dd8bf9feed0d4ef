/**
 * When a referrer says it was made.
 *
 * @module
 */
import { CREATED } from '../../model/annotations.ts'
import { artifactCreated } from '../../model/artifact-created.ts'
import type { Referrer } from '../../strategies/strategy.ts'

/** Milliseconds since 1970, by its annotations. */
export function createdOf({ annotations }: Pick<Referrer, 'annotations'>): number | undefined {
  const text = annotations && Object.hasOwn(annotations, CREATED) ? annotations[CREATED] : undefined
  const time = text === undefined ? Number.NaN : Date.parse(text)
  if (Number.isFinite(time)) return time
  const moment = artifactCreated(annotations)
  return moment && moment.seconds * 1000 + moment.nanoseconds / 1e6
}
