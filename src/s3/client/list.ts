/**
 * Lists of keys, in the order of bytes (ListObjectsV2).
 *
 * @module
 */
import { ConnectionError } from '../../errors.ts'
import type { Store } from './store.ts'
import { elementOf, elementsOf, parseXml, textOf } from './xml.ts'

/** An object as a list has it. */
export interface Listed {
  readonly key: string
  readonly size: number
  readonly etag: string
  /** Milliseconds, on the store's clock. */
  readonly modified: number
}

/** One page of a list. */
export interface ListPage {
  readonly objects: readonly Listed[]
  /** Where the next page begins; undefined at the end. */
  readonly next: string | undefined
  /** The store's clock when it answered, in milliseconds. */
  readonly now: number
}

/** Which keys. */
export interface ListQuery {
  readonly prefix: string
  /** Only those after this one, which need not be there. */
  readonly after?: string | undefined
  readonly most?: number | undefined
}

/** Gets the first page, or the one that a page before names. */
export async function listPage(
  store: Store,
  { prefix, after, most }: ListQuery,
  next?: string,
): Promise<ListPage> {
  const query = {
    'list-type': '2',
    'encoding-type': 'url',
    prefix,
    ...(after !== undefined && next === undefined && { 'start-after': after }),
    ...(most !== undefined && { 'max-keys': String(most) }),
    ...(next !== undefined && { 'continuation-token': next }),
  }
  const { bytes, headers } = await store.send({ method: 'GET', query })
  const document = await parseXml(bytes)
  if (!('ListBucketResult' in document)) {
    const url = store.place.show(undefined)
    throw new ConnectionError(
      'CONNECTION',
      `${url} did not answer as a store: no list of keys`,
      url,
    )
  }
  const result = elementOf(document.ListBucketResult)
  const isEncoded = textOf(result, 'EncodingType') === 'url'
  const objects = elementsOf(result, 'Contents').map((found) => ({
    key: isEncoded ? decode(textOf(found, 'Key')) : textOf(found, 'Key'),
    size: Number(textOf(found, 'Size')),
    etag: textOf(found, 'ETag'),
    modified: Date.parse(textOf(found, 'LastModified')),
  }))
  const isCut = textOf(result, 'IsTruncated') === 'true'
  const token = isCut ? textOf(result, 'NextContinuationToken') : undefined
  return { objects, next: token, now: clockOf(headers) }
}

/** Pages without a key that follow each other. */
const MOST_EMPTY = 1000

/** All keys of a prefix, and the milliseconds that ago they were written. A page is asked for when it is reached. */
export async function* listAll(
  store: Store,
  query: ListQuery,
): AsyncGenerator<Listed & { readonly age: number }> {
  let next: string | undefined
  let last = query.after ?? ''
  let empty = 0
  do {
    const page = await listPage(store, query, next)
    const [first] = page.objects
    empty = first ? 0 : empty + 1
    if (empty > MOST_EMPTY || (page.next !== undefined && page.next === next)) throw endless(store)
    if (first && next !== undefined && !isAfter(first.key, last)) throw endless(store)
    last = page.objects.at(-1)?.key ?? last
    for (const object of page.objects) yield { ...object, age: page.now - object.modified }
    next = page.next
  } while (next !== undefined)
}

/** In the order of bytes. */
function isAfter(key: string, last: string): boolean {
  const [a, b] = [key, last].map((text) => new TextEncoder().encode(text)) as [
    Uint8Array,
    Uint8Array,
  ]
  const at = a.findIndex((byte, index) => byte !== b[index])
  return at >= 0 && a[at]! > (b[at] ?? -1)
}

/** A list whose pages do not go on. */
export function endless(store: Store): ConnectionError {
  const url = store.place.show(undefined)
  const message = `${url} did not answer as a store: its list does not go on`
  return new ConnectionError('CONNECTION', message, url)
}

/** The store's clock, as an answer has it; where it has none nothing is old. */
export function clockOf(headers: Headers): number {
  const date = Date.parse(headers.get('date') ?? '')
  return Number.isNaN(date) ? Number.NEGATIVE_INFINITY : date
}

function decode(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '))
}
