// What others wrote is shown as text; this makes visible what a browser would not show, or would act on.
import { options } from 'preact'

/** Controls but tab and line feed, and what formats without a glyph: what turns a text's direction, what has no width. */
const hidden = /[^\P{Cc}\t\n]|[\p{Cf}\u2028\u2029]/gu

/** The same text with what is hidden in it as `\u{202e}`. */
export function visible(text: string): string {
  const lines = text.replaceAll('\r\n', '\n')
  return lines.replace(hidden, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`)
}

/** Characters of a type, a name or another line: content has more. */
const LINE = 1000

/** The beginning of what should be a line, and may be megabytes. */
export function short(text: string): string {
  return text.length > LINE ? `${text.slice(0, LINE)} …` : text
}

/** Lets every text of the page go through {@link visible}, whoever shows it. */
export function showHiddenCharacters(): void {
  const before = options.vnode
  options.vnode = (vnode) => {
    // That of a text is the text.
    const props: unknown = vnode.props
    if (typeof props === 'string') Object.assign(vnode, { props: visible(props) })
    else showAttributes(props as Record<string, unknown>)
    before?.(vnode)
  }
}

function showAttributes(props: Record<string, unknown>): void {
  for (const name of ['title', 'aria-label']) {
    const value = props[name]
    if (typeof value === 'string') props[name] = visible(value)
  }
}
