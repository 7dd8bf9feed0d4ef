/**
 * newest(): the latest of some referrers, by what their annotations say.
 *
 * @module
 */
import { CREATED } from '../model/annotations.ts'
import { artifactCreated } from '../model/artifact-created.ts'
import type { MediaType } from '../model/media-types.ts'
import type { Referrer } from '../strategies/strategy.ts'

/**
 * The newest of some referrers: by `org.opencontainers.image.created`, or the spellings that older
 * artifacts use. Those without a date come after all others. No request is made: where a registry lists
 * referrers without annotations, ask for `annotations: {}` to have dates, and by `artifactType` where it
 * lists them without their own type.
 *
 * @param artifactType - only of this type
 * @returns `undefined` when there is none
 * @example
 * ```ts
 * import { discover, newest, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const { referrers } = await discover(app, 'v1')
 * console.log(newest(referrers, 'application/spdx+json')?.digest)
 * ```
 */
export function newest<T extends Referrer>(
  referrers: Iterable<T>,
  artifactType?: MediaType | undefined,
): T | undefined {
  let latest: T | undefined
  for (const referrer of referrers) {
    if (artifactType !== undefined && referrer.artifactType !== artifactType) continue
    if (!latest || (createdOf(referrer) ?? -1) > (createdOf(latest) ?? -1)) latest = referrer
  }
  return latest
}

/** When a referrer says it was made, in milliseconds since 1970. */
export function createdOf({ annotations }: Referrer): number | undefined {
  const text = annotations && Object.hasOwn(annotations, CREATED) ? annotations[CREATED] : undefined
  const time = text === undefined ? Number.NaN : Date.parse(text)
  if (Number.isFinite(time)) return time
  const moment = artifactCreated(annotations)
  return moment && moment.seconds * 1000 + moment.nanoseconds / 1e6
}
