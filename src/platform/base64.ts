/**
 * Base64 (RFC 4648, section 4) of bytes.
 *
 * @module
 */

/** As many arguments as any engine takes. */
const PART = 8192

/** Writes bytes in base64, with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += PART) {
    text += String.fromCharCode(...bytes.subarray(at, at + PART))
  }
  return btoa(text)
}

/**
 * Reads base64, with or without padding.
 *
 * @param alphabet - `'either'` takes the URL-safe alphabet too (section 5)
 * @returns `undefined` for what is no base64, so that the caller can say which field it is
 */
export function decodeBase64(
  text: string,
  alphabet: 'standard' | 'either' = 'standard',
): Uint8Array<ArrayBuffer> | undefined {
  const standard = alphabet === 'either' ? text.replaceAll('-', '+').replaceAll('_', '/') : text
  try {
    return Uint8Array.from(atob(standard), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
