// What others wrote is shown as text; this makes visible what a browser would not show, or would act on.
import { options } from 'preact'

/** Controls but tab and line feed, and what formats without a glyph: what turns a text's direction, what has no width. */
const hidden = /[^\P{Cc}\t\n]|[\p{Cf}\u2028\u2029]/gu

/** The same text with what is hidden in it as `\u{202e}`. */
export function visible(text: string): string {
  const lines = text.replaceAll('\r\n', '\n')
  return lines.replace(hidden, (one) => `\\u{${one.codePointAt(0)!.toString(16)}}`)
}

/** Lets every text of the page go through {@link visible}, whoever shows it. */
export function showHiddenCharacters(): void {
  const before = options.vnode
  options.vnode = (vnode) => {
    const props = vnode.props as Record<string, unknown>
    for (const name of ['children', 'title', 'aria-label']) {
      if (name in props) props[name] = shown(props[name])
    }
    before?.(vnode)
  }
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return visible(value)
  return Array.isArray(value) ? value.map(shown) : value
}
