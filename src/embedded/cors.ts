/**
 * CORS, so that pages may talk to the embedded registry (Fetch standard, "CORS protocol"). A preflight
 * is answered before anything else: browsers send it without credentials.
 *
 * @module
 */

const ALLOWED_METHODS = 'GET, HEAD, PUT, POST, PATCH, DELETE'

// Authorization is never covered by "*".
const ALLOWED_HEADERS =
  'Authorization, Accept, Content-Type, Content-Range, Range, If-Match, If-None-Match'

// Everything a client of any registry reads; browsers hide what is not named.
const EXPOSED_HEADERS = [
  'Docker-Content-Digest',
  'Link',
  'Location',
  'OCI-Subject',
  'OCI-Filters-Applied',
  'OCI-Chunk-Min-Length',
  'OCI-Chunk-Max-Length',
  'OCI-Tag',
  'Range',
  'Content-Range',
  'Accept-Ranges',
  'WWW-Authenticate',
  'ETag',
  'Retry-After',
  'Warning',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'ORAS-Api-Version',
].join(', ')

/** Answers a preflight; undefined for any other request. */
export function preflight(request: Request, origin: string | undefined): Response | undefined {
  if (origin === undefined || request.method !== 'OPTIONS') return undefined
  return new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': ALLOWED_METHODS,
      'Access-Control-Allow-Headers': ALLOWED_HEADERS,
      // The most that Chromium keeps, in seconds.
      'Access-Control-Max-Age': '7200',
    },
  })
}

/** Adds what lets a page of the allowed origin read an answer, error answers included. */
export function allowOrigin(response: Response, origin: string | undefined): Response {
  if (origin === undefined) return response
  response.headers.set('Access-Control-Allow-Origin', origin)
  response.headers.set('Access-Control-Expose-Headers', EXPOSED_HEADERS)
  if (origin !== '*') response.headers.append('Vary', 'Origin')
  return response
}
