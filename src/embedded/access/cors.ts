/**
 * CORS, so that pages may talk to the embedded registry (Fetch standard, "CORS protocol"), and the
 * ways in which registries get it wrong.
 *
 * @module
 */
import type { CorsSettings } from '../settings/settings.ts'
import { type Answer, answerOf } from '../wire/answer.ts'

/** Whether the request is a preflight that this registry knows. */
export function isPreflight(request: Request, settings: CorsSettings): boolean {
  if (request.method !== 'OPTIONS' || settings.origin === '') return false
  return settings.preflight !== 'unknown' && isCovered(request, settings)
}

/** Answers a preflight. */
export function preflight(settings: CorsSettings): Answer {
  return answerOf(204, {
    'Access-Control-Allow-Methods': settings.allowedMethods,
    'Access-Control-Allow-Headers': settings.allowedHeaders,
    // The most that Chromium keeps, in seconds.
    'Access-Control-Max-Age': '7200',
  })
}

/**
 * Adds what lets a page of the allowed origin read an answer, error answers included.
 *
 * @param known - whether the request's path is one of the registry's
 */
export function allowOrigin(
  request: Request,
  answer: Answer,
  settings: CorsSettings,
  known: boolean,
): Answer {
  const { origin, exposedHeaders } = settings
  if (origin === '' || !isCovered(request, settings)) return answer
  if (!known && !settings.unknownPaths) return answer
  const { headers } = answer
  headers.set('access-control-allow-origin', origin)
  if (exposedHeaders) headers.set('access-control-expose-headers', exposedHeaders)
  const vary = headers.get('vary')
  if (origin !== '*') headers.set('vary', vary === undefined ? 'Origin' : `${vary}, Origin`)
  return answer
}

function isCovered(request: Request, { paths }: CorsSettings): boolean {
  if (paths === 'all') return true
  const method = request.headers.get('Access-Control-Request-Method') ?? request.method
  return method !== 'PUT' && !/\/blobs\//.test(new URL(request.url).pathname)
}
