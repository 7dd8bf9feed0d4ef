// JSON with line breaks: its text as it was written, numbers and doubled names too.

/** Deeper than that is not indented further: lines of thousands of blanks help nobody. */
const DEEPEST = 50
const opening = '[{'
const closing = ']}'

/**
 * @param text - JSON
 * @param most - characters, after which it ends: indentation makes of megabytes what fits in no memory
 */
export function pretty(text: string, most: number): string {
  let written = ''
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
    if (' \n\r\t'.includes(char)) continue
    isText = char === '"'
    const isClosing = closing.includes(char)
    if (isClosing) depth--
    const isEmpty = isClosing && opening.includes(written.at(-1)!)
    const isAfterOpening = opening.includes(written.at(-1) ?? ' ')
    if ((isClosing && !isEmpty) || (!isClosing && isAfterOpening)) written += line()
    written += char
    if (opening.includes(char)) depth++
    if (char === ',') written += line()
    if (char === ':') written += ' '
  }
  return written
}
