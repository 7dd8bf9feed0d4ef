/**
 * When an artifact was made, which proposal A lists artifacts by (PROPOSAL_A.md, "Sorting Results").
 *
 * @module
 */
import type { Annotations } from './annotations.ts'

/** The annotation to write. */
export const ARTIFACT_CREATED = 'org.opencontainers.artifact.created'

/** ORAS's spelling: its registries sort by no other. */
export const ORAS_ARTIFACT_CREATED = 'io.cncf.oras.artifact.created'

/** All spellings: the one to write, that of the proposal's section on sorting, and ORAS's. */
const spellings = [ARTIFACT_CREATED, 'org.oci.artifact.created', ORAS_ARTIFACT_CREATED]

// RFC 3339 section 5.6; letters may be lower case.
const dateTime = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:\d{2})$/

/** A moment: nanoseconds do not fit a number of milliseconds. */
export interface Moment {
  /** Since 1970, UTC. */
  readonly seconds: number
  readonly nanoseconds: number
}

/** When an artifact was made, by its annotations; `undefined` where they do not say, or not in RFC 3339. */
export function artifactCreated(annotations: Annotations | undefined): Moment | undefined {
  if (!annotations) return undefined
  for (const key of spellings) {
    const moment = Object.hasOwn(annotations, key) ? parseMoment(annotations[key]!) : undefined
    if (moment) return moment
  }
  return undefined
}

function parseMoment(text: string): Moment | undefined {
  const match = dateTime.exec(text.toUpperCase())
  if (!match) return undefined
  const [, day, minute, second, fraction = '', zone] = match
  // A leap second is not in Date's calendar; it comes after everything before it.
  const whole = second === '60' ? '59' : second
  const seconds = Date.parse(`${day}T${minute}:${whole}${zone}`) / 1000
  if (Number.isNaN(seconds)) return undefined
  return { seconds, nanoseconds: Number(fraction.slice(0, 9).padEnd(9, '0')) }
}
