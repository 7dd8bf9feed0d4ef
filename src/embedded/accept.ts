/**
 * Content negotiation (RFC 9110 section 12.5.1), for the one endpoint that has two representations.
 *
 * @module
 */

/** Whether an `Accept` prefers one media type to another. Without a header, neither is preferred. */
export function prefers(accept: string | null, type: string, other: string): boolean {
  const ranges = (accept ?? '*/*').split(',').map(parseRange)
  return qualityOf(ranges, type) > qualityOf(ranges, other)
}

interface MediaRange {
  readonly type: string
  readonly quality: number
}

function parseRange(text: string): MediaRange {
  const [type, ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => /^q=/.test(parameter))
  const quality = weight === undefined ? 1 : Number(weight.slice(2))
  return { type: type!, quality: quality >= 0 && quality <= 1 ? quality : 0 }
}

/** Quality of a media type: that of the most specific range it is in. */
function qualityOf(ranges: readonly MediaRange[], type: string): number {
  const wide = `${type.split('/', 1)[0]}/*`
  for (const name of [type, wide, '*/*']) {
    const found = ranges.find((range) => range.type === name)
    if (found) return found.quality
  }
  return 0
}
