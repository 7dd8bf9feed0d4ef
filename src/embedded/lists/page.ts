/**
 * One page of a list that is read in order.
 *
 * @module
 */
import { MANIFEST_LIMIT } from '../../model/manifest.ts'
import { Refusal } from '../wire/answers.ts'

/** Entries of a list that a registry does not cut into pages. */
export const MOST_UNPAGED = 100_000

/** The refusal of a list that is longer. */
export function tooLong(): Refusal {
  const message = `the list has more than ${MOST_UNPAGED} entries, and this registry has no pages`
  return new Refusal(500, 'UNKNOWN', message)
}

/** As many as a page holds, and whether there are more. */
export interface Page<Entry> {
  readonly entries: readonly Entry[]
  /** The entries as JSON, with commas between them. */
  readonly text: string
  readonly more: boolean
}

/** JSON of an entry, and its size in bytes. */
interface Spelled {
  readonly text: string
  readonly size: number
}

// Entries are listed again and again, and never change.
const known = new WeakMap<object, Spelled>()

/** As many as a page holds: a number of entries, and of bytes, by default what a manifest may have. */
export async function firstPage<Entry extends object>(
  all: AsyncIterable<Entry>,
  count: number,
  limit: number = MANIFEST_LIMIT,
): Promise<Page<Entry>> {
  const entries: Entry[] = []
  const parts: string[] = []
  // Room for the document around the entries.
  let bytes = 1024
  try {
    for await (const entry of all) {
      const { text, size } = known.get(entry) ?? spell(entry)
      bytes += size + 1
      const full = entries.length === count || bytes > limit
      if (full && entries.length > 0) return { entries, text: parts.join(','), more: true }
      entries.push(entry)
      parts.push(text)
    }
  } catch (error) {
    // What could be read is shown; who wants more hears why there is none.
    if (entries.length > 0) return { entries, text: parts.join(','), more: true }
    throw error
  }
  return { entries, text: parts.join(','), more: false }
}

function spell(entry: object): Spelled {
  const text = JSON.stringify(entry)
  const spelled = { text, size: new TextEncoder().encode(text).byteLength }
  known.set(entry, spelled)
  return spelled
}

/**
 * How many entries a query's `n` asks for, at most `most`. Not 0: a page of nothing could not say
 * where the next one begins, and without a link it would say that there is none.
 *
 * @throws {@link Refusal} 400 `PAGINATION_NUMBER_INVALID`
 */
export function pageSizeOf(query: URLSearchParams, most: number): number {
  const wanted = query.get('n')
  if (wanted === null) return most
  if (/^[0-9]{1,15}$/.test(wanted) && Number(wanted) > 0) return Math.min(Number(wanted), most)
  throw new Refusal(400, 'PAGINATION_NUMBER_INVALID', '"n" must be a whole number from 1', {
    detail: { n: wanted.slice(0, 100) },
  })
}
