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

/** A text whose control characters do nothing to a terminal but colour it: types and annotations are anybody's. */
export function harmless(text: string): string {
  const isColour = (at: number) => /^\[\d{1,2}m/.test(text.slice(at + 1, at + 5))
  return text.replace(/[^\P{Cc}\n\t]/gu, (char, at) =>
    char === '\u001b' && isColour(at) ? char : '\ufffd',
  )
}
