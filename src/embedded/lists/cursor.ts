/**
 * Cursors: a place in a list as clients get it in a link, to be handed back and not to be made. URL-safe
 * base64 without padding (RFC 4648, section 5).
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from '../../platform/base64.ts'

/** Writes a place as a cursor. */
export function formatCursor(place: string): string {
  const text = encodeBase64(new TextEncoder().encode(place))
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The place of a cursor; `''` for what is none. */
export function parseCursor(cursor: string): string {
  return new TextDecoder().decode(decodeBase64(cursor, 'either') ?? new Uint8Array())
}
