/**
 * Single objects: read, written on a condition, copied and deleted.
 *
 * @module
 */
import { ConnectionError } from '../../errors.ts'
import { refusalOf, type Store, type StoreAnswer } from './store.ts'
import { errorOf } from './xml.ts'

/** An object that was read. */
export interface ReadObject {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly etag: string
  readonly headers: Headers
}

/** What a write waits for. */
export interface WriteOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly until?: number | undefined
}

/** Reads an object; undefined where there is none. */
export async function getObject(
  store: Store,
  key: string,
  until?: number,
): Promise<ReadObject | undefined> {
  const answer = await store.send({ method: 'GET', key, until, answers: [404] })
  if (answer.status !== 404) {
    return { bytes: answer.bytes, etag: etagOf(store, key, answer), headers: answer.headers }
  }
  await requireMissing(store, answer, key)
  return undefined
}

/** An object's headers; undefined where there is none. */
export async function headObject(
  store: Store,
  key: string,
  until?: number,
): Promise<Headers | undefined> {
  const { status, headers } = await store.send({ method: 'HEAD', key, until, answers: [404] })
  if (status !== 404) return headers
  // The answer to a HEAD has no room for what is missing.
  await store.requireBucket()
  return undefined
}

/** Writes an object, whatever is there. */
export async function putObject(
  store: Store,
  key: string,
  body: Uint8Array<ArrayBuffer>,
  { headers, until }: WriteOptions = {},
): Promise<string> {
  return etagOf(store, key, await store.send({ method: 'PUT', key, body, headers, until }))
}

/** What must be there for a write: nothing, or what has this ETag. */
export type Condition = { readonly is: 'absent' } | { readonly is: 'same'; readonly etag: string }

export const absent: Condition = { is: 'absent' }

export const same = (etag: string): Condition => ({ is: 'same', etag })

/**
 * Writes an object where that is still as the caller saw it. What the object holds must be like no other
 * write's, so that one whose answer was lost can be told by reading it.
 *
 * @returns its ETag; undefined where something else is there
 */
export async function putObjectIf(
  store: Store,
  key: string,
  body: Uint8Array<ArrayBuffer>,
  condition: Condition,
  { headers, until }: WriteOptions = {},
): Promise<string | undefined> {
  const conditions: Record<string, string> =
    condition.is === 'absent' ? { 'if-none-match': '*' } : { 'if-match': condition.etag }
  const answer = await store.send({
    method: 'PUT',
    key,
    body,
    headers: { ...headers, ...conditions },
    answers: condition.is === 'absent' ? [412] : [404, 412],
    until,
  })
  if (answer.status < 300) return etagOf(store, key, answer)
  if (answer.status === 404) await requireMissing(store, answer, key)
  if (!answer.doubtful) return undefined
  const found = await getObject(store, key, until)
  return found && isEqual(found.bytes, body) ? found.etag : undefined
}

/** Deletes an object, if there is one. */
export async function deleteObject(store: Store, key: string, until?: number): Promise<void> {
  await store.send({ method: 'DELETE', key, until, answers: [404] })
}

/** A 404 that does not say that the object is missing is an error: the bucket is, or who answers is no store. */
export async function requireMissing(
  store: Store,
  answer: StoreAnswer,
  key: string,
): Promise<void> {
  const { code } = await errorOf(answer.bytes)
  if (code !== 'NoSuchKey') throw await refusalOf(store.place, { method: 'GET', key }, answer)
}

function etagOf(store: Store, key: string, { headers }: StoreAnswer): string {
  return requireHeader(store, key, headers, 'ETag')
}

/**
 * A header that writes rest on: with an empty one they would have no condition.
 *
 * @throws `ConnectionError` where there is none, or none that a page may see
 */
export function requireHeader(store: Store, key: string, headers: Headers, name: string): string {
  const value = headers.get(name)
  if (value) return value
  const url = store.place.show(key)
  const message = `${url} was answered without ${name}; for a page the store must expose it (CORS)`
  throw new ConnectionError('CONNECTION', message, url)
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, at) => byte === b[at])
}
