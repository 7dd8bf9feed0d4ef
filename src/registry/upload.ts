/**
 * Upload sessions: opening one, and where its `Location` may lead (distribution-spec 1.1, "Pushing
 * blobs"). Used by push-blob.ts and push-chunks.ts.
 *
 * @module
 */
import { RegistryError } from '../errors.ts'
import type { Digest } from '../model/digest.ts'
import { uploadsPath } from './endpoints.ts'
import { redact, uploadTarget } from './origins.ts'
import { isPage } from './page.ts'
import { internals, type Repository, send } from './repository.ts'

/** What a `POST` that may finish at once came to: the blob is there, or a session is open. */
export type Opened =
  | { readonly done: true }
  | { readonly done: false; readonly session: string; readonly response: Response }

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
  await response.body?.cancel()
  if (response.status === 201) return { done: true }
  return { done: false, session: locationOf(repo, response, path), response }
}

/** Ends a session: the registry checks the digest and keeps the blob. */
export async function closeUpload(
  repo: Repository,
  session: string,
  digest: Digest,
  body: BodyInit | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = new URL(session)
  target.searchParams.set('digest', digest)
  const response = await send(repo, {
    method: 'PUT',
    path: target.href,
    headers: { 'content-type': 'application/octet-stream' },
    body,
    actions: ['pull', 'push'],
    once: true,
    timeout: false,
    signal,
  })
  await response.body?.cancel()
}

/**
 * The session's next address.
 *
 * @throws {@link RegistryError} when there is none, or it leads where bytes must not go
 */
export function locationOf(repo: Repository, response: Response, from: string): string {
  const { origin, options } = repo[internals]
  const asked = new URL(from, origin)
  const location = response.headers.get('location')
  const target = location && uploadTarget(origin, asked.href, location, options.trustedHosts ?? [])
  if (target) return target.href
  throw new RegistryError({
    method: 'POST',
    url: redact(asked),
    status: response.status,
    hint: location
      ? `It wants the upload sent to another host, ${URL.canParse(location, asked.href) ? new URL(location, asked).host : location}: pass it in trustedHosts to repository() if that is its storage`
      : isPage()
        ? 'Its Location header is missing, or not shown to this page (Access-Control-Expose-Headers)'
        : 'Its Location header is missing',
  })
}
