/**
 * Upload sessions: opening one, ending it, and where its `Location` may lead (distribution-spec 1.1,
 * "Pushing blobs").
 *
 * @module
 */

import { ContentError, RegistryError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { dropBody } from '../../platform/body.ts'
import { isPage } from '../../platform/page.ts'
import { uploadsPath } from '../endpoints.ts'
import { internalsOf, type Repository } from '../repository.ts'
import { send } from '../send.ts'
import { redact, uploadTarget } from '../wire/origins.ts'

/** What a `POST` that may finish at once came to. */
export interface Opened {
  /** Address of the open session; `undefined` when the blob is there already. */
  readonly session: string | undefined
  readonly headers: Headers
}

/**
 * Starts an upload.
 *
 * Requests: `POST blobs/uploads/` with this query and body.
 *
 * @param query - `digest` for a single POST; `mount` and `from` to be spared it where it is there
 */
export async function openUpload(
  repo: Repository,
  query: Record<string, string>,
  body: BodyInit | undefined,
  signal: AbortSignal | undefined,
): Promise<Opened> {
  const path = uploadsPath(repo.name, query)
  const response = await send(repo, {
    method: 'POST',
    path,
    headers: body === undefined ? {} : { 'content-type': 'application/octet-stream' },
    body,
    actions: ['pull', 'push'],
    signal,
  })
  dropBody(response)
  const { status, headers } = response
  // Without a digest the registry cannot have the blob, whatever the status says.
  const done = status === 201 && ('digest' in query || 'mount' in query)
  const session = done ? undefined : locationOf(repo, response, path)
  return { session, headers }
}

/** Ends a session: the registry checks the digest and keeps the blob. */
export async function closeUpload(
  repo: Repository,
  session: string,
  digest: Digest,
  body: BodyInit | undefined,
  signal: AbortSignal | undefined,
  length?: number | undefined,
): Promise<void> {
  // Only ever appended to: a registry may not know its own state again in another spelling.
  const path = `${session}${session.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`
  const response = await send(repo, {
    method: 'PUT',
    path,
    headers: {
      'content-type': 'application/octet-stream',
      // A stream has none of its own, and some storages want to know it.
      ...(length !== undefined && { 'content-length': `${length}` }),
    },
    body,
    actions: ['pull', 'push'],
    once: true,
    timeout: false,
    signal,
  })
  dropBody(response)
}

/**
 * The session's next address.
 *
 * @throws `RegistryError` when there is none, or it leads where bytes must not go
 */
export function locationOf(repo: Repository, response: Response, from: string): string {
  const { origin, options } = internalsOf(repo)
  const base = new URL(from, origin)
  const location = response.headers.get('location')
  const target = location && uploadTarget(origin, base.href, location, options.trustedHosts ?? [])
  if (target) return target.href
  const hint = location ? otherHost(location, base) : noLocation()
  throw new RegistryError({ method: 'POST', url: redact(base), status: response.status, hint })
}

function otherHost(location: string, base: URL): string {
  if (!URL.canParse(location, base.href)) return 'Its Location is no valid address'
  const target = new URL(location, base)
  return target.host === base.host
    ? 'Its Location has a user name in it, and is not followed'
    : `It wants the upload sent to another host, ${target.host}: pass it in trustedHosts to repository() if that is its storage`
}

function noLocation(): string {
  return isPage()
    ? 'Its Location header is missing, or not shown to this page (Access-Control-Expose-Headers)'
    : 'Its Location header is missing'
}

/** What a blob's data is. */
export interface Content {
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
}

/** What a blob's data must be, as far as its caller says. */
export interface Expected {
  readonly digest?: Digest | undefined
  /** Bytes. */
  readonly size?: number | undefined
}

/**
 * Compares data with what its caller announced.
 *
 * @throws `ContentError` `SIZE_MISMATCH`, `DIGEST_MISMATCH`
 */
export function checkExpected(expected: Expected, digest: Digest, size: number): void {
  if (expected.size !== undefined && expected.size !== size) {
    throw new ContentError('SIZE_MISMATCH', 'blob in bytes', expected.size, size)
  }
  if (expected.digest && expected.digest !== digest) {
    throw new ContentError('DIGEST_MISMATCH', 'blob', expected.digest, digest)
  }
}
