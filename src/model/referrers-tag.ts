/**
 * The referrers tag: where the links of a digest are kept on registries without the referrers API
 * (distribution-spec 1.1, "Referrers Tag Schema").
 *
 * @module
 */

/**
 * Tag of a digest's referrers: the algorithm cut to 32 characters, the rest cut to 64, and all that
 * a tag may not hold replaced by `-`.
 *
 * @param digest - any digest's text, also of algorithms that this package does not compute
 * @example
 * ```ts
 * import { referrersTag } from 'ocilink'
 *
 * referrersTag('test+algorithm+using+algorithm+separators+and+lots+of+characters+to+excercise+overall+truncation:alsoSome=InTheEncodedPart')
 * // 'test-algorithm-using-algorithm-s-alsoSome-InTheEncodedPart'
 * ```
 */
export function referrersTag(digest: string): string {
  const colon = digest.indexOf(':')
  const algorithm = digest.slice(0, colon).slice(0, 32)
  const encoded = digest.slice(colon + 1).slice(0, 64)
  return `${algorithm}-${encoded}`.replace(/[^A-Za-z0-9._-]/g, '-')
}
