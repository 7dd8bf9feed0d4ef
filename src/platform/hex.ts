/**
 * Bytes as lower-case hex.
 *
 * @module
 */

/** Bytes as hex, by the engine's own method where it has one. */
export function toHex(bytes: Uint8Array & { readonly toHex?: () => string }): string {
  if (bytes.toHex) return bytes.toHex()
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return hex
}
