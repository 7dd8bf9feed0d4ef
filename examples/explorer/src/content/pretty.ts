// JSON with line breaks: its text as it was written, numbers and doubled names too.

/** Deeper than that is not indented further: lines of thousands of blanks help nobody. */
const DEEPEST = 50
const opening = new Set('[{')
const closing = new Set(']}')
const blanks = new Set(' \n\r\t')

/**
 * @param text - JSON
 * @param most - characters, after which it ends: indentation makes of megabytes what fits in no memory
 */
export function pretty(text: string, most: number): string {
  let written = ''
  let last = ''
  let depth = 0
  let isText = false
  let isEscaped = false
  const line = () => `\n${'  '.repeat(Math.min(depth, DEEPEST))}`
  for (const char of text) {
    if (written.length > most) break
    if (isText) {
      written += char
      isText = isEscaped || char !== '"'
      isEscaped = !isEscaped && char === '\\'
      continue
    }
    if (blanks.has(char)) continue
    isText = char === '"'
    if (closing.has(char)) depth--
    if (opening.has(last) !== closing.has(char)) written += line()
    written += char
    if (opening.has(char)) depth++
    if (char === ',') written += line()
    if (char === ':') written += ' '
    // Not read from what is written: that would be put together each time.
    last = char
  }
  return written
}
