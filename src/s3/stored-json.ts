/**
 * Objects that hold JSON: others may have changed them.
 *
 * @module
 */

/** What an object or a header says; undefined where it is not what is expected. */
export function readJson<T>(
  text: Uint8Array | string | null,
  isExpected: (value: unknown) => value is T,
): T | undefined {
  if (text === null) return undefined
  try {
    const value: unknown = JSON.parse(
      typeof text === 'string' ? text : new TextDecoder().decode(text),
    )
    return isExpected(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A list of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
