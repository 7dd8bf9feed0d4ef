/**
 * Which handler answers which method and path (distribution-spec 1.1, "Endpoints"). Paths are matched
 * from the right: a repository name may itself end in `/manifests` or `/blobs/uploads`.
 *
 * @module
 */

import type { Action } from './access/permissions.ts'
import { deleteBlob, getBlob } from './blobs/blobs.ts'
import {
  appendUpload,
  cancelUpload,
  finishUpload,
  getUpload,
  startUpload,
} from './blobs/uploads.ts'
import type { Call, Handler, Route } from './calls/call.ts'
import { listReferrers } from './lists/referrers.ts'
import { listTags } from './lists/tags.ts'
import { deleteManifest, getManifest, putManifest } from './manifests/manifests.ts'
import { proposalRoutes } from './proposals/routes.ts'
import type { Settings } from './settings/settings.ts'
import type { Answer } from './wire/answer.ts'
import { empty, json, type Reason, Refusal } from './wire/answers.ts'
import { isName } from './wire/names.ts'

/** Every endpoint, first those of distribution-spec 1.1. GET answers HEAD too. */
export const routes: readonly Route[] = [
  { method: 'GET', path: '/v2', handler: addSlash, when: redirects },
  { method: 'GET', path: '/v2', handler: getBase },
  { method: 'GET', path: '/v2/', handler: getBase },
  { method: 'POST', path: '/v2/:name/blobs/uploads', handler: addSlash, when: redirects },
  { method: 'POST', path: '/v2/:name/blobs/uploads', handler: startUpload },
  { method: 'POST', path: '/v2/:name/blobs/uploads/', handler: startUpload },
  { method: 'GET', path: '/v2/:name/blobs/uploads/:id', handler: getUpload },
  { method: 'PATCH', path: '/v2/:name/blobs/uploads/:id', handler: appendUpload },
  { method: 'PUT', path: '/v2/:name/blobs/uploads/:id', handler: finishUpload },
  { method: 'DELETE', path: '/v2/:name/blobs/uploads/:id', handler: cancelUpload },
  { method: 'GET', path: '/v2/:name/blobs/:id', handler: getBlob },
  { method: 'DELETE', path: '/v2/:name/blobs/:id', handler: deleteBlob, when: deletesBlobs },
  { method: 'GET', path: '/v2/:name/manifests/:id', handler: getManifest },
  { method: 'PUT', path: '/v2/:name/manifests/:id', handler: putManifest },
  {
    method: 'DELETE',
    path: '/v2/:name/manifests/:id',
    handler: deleteManifest,
    when: ({ deletes }) => deletes.tags || deletes.manifests,
  },
  { method: 'GET', path: '/v2/:name/tags/list', handler: listTags },
  {
    method: 'GET',
    path: '/v2/:name/referrers/:id',
    handler: listReferrers,
    when: ({ referrers }) => referrers.api,
    reason: 'referrers-api',
  },
  ...proposalRoutes,
]

/** What a request does to a repository, by its method. */
export function actionOf(method: string): Action {
  if (method === 'GET' || method === 'HEAD') return 'pull'
  return method === 'DELETE' ? 'delete' : 'push'
}

/** A path, matched. */
export interface Match {
  readonly handler: Handler
  readonly name: string
  readonly id: string
}

/** A route, and the segments of its path before and after the name; none for a path without. */
interface Row extends Route {
  readonly before: readonly string[]
  readonly after: readonly string[] | undefined
}

/** The routes that settings leave, and of the others what is wrong with them. */
export function tableOf(all: readonly Route[], settings: Settings): readonly Row[] {
  return all.flatMap((route): Row[] => {
    const [head = '', tail] = route.path.split('/:name/')
    const row = { ...route, before: head.split('/'), after: tail?.split('/') }
    if (route.when?.(settings) ?? true) return [row]
    return route.reason ? [{ ...row, handler: absent }] : []
  })
}

/**
 * Finds the endpoint for a request. What is wrong comes back as a refusal, not thrown: 404 for an
 * unknown path, 405 for an unknown method, 400 for a bad name.
 */
export function findRoute(table: readonly Row[], method: string, path: string): Match | Refusal {
  const given = path.split('/')
  const wanted = method === 'HEAD' ? 'GET' : method
  const allowed = new Set<string>()
  let reason: Reason = 'endpoint'
  let badName: string | undefined
  for (const route of table) {
    const parts = matchPath(route, path, given)
    if (!parts) continue
    if (route.handler === absent) {
      reason = route.reason ?? reason
      continue
    }
    if (parts.name !== '' && !isName(parts.name)) {
      badName ??= parts.name
      continue
    }
    if (route.method === wanted) return { handler: route.handler, ...parts }
    allowed.add(route.method)
    if (route.method === 'GET') allowed.add('HEAD')
  }
  if (allowed.size > 0) {
    return new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported', {
      headers: { Allow: [...allowed].sort().join(', ') },
      reason: 'method',
    })
  }
  if (badName === undefined) {
    return new Refusal(404, 'UNSUPPORTED', 'no such endpoint', { reason })
  }
  return new Refusal(400, 'NAME_INVALID', 'invalid repository name', {
    detail: { name: badName.slice(0, 300) },
    reason: 'name',
  })
}

/** The variable parts of a path that fits a route's. `:name` takes whatever the rest leaves. */
function matchPath(
  { path: pattern, before, after }: Row,
  path: string,
  given: readonly string[],
): { name: string; id: string } | undefined {
  if (!after) return path === pattern ? { name: '', id: '' } : undefined
  const end = given.length - after.length
  if (end <= before.length) return undefined
  let id = ''
  for (let at = after.length - 1; at >= 0; at -= 1) {
    if (after[at] === ':id') id = given[end + at]!
    if (after[at] === ':id' ? id === '' : after[at] !== given[end + at]) return undefined
  }
  if (before.some((segment, at) => segment !== given[at])) return undefined
  const name = given.slice(before.length, end).join('/')
  return name === '' ? undefined : { name, id: decode(id) }
}

/** Some clients write a digest's colon as `%3A`. What else this yields is checked by the handler. */
function decode(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** GET of `/v2/`: here is a registry. */
async function getBase(): Promise<Answer> {
  return json({}, { headers: { 'Docker-Distribution-API-Version': 'registry/2.0' } })
}

/** The same path with a slash. */
async function addSlash(call: Call): Promise<Answer> {
  const { pathname, search } = new URL(call.request.url)
  return empty(301, { Location: `${pathname}/${search}` })
}

/** Stands where settings left a route out; never called. */
async function absent(): Promise<Answer> {
  throw new Refusal(404, 'UNSUPPORTED', 'no such endpoint')
}

function redirects(settings: Settings): boolean {
  return settings.spelling.slashRedirect
}

function deletesBlobs(settings: Settings): boolean {
  return settings.deletes.blobs
}
