/**
 * JSON as it is written where it may be seen.
 *
 * @module
 */

/** The same value as with `JSON.stringify`, which leaves some characters as they are that control a terminal. */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent)
  return text.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
