/**
 * Colours, where a person looks at a terminal that has some.
 *
 * @module
 */
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

/** What a text is. */
const formats = { bad: 'red', unsure: 'yellow', name: 'bold', aside: 'dim' } as const

/** Puts a text in the colour of what it is; `NO_COLOR` and `FORCE_COLOR` are looked at. */
export function styled(
  kind: keyof typeof formats,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const { isTTY } = stream
  return isTTY && (stream as WriteStream).hasColors() ? styleText(formats[kind], text) : text
}

/**
 * What others wrote, such as a type or a tag, as a part of a line: it starts none of its own, and neither controls the
 * terminal nor turns the direction of text.
 */
export function shown(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  )
}

/** Of lines that are made already: what is left in them does nothing to a terminal but colour it, as {@link styled} does. */
export function harmless(text: string): string {
  const isColour = (at: number) => /^\[(1|2|22|31|33|39)m/.test(text.slice(at + 1, at + 5))
  return text.replace(/[^\P{Cc}\n\t]/gu, (char, at) =>
    char === '\u001b' && isColour(at) ? char : '\ufffd',
  )
}
