/**
 * What JSON.parse lets through and a registry should not keep: texts that readers understand
 * differently (RFC 8259 section 4) or that overflow their stacks.
 *
 * @module
 */

// Far above what manifests need, far below what recursive readers survive.
const MAX_DEPTH = 256

/**
 * What is wrong with a JSON text: a key given twice in one object, or nesting deeper than 256.
 * Undefined when neither is the case; whether it is JSON at all is left to the parser.
 *
 * @param anyKeys - looks for nesting alone
 */
export function ambiguityOf(text: string, anyKeys = false): string | undefined {
  // Keys of every open object; undefined for an open array.
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        open.push(new Set())
        break
      case 0x5b: // [
        open.push(undefined)
        break
      case 0x7d: // }
      case 0x5d: // ]
        open.pop()
        break
      case 0x22: {
        // "
        const end = endOfString(text, at)
        if (!anyKeys && isColonNext(text, end + 1)) {
          const key = unquote(text.slice(at, end + 1))
          const keys = open.at(-1)
          if (keys?.has(key)) return `the key ${JSON.stringify(key.slice(0, 100))} is given twice`
          keys?.add(key)
        }
        at = end
      }
    }
    if (open.length > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`
  }
  return undefined
}

/** Index of the closing quote, or of the text's end. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== 0x22) {
    at += text.charCodeAt(at) === 0x5c ? 2 : 1
  }
  return at
}

function isColonNext(text: string, start: number): boolean {
  let at = start
  while (' \t\r\n'.includes(text.charAt(at)) && at < text.length) at += 1
  return text.charAt(at) === ':'
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    // The parser will refuse it.
    return quoted
  }
}
