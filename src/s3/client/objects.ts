/**
 * Single objects: read, written on a condition, copied and deleted.
 *
 * @module
 */
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
    return { bytes: answer.bytes, etag: etagOf(answer), headers: answer.headers }
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
  return etagOf(await store.send({ method: 'PUT', key, body, headers, until }))
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
  if (answer.status < 300) return etagOf(answer)
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

function etagOf({ headers }: StoreAnswer): string {
  return headers.get('etag') ?? ''
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, at) => byte === b[at])
}
