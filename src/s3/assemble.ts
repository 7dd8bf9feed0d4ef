/**
 * Makes one object of several, inside of the store: a multipart upload whose parts are copied.
 *
 * @module
 */
import { ConnectionError, RegistryError } from '../errors.ts'
import { headObject } from './client/objects.ts'
import type { Store, StoreAnswer } from './client/store.ts'
import { elementOf, errorOf, escapeXml, parseXml, textOf } from './client/xml.ts'
import { forEach } from './steps.ts'

/** A part: an object, or some of its bytes. */
export interface Part {
  readonly key: string
  readonly etag: string
  readonly start: number
  readonly size: number
  /** Whether it is not all of the object. */
  readonly isPart?: boolean | undefined
}

/**
 * Puts parts together under a key. All but the last must have the store's least size.
 *
 * @param rest - bytes that come after all parts
 */
export async function assemble(
  store: Store,
  key: string,
  parts: readonly Part[],
  rest: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const begun = await store.send({
    method: 'POST',
    key,
    query: { uploads: '' },
    headers: { 'content-type': 'application/octet-stream' },
  })
  const result = elementOf((await parseXml(begun.bytes)).InitiateMultipartUploadResult)
  const uploadId = textOf(result, 'UploadId')
  if (uploadId === '') throw failed(store, key, await errorOf(begun.bytes))
  try {
    const etags: string[] = []
    await forEach(parts.entries(), async ([at, part]) => {
      etags[at] = await copyPart(store, key, uploadId, at + 1, part)
    })
    if (rest.byteLength > 0) {
      const query = { partNumber: String(parts.length + 1), uploadId }
      const answer = await store.send({ method: 'PUT', key, query, body: rest })
      etags.push(answer.headers.get('etag') ?? '')
    }
    const size = parts.reduce((sum, part) => sum + part.size, rest.byteLength)
    await complete(store, key, uploadId, etags, size)
  } catch (error) {
    // Where this fails too, the sweep ends it.
    const abort = { method: 'DELETE', key, query: { uploadId }, answers: [404] } as const
    await store.send(abort).catch(() => {})
    throw error
  }
}

async function copyPart(
  store: Store,
  key: string,
  uploadId: string,
  number: number,
  { key: source, etag, start, size, isPart = false }: Part,
): Promise<string> {
  const answer = await store.send({
    method: 'PUT',
    key,
    query: { partNumber: String(number), uploadId },
    copies: size,
    headers: {
      'x-amz-copy-source': store.place.sourceOf(source),
      'x-amz-copy-source-if-match': etag,
      ...(isPart && { 'x-amz-copy-source-range': `bytes=${start}-${start + size - 1}` }),
    },
  })
  const copied = textOf(elementOf((await parseXml(answer.bytes)).CopyPartResult), 'ETag')
  if (copied === '') throw failed(store, key, await errorOf(answer.bytes))
  return copied
}

async function complete(
  store: Store,
  key: string,
  uploadId: string,
  etags: readonly string[],
  size: number,
): Promise<void> {
  const parts = etags.map(
    (etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
  )
  const body = new TextEncoder().encode(
    `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`,
  )
  const headers = { 'content-type': 'application/xml' }
  const request = {
    method: 'POST',
    key,
    query: { uploadId },
    headers,
    body,
    // Some stores write the whole only now.
    copies: size,
    answers: [404],
  } as const
  const answer: StoreAnswer = await store.send(request)
  const error = await errorOf(answer.bytes)
  if (answer.status < 300 && error.code === undefined) return
  // It may have ended by a try whose answer was lost.
  const found = answer.doubtful ? await headObject(store, key) : undefined
  if (Number(found?.get('content-length') ?? -1) !== size) throw failed(store, key, error)
}

function failed(
  store: Store,
  key: string,
  { code, message }: Awaited<ReturnType<typeof errorOf>>,
): Error {
  const url = store.place.show(key)
  if (!code) return new ConnectionError('CONNECTION', `${url} was not put together`, url)
  return new RegistryError({ status: 500, method: 'POST', url, errors: [{ code, message }] })
}
