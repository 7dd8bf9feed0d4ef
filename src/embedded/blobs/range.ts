/**
 * Byte ranges: `Range` of downloads (RFC 9110 section 14) and `Content-Range` of uploads, which the
 * distribution-spec spells in its own way ("Pushing a blob in chunks").
 *
 * @module
 */

/** Bytes from `start` up to and without `end`. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * What a `Range` header asks of content of a size: a range, `'unsatisfiable'`, or undefined to send
 * it all, which is also right for headers of another unit or shape and for several ranges at once.
 */
export function parseRange(
  header: string | null,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=\s*([0-9]*)\s*-\s*([0-9]*)\s*$/i.exec(header ?? '')
  if (!match) return undefined
  const [, first, last] = match as unknown as [string, string, string]
  if (first === '' && last === '') return undefined
  if (first === '') {
    const start = Math.max(0, size - Number(last))
    return start < size ? { start, end: size } : 'unsatisfiable'
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  return start < end ? { start, end } : 'unsatisfiable'
}

/** An upload's `Content-Range`, `<first>-<last>`; undefined for any other text. */
export function parseContentRange(header: string): ByteRange | undefined {
  const match = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(header)
  if (!match) return undefined
  const start = Number(match[1])
  const end = Number(match[2]) + 1
  return start < end ? { start, end } : undefined
}
