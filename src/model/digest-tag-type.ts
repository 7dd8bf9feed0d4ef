/**
 * The end of a digest tag, an artifact's type. Apart from digest-tags.ts, because it is checked before the rest is
 * needed.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'

/**
 * Checks the last part of a digest tag.
 *
 * @throws {@link InvalidInputError} `INVALID_INPUT` naming the field
 */
export function checkTagType(type: string, path: string): string {
  if (typeof type === 'string' && /^[\w.-]{1,39}$/.test(type)) return type
  // 128 characters, of which 89 come before the type: 6 - 64 . 16 .
  const expected = '1 to 39 characters of A-Z a-z 0-9 . _ -, to be the end of a tag'
  throw new InvalidInputError('INVALID_INPUT', path, expected, type)
}
