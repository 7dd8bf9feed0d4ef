/**
 * Whether the store writes on conditions: without that two processes would undo each other's writes.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { deleteObject, getObject, headObject, putObject } from './client/objects.ts'
import type { Store } from './client/store.ts'
import { nonce } from './nonce.ts'

/**
 * Finds out, and notes in the store that it was found out, so that each process asks once.
 *
 * @throws `InvalidInputError` where it does not
 */
export async function requireConditions(store: Store): Promise<void> {
  const { place } = store
  const noteKey = `${place.prefix}_ocilink`
  const note = JSON.stringify({ layout: 1, store: new URL(place.show(undefined)).host })
  const found = await getObject(store, noteKey)
  if (found && new TextDecoder().decode(found.bytes) === note) return
  const key = `${place.prefix}_ocilink-${nonce()}`
  const write = async (headers: Record<string, string>) => {
    const body = new TextEncoder().encode(nonce())
    const answers = [404, 412, 501]
    return store.send({ method: 'PUT', key, body, headers, answers })
  }
  try {
    const first = await write({ 'if-none-match': '*' })
    const second = await write({ 'if-none-match': '*' })
    if (first.status >= 300 || second.status !== 412)
      throw unsupported('If-None-Match', place.show(undefined))
    const etag = (await write({ 'if-match': first.headers.get('etag') ?? '' })).headers.get('etag')
    const stale = await write({ 'if-match': first.headers.get('etag') ?? '' })
    if (!etag || stale.status !== 412) throw unsupported('If-Match', place.show(undefined))
  } finally {
    await deleteObject(store, key)
  }
  await putObject(store, noteKey, new TextEncoder().encode(note))
}

/** Whether the store deletes on a condition: those that do not know it delete whatever is there. */
export async function deletesOnCondition(store: Store): Promise<boolean> {
  const key = `${store.place.prefix}_ocilink-${nonce()}`
  await putObject(store, key, new TextEncoder().encode(nonce()))
  try {
    const headers = { 'if-match': '"00000000000000000000000000000000"' }
    const answers = [400, 404, 405, 412, 501]
    const { status } = await store.send({ method: 'DELETE', key, headers, answers })
    return status === 412 && (await headObject(store, key)) !== undefined
  } finally {
    await deleteObject(store, key)
  }
}

function unsupported(header: string, url: string): InvalidInputError {
  const message = `The store at ${url} does not honour ${header} of PUT, without which processes would undo each other's writes; nothing was written`
  const expected = `a store that honours ${header} of PUT`
  return new InvalidInputError('INVALID_INPUT', 'endpoint', expected, url, { message })
}
