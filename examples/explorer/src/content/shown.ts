// How much of an artifact's content is shown: what others wrote may be megabytes, and a page must not stall.
import type { Part } from './part.ts'

/** Characters of a text, rows and characters of a table, and characters of all. */
export const SHOWN = { text: 200_000, rows: 2000, table: 400_000, all: 800_000 }

/** The beginnings of parts, as far as a page can show them. */
export function shown(parts: readonly Part[]): readonly Part[] {
  let left = SHOWN.all
  return parts.map((part) => {
    const short = shorten(part, left)
    left -= lengthOf(short)
    return short
  })
}

function shorten(part: Part, left: number): Part {
  const rows = part.rows && rowsUpTo(part.rows, Math.min(left, SHOWN.table))
  const most = Math.min(left, SHOWN.text)
  const text = part.text?.slice(0, most)
  const notes = [
    part.note,
    rows && rows.length < part.rows!.length && `The first ${rows.length - 1} are shown.`,
    text !== part.text && `The first ${most} characters are shown.`,
  ]
  const note = notes.filter(Boolean).join(' ')
  return { title: part.title, ...(note && { note }), ...(rows && { rows }), ...definedText(text) }
}

const definedText = (text: string | undefined) => (text === undefined ? {} : { text })

/** The headings, and the rows below them. */
function rowsUpTo(rows: NonNullable<Part['rows']>, most: number): NonNullable<Part['rows']> {
  let length = 0
  const end = rows.findIndex((row, at) => {
    length += row.reduce((sum, cell) => sum + cell.length, 0)
    return at > 0 && (at > SHOWN.rows || length > most)
  })
  return end === -1 ? rows : rows.slice(0, end)
}

function lengthOf({ text = '', rows = [] }: Part): number {
  return rows.flat().reduce((sum, cell) => sum + cell.length, text.length)
}
