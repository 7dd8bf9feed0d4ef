/**
 * CORS, so that pages may talk to the embedded registry (Fetch standard, "CORS protocol"), and the
 * ways in which registries get it wrong.
 *
 * @module
 */

/** What pages may do. */
export interface CorsSettings {
  /** Allowed origin, `*` for any; `''` for no CORS headers at all. */
  readonly origin: string
  /**
   * Preflights: answered before anything else, because browsers send them without credentials; only
   * with credentials, which stops every page; or not at all, as any unknown method.
   */
  readonly preflight: 'first' | 'after auth' | 'unknown'
  /** Whether answers to paths and names that the registry does not know can be read. */
  readonly unknownPaths: boolean
  /** Which answers can be read: all, or those to GET, HEAD and DELETE of what is no blob. */
  readonly paths: 'all' | 'without blobs'
  readonly allowedMethods: string
  readonly allowedHeaders: string
  /** Response headers that pages can read; `''` for none but the few that always are. */
  readonly exposedHeaders: string
}

/** Any page, everything. */
export const openCors: CorsSettings = {
  origin: '*',
  preflight: 'first',
  unknownPaths: true,
  paths: 'all',
  allowedMethods: 'GET, HEAD, PUT, POST, PATCH, DELETE',
  // Authorization is never covered by "*".
  allowedHeaders:
    'Authorization, Accept, Content-Type, Content-Range, Range, If-Match, If-None-Match',
  // Everything a client of any registry reads; browsers hide what is not named.
  exposedHeaders: [
    'Docker-Content-Digest',
    'Link',
    'Location',
    'OCI-Subject',
    'OCI-Reference',
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
    'RefType-Api-Version',
  ].join(', '),
}

/** Whether the request is a preflight that this registry knows. */
export function isPreflight(request: Request, settings: CorsSettings): boolean {
  if (request.method !== 'OPTIONS' || settings.origin === '') return false
  return settings.preflight !== 'unknown' && isCovered(request, settings)
}

/** Answers a preflight. */
export function preflight(settings: CorsSettings): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'Access-Control-Allow-Methods': settings.allowedMethods,
      'Access-Control-Allow-Headers': settings.allowedHeaders,
      // The most that Chromium keeps, in seconds.
      'Access-Control-Max-Age': '7200',
    },
  })
}

/**
 * Adds what lets a page of the allowed origin read an answer, error answers included.
 *
 * @param known - whether the request's path is one of the registry's
 */
export function allowOrigin(
  request: Request,
  response: Response,
  settings: CorsSettings,
  known: boolean,
): Response {
  const { origin, exposedHeaders } = settings
  if (origin === '' || !isCovered(request, settings)) return response
  if (!known && !settings.unknownPaths) return response
  response.headers.set('Access-Control-Allow-Origin', origin)
  if (exposedHeaders) response.headers.set('Access-Control-Expose-Headers', exposedHeaders)
  if (origin !== '*') response.headers.append('Vary', 'Origin')
  return response
}

function isCovered(request: Request, { paths }: CorsSettings): boolean {
  if (paths === 'all') return true
  const method = request.headers.get('Access-Control-Request-Method') ?? request.method
  return method !== 'PUT' && !/\/blobs\//.test(new URL(request.url).pathname)
}
