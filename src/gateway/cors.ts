/**
 * CORS, for pages of the origins that were named (Fetch standard, "CORS protocol").
 *
 * @module
 */
import type { Settings } from './options.ts'

/** What pages need to read: digests, places of uploads, next pages, challenges, and what a list was filtered by. */
const EXPOSED = [
  'Accept-Ranges',
  'Docker-Content-Digest',
  'Docker-Upload-UUID',
  'ETag',
  'Link',
  'Location',
  'OCI-Chunk-Max-Length',
  'OCI-Chunk-Min-Length',
  'OCI-Filters-Applied',
  'OCI-Namespace',
  'OCI-Subject',
  'OCI-Tag',
  'ORAS-Api-Version',
  'Range',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RefType-Api-Version',
  'Content-Range',
  'Retry-After',
  'Warning',
  'WWW-Authenticate',
].join(', ')
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const HEADERS = 'Accept, Authorization, Content-Range, Content-Type, If-Match, If-None-Match, Range'

/** The value of `Access-Control-Allow-Origin` for a request; `undefined` for one that is no page's, or of another page. */
export function allowedOrigin(request: Request, { cors }: Settings): string | undefined {
  const origin = request.headers.get('Origin')
  if (origin === null) return undefined
  if (cors === '*') return '*'
  return cors.includes(origin) ? origin : undefined
}

/** Whether it is a page's question before its request: answered without credentials, which it cannot have. */
export function isPreflight(request: Request): boolean {
  return request.method === 'OPTIONS' && request.headers.has('Access-Control-Request-Method')
}

/** Whether a page would change something: some requests need no preflight, and no page has to read their answer. */
export function isForeignWrite({ method, headers }: Request): boolean {
  return headers.has('Origin') && method !== 'GET' && method !== 'HEAD'
}

/** The answer to a preflight of an allowed page. */
export function preflightAnswer(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': METHODS,
      'Access-Control-Allow-Headers': HEADERS,
      // Seconds: the most that Chromium keeps.
      'Access-Control-Max-Age': '7200',
    },
  })
}

/** Adds what lets a page of an allowed origin read an answer. */
export function withCors(answer: Response, origin: string | undefined): Response {
  const { headers } = answer
  headers.append('Vary', 'Origin')
  if (origin === undefined) return answer
  headers.set('Access-Control-Allow-Origin', origin)
  headers.set('Access-Control-Expose-Headers', EXPOSED)
  return answer
}
