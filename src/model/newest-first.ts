/**
 * The order of proposal A's lists: newest first, what has no date after all that have one
 * (PROPOSAL_A.md, "Sorting Results"). Written as text, so that an ordered index needs to know nothing
 * of dates.
 *
 * @module
 */
import { artifactCreated } from './artifact-created.ts'
import type { Descriptor } from './descriptor.ts'

// Seconds of the years 0 to 9999, with any offset, counted down from here are positive.
const FAR_FUTURE = 1e12

/** An artifact's place: what is newer comes first in the order of texts. */
export function newestFirst({ annotations, digest }: Descriptor): string {
  const created = artifactCreated(annotations)
  if (!created) return `undated ${digest}`
  const seconds = String(FAR_FUTURE - created.seconds).padStart(13, '0')
  const nanoseconds = String(999_999_999 - created.nanoseconds).padStart(9, '0')
  return `${seconds}.${nanoseconds} ${digest}`
}

/** Whether a text is a place that {@link newestFirst} may have made. */
export function isPlace(text: string): boolean {
  return /^(undated|[0-9]{13}\.[0-9]{9}) sha(256|384|512):[0-9a-f]{64,128}$/.test(text)
}
