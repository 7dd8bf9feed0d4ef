/**
 * Copies inside of the store that were begun and not finished: no list of keys has them.
 *
 * @module
 */
import { clockOf, endless } from './client/list.ts'
import type { Store } from './client/store.ts'
import { elementOf, elementsOf, parseXml, textOf } from './client/xml.ts'
import type { How, Swept } from './swept.ts'

/** Finds them, and ends them where that is wanted. */
export async function* sweepMultipart(
  store: Store,
  { olderThan, remove }: How,
  nameIn: (rest: string) => string | undefined,
): AsyncGenerator<Swept> {
  const { prefix } = store.place
  let markers: Record<string, string> = {}
  for (;;) {
    const query = { uploads: '', prefix, 'encoding-type': 'url', ...markers }
    const { bytes, headers } = await store.send({ method: 'GET', query })
    const result = elementOf((await parseXml(bytes)).ListMultipartUploadsResult)
    const decode = (text: string) =>
      textOf(result, 'EncodingType') === 'url'
        ? decodeURIComponent(text.replaceAll('+', ' '))
        : text
    for (const upload of elementsOf(result, 'Upload')) {
      const key = decode(textOf(upload, 'Key'))
      const repository = nameIn(key.slice(prefix.length))
      const age = clockOf(headers) - Date.parse(textOf(upload, 'Initiated'))
      if (repository === undefined || !(age > olderThan)) continue
      const uploadId = textOf(upload, 'UploadId')
      if (remove) await store.send({ method: 'DELETE', key, query: { uploadId }, answers: [404] })
      yield { what: 'parts', repository, key, size: 0, deleted: remove }
    }
    if (textOf(result, 'IsTruncated') !== 'true') return
    const before = markers
    markers = {
      'key-marker': decode(textOf(result, 'NextKeyMarker')),
      'upload-id-marker': textOf(result, 'NextUploadIdMarker'),
    }
    if (JSON.stringify(markers) === JSON.stringify(before)) throw endless(store)
  }
}
