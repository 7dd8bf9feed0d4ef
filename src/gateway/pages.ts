/**
 * Pages of a list that the gateway has as a whole.
 *
 * @module
 */
import type { Descriptor } from '../model/descriptor.ts'
import { MANIFEST_LIMIT } from '../model/manifest.ts'

/** Entries of one page, where the client does not say fewer. */
const PAGE = 1000

/** A page, and where the next one begins. */
export interface Page {
  readonly entries: readonly Descriptor[]
  /** The place of the last entry; `undefined` where that is the end. */
  readonly last: string | undefined
}

/** What a client says of a page. */
export interface PageQuery {
  readonly after: string | null
  readonly count: number
  /** An entry's place; the list is in the order of these. */
  readonly placeOf: (entry: Descriptor) => string
}

/** As much as fits: in number, and in the size that clients read of a manifest. */
export function pageOf(all: readonly Descriptor[], { after, count, placeOf }: PageQuery): Page {
  const rest = after === null ? all : all.filter((entry) => placeOf(entry) > after)
  const entries: Descriptor[] = []
  let size = 0
  for (const entry of rest) {
    size += JSON.stringify(entry).length + 1
    if (entries.length === count || (entries.length > 0 && size > MANIFEST_LIMIT / 4)) break
    entries.push(entry)
  }
  const last = entries.at(-1)
  return { entries, last: last && entries.length < rest.length ? placeOf(last) : undefined }
}

/** The number of entries that `n` says; `undefined` where it is none. */
export function countOf(text: string | null): number | undefined {
  if (text === null) return PAGE
  return /^[1-9]\d{0,6}$/.test(text) ? Math.min(Number(text), PAGE) : undefined
}

/** A header that names the next page: the same query, and where it begins. */
export function nextLink(path: string, request: Request, name: string, last: string): string {
  const next = new URL(request.url).searchParams
  next.set(name, last)
  return `<${path}?${next}>; rel="next"`
}

/** The refusal of a page of no size. */
export const NO_COUNT = '"n" must be a whole number of at least 1'
