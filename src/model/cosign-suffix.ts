/**
 * The end of one of cosign's tags, such as `sig`. Apart from digest-tags.ts, because it is checked before the rest is
 * needed.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'

/**
 * Checks the end of one of cosign's tags.
 *
 * @throws {@link InvalidInputError} `INVALID_INPUT` naming `suffix`
 */
export function checkSuffix(suffix: string): string {
  // 128 characters, of which 89 may come before it.
  if (typeof suffix === 'string' && /^[\w-]{1,39}$/.test(suffix)) return suffix
  const expected = '1 to 39 characters of A-Z a-z 0-9 _ -'
  throw new InvalidInputError('INVALID_INPUT', 'suffix', expected, suffix)
}
