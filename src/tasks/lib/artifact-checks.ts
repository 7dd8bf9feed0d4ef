/**
 * Checks of what a caller wants to link, before any request.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { isMediaType } from '../../model/media-types.ts'
import { parseTag } from '../../model/reference.ts'

/** @throws `InvalidInputError` naming the field */
export function checkMediaType(text: unknown, path: string): void {
  if (isMediaType(text)) return
  const expected = 'a media type such as "application/json"'
  throw new InvalidInputError('INVALID_INPUT', path, expected, text)
}

/** @throws `InvalidInputError` naming the tag */
export function checkTags(
  tags: readonly string[] | undefined,
  path = 'tags',
): readonly string[] | undefined {
  return tags?.map((tag, i) => parseTag(tag, `${path}[${i}]`))
}

/** @throws `InvalidInputError` */
export function checkSettle(settle: number | undefined): void {
  if (settle === undefined || settle >= 0) return
  throw new InvalidInputError('INVALID_INPUT', 'settle', '0 or more milliseconds', settle)
}

/** @throws `TypeError` */
export function checkObject(value: unknown, name: string): void {
  if (typeof value === 'object' && value !== null) return
  const got = value === null ? 'null' : typeof value
  throw new TypeError(`"${name}" must be an object, got ${got}`)
}
