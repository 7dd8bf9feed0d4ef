// A store with the API of Amazon S3 as far as src/s3 uses it, as a fetch function: strict where real stores are, and
// with whatever faults a test wants. Written from the API's reference, not from our client.
import { createHash } from 'node:crypto'

export interface StoredObject {
  readonly bytes: Buffer
  readonly etag: string
  readonly modified: number
  readonly headers: Readonly<Record<string, string>>
}

/** What becomes of a request: an answer of its own, or something done around the real one. */
export type Fault = (request: Request, answer: () => Promise<Response>) => Promise<Response>

export interface TestStoreOptions {
  /** Keys on one page of a list, at most. */
  readonly pageSize?: number
  /** Bytes of a part that is not the last, at least. */
  readonly leastPart?: number
}

export interface TestStore {
  readonly objects: Map<string, StoredObject>
  /** Unfinished multipart uploads. */
  readonly multipart: Map<string, { key: string; parts: Map<number, StoredObject>; begun: number }>
  /** `METHOD key?query`, in the order in which requests came. */
  readonly log: string[]
  /** Milliseconds by which the store's clock is ahead. */
  ahead: number
  /** The API as a process of a test sees it. */
  fetch(fault?: Fault): (request: Request) => Promise<Response>
  keys(prefix?: string): string[]
}

export const BUCKET = 'images'
export const ENDPOINT = 'http://store.test'

export function testStore(options: TestStoreOptions = {}): TestStore {
  const { pageSize = 1000, leastPart = 5 * 1024 * 1024 } = options
  const objects = new Map<string, StoredObject>()
  const multipart: TestStore['multipart'] = new Map()
  let uploads = 0
  const store: TestStore = {
    objects,
    multipart,
    log: [],
    ahead: 0,
    keys: (prefix = '') => sorted(prefix),
    fetch(fault = (_, answer) => answer()) {
      return (request) =>
        fault(request, async () => {
          request.signal.throwIfAborted()
          const { pathname, searchParams } = new URL(request.url)
          const path = decodeURIComponent(pathname)
          const key = path.slice(BUCKET.length + 2)
          store.log.push(
            `${request.method} ${key}${searchParams.size > 0 ? `?${searchParams}` : ''}`,
          )
          const answer = await handle(request, path, key, searchParams)
          answer.headers.set('Date', new Date(now()).toUTCString())
          return answer
        })
    },
  }
  const now = () => Date.now() + store.ahead

  function sorted(prefix: string): string[] {
    return [...objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }

  async function handle(
    request: Request,
    path: string,
    key: string,
    query: URLSearchParams,
  ): Promise<Response> {
    const { method, headers } = request
    const body = Buffer.from(await request.arrayBuffer())
    const problem = checkSignature(request, query, body, now())
    if (problem) return failure(403, problem)
    if (path.split('/')[1] !== BUCKET) return failure(404, 'NoSuchBucket')
    if (key === '') {
      if (method === 'GET' && query.get('list-type') === '2') return list(query)
      if (method === 'GET' && query.has('uploads')) return listUploads(query)
      if (method === 'HEAD') return new Response(null)
      return failure(405, 'MethodNotAllowed')
    }
    if (Buffer.byteLength(key) > 1024) return failure(400, 'KeyTooLongError')
    if (key.split('/').some((part) => part.length > 255 || part === '')) {
      return failure(400, 'InvalidObjectName')
    }
    if (method === 'POST' && query.has('uploads')) {
      uploads += 1
      multipart.set(`up${uploads}`, { key, parts: new Map(), begun: now() })
      return xml(
        `<InitiateMultipartUploadResult><UploadId>up${uploads}</UploadId></InitiateMultipartUploadResult>`,
      )
    }
    const uploadId = query.get('uploadId')
    if (uploadId !== null) return part(request, key, query, uploadId, body)
    switch (method) {
      case 'GET':
      case 'HEAD':
        return read(headers, method, key)
      case 'PUT':
        return write(headers, key, body)
      case 'DELETE':
        objects.delete(key)
        return new Response(null, { status: 204 })
      default:
        return failure(405, 'MethodNotAllowed')
    }
  }

  function read(headers: Headers, method: string, key: string): Response {
    const found = objects.get(key)
    if (!found)
      return method === 'HEAD' ? new Response(null, { status: 404 }) : failure(404, 'NoSuchKey')
    const match = headers.get('if-match')
    if (match !== null && match !== found.etag) return failure(412, 'PreconditionFailed')
    const about = {
      ...found.headers,
      ETag: found.etag,
      'Last-Modified': new Date(found.modified).toUTCString(),
    }
    const size = found.bytes.byteLength
    const range = /^bytes=(\d*)-(\d*)$/.exec(headers.get('range') ?? '')
    if (!range || method === 'HEAD') {
      const length = { 'Content-Length': String(size) }
      const bytes = method === 'HEAD' ? null : inChunks(found.bytes)
      return new Response(bytes, { headers: { ...about, ...length } })
    }
    const start = range[1] === '' ? Math.max(0, size - Number(range[2])) : Number(range[1])
    const end = range[1] === '' || range[2] === '' ? size : Math.min(size, Number(range[2]) + 1)
    if (start >= size || end <= start) {
      const answer = failure(416, 'InvalidRange')
      answer.headers.set('Content-Range', `bytes */${size}`)
      return answer
    }
    return new Response(inChunks(found.bytes.subarray(start, end)), {
      status: 206,
      headers: {
        ...about,
        'Content-Length': String(end - start),
        'Content-Range': `bytes ${start}-${end - 1}/${size}`,
      },
    })
  }

  function write(headers: Headers, key: string, body: Buffer): Response {
    const there = objects.get(key)
    if (headers.get('if-none-match') === '*' && there) return failure(412, 'PreconditionFailed')
    // An empty header is none, as in real stores.
    const match = headers.get('if-match') || null
    if (match !== null && !there) return failure(404, 'NoSuchKey')
    if (match !== null && match !== there?.etag) return failure(412, 'PreconditionFailed')
    const source = headers.get('x-amz-copy-source')
    const found = source === null ? undefined : objects.get(sourceKey(source))
    if (source !== null && !found) return failure(404, 'NoSuchKey')
    const sourceMatch = headers.get('x-amz-copy-source-if-match')
    if (found && sourceMatch !== null && sourceMatch !== found.etag) {
      return failure(412, 'PreconditionFailed')
    }
    const kept: Record<string, string> = {}
    let metadata = 0
    for (const [name, value] of headers) {
      if (name === 'content-type' || name.startsWith('x-amz-meta-')) kept[name] = value
      if (name.startsWith('x-amz-meta-')) metadata += name.length - 11 + value.length
    }
    if (metadata > 2048) return failure(400, 'MetadataTooLarge')
    const object = keep(found?.bytes ?? body, found?.headers ?? kept)
    objects.set(key, object)
    if (found)
      return xml(`<CopyObjectResult><ETag>${quoted(object.etag)}</ETag></CopyObjectResult>`)
    return new Response(null, { headers: { ETag: object.etag } })
  }

  function keep(bytes: Buffer, headers: Readonly<Record<string, string>> = {}): StoredObject {
    const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
    return { bytes: Buffer.from(bytes), etag, modified: now(), headers }
  }

  async function part(
    request: Request,
    key: string,
    query: URLSearchParams,
    id: string,
    body: Buffer,
  ): Promise<Response> {
    const upload = multipart.get(id)
    if (upload?.key !== key) return failure(404, 'NoSuchUpload')
    const { method, headers } = request
    if (method === 'DELETE') {
      multipart.delete(id)
      return new Response(null, { status: 204 })
    }
    const number = Number(query.get('partNumber'))
    if (method === 'PUT') {
      const source = headers.get('x-amz-copy-source')
      if (source === null) {
        const kept = keep(body)
        upload.parts.set(number, kept)
        return new Response(null, { headers: { ETag: kept.etag } })
      }
      const found = objects.get(sourceKey(source))
      if (!found) return failure(404, 'NoSuchKey')
      if (headers.get('x-amz-copy-source-if-match') !== found.etag) {
        return failure(412, 'PreconditionFailed')
      }
      const range = /^bytes=(\d+)-(\d+)$/.exec(headers.get('x-amz-copy-source-range') ?? '')
      const bytes = range
        ? found.bytes.subarray(Number(range[1]), Number(range[2]) + 1)
        : found.bytes
      const kept = keep(bytes)
      upload.parts.set(number, kept)
      return xml(`<CopyPartResult><ETag>${quoted(kept.etag)}</ETag></CopyPartResult>`)
    }
    const wanted = [
      ...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>(.*?)<\/ETag>/g),
    ]
    const parts = wanted.map(([, at, etag]) => {
      const found = upload.parts.get(Number(at))
      return found && found.etag === etag!.replaceAll('&quot;', '"') ? found : undefined
    })
    if (parts.length === 0 || parts.some((one) => !one)) return failure(400, 'InvalidPart')
    if (parts.slice(0, -1).some((one) => one!.bytes.byteLength < leastPart)) {
      return failure(400, 'EntityTooSmall')
    }
    multipart.delete(id)
    const whole = keep(Buffer.concat(parts.map((one) => one!.bytes)))
    objects.set(key, { ...whole, etag: `${whole.etag.slice(0, -1)}-${parts.length}"` })
    return xml('<CompleteMultipartUploadResult></CompleteMultipartUploadResult>')
  }

  function list(query: URLSearchParams): Response {
    const most = Math.min(pageSize, Number(query.get('max-keys') ?? 1000))
    const after =
      query.get('continuation-token')?.slice('after '.length) ?? query.get('start-after')
    const all = sorted(query.get('prefix') ?? '').filter(
      (key) => !after || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0,
    )
    const page = all.slice(0, most)
    const entries = page.map((key) => {
      const { bytes, etag, modified } = objects.get(key)!
      const date = new Date(modified).toISOString()
      return `<Contents><Key>${encoded(key)}</Key><LastModified>${date}</LastModified><ETag>${quoted(etag)}</ETag><Size>${bytes.byteLength}</Size></Contents>`
    })
    const isCut = all.length > page.length
    const token = isCut ? `<NextContinuationToken>after ${page.at(-1)}</NextContinuationToken>` : ''
    return xml(
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${isCut}</IsTruncated>${token}${entries.join('')}</ListBucketResult>`,
    )
  }

  function listUploads(query: URLSearchParams): Response {
    const entries = [...multipart]
      .filter(([, { key }]) => key.startsWith(query.get('prefix') ?? ''))
      .map(
        ([id, { key, begun }]) =>
          `<Upload><Key>${encoded(key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(begun).toISOString()}</Initiated></Upload>`,
      )
    return xml(
      `<ListMultipartUploadsResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${entries.join('')}</ListMultipartUploadsResult>`,
    )
  }
  return store
}

/** A body that comes bit by bit, as one from a network. */
function inChunks(bytes: Buffer): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= bytes.byteLength) return controller.close()
        controller.enqueue(new Uint8Array(bytes.subarray(at, at + CHUNK)))
        at += CHUNK
      },
    },
    { highWaterMark: 0 },
  )
}

const CHUNK = 64 * 1024

/** Whether a request is signed, and its body is the one that was; `undefined` where it is well. */
function checkSignature(
  { headers }: Request,
  query: URLSearchParams,
  body: Buffer,
  now: number,
): string | undefined {
  const [date] =
    /^\d{8}T\d{6}Z$/.exec(headers.get('x-amz-date') ?? query.get('X-Amz-Date') ?? '') ?? []
  const signed = Date.parse(date?.replace(/(..)(..)T(..)(..)/, '-$1-$2T$3:$4:') ?? '')
  if (Math.abs(now - signed) > 15 * 60_000) return 'RequestTimeTooSkewed'
  if (query.has('X-Amz-Signature')) return undefined
  const authorization = headers.get('authorization') ?? ''
  const form =
    /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$/
  const names = form.exec(authorization)?.[1]?.split(';')
  if (!names || !date) return 'AccessDenied'
  for (const [name] of headers) {
    const matters = name.startsWith('x-amz-') || name.startsWith('if-')
    if (matters && !names.includes(name)) return 'AccessDenied'
  }
  const hash = createHash('sha256').update(body).digest('hex')
  return headers.get('x-amz-content-sha256') === hash ? undefined : 'XAmzContentSHA256Mismatch'
}

function sourceKey(source: string): string {
  return decodeURIComponent(source).slice(BUCKET.length + 2)
}

/** A key as `encoding-type=url` has it, where a space is a plus. */
function encoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+')
}

function quoted(etag: string): string {
  return etag.replaceAll('"', '&#34;')
}

function xml(text: string): Response {
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`, {
    headers: { 'Content-Type': 'application/xml' },
  })
}

export function failure(status: number, code: string): Response {
  const answer = xml(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`)
  return new Response(answer.body, { status, headers: answer.headers })
}
