/**
 * CORS, so that pages may talk to the embedded registry (Fetch standard, "CORS protocol"), and the
 * ways in which registries get it wrong.
 *
 * @module
 */
import type { CorsSettings } from '../settings/settings.ts'

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
