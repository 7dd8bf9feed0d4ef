/**
 * Deletes of manifests and tags (distribution-spec 1.1, "Deleting tags" and "Deleting Manifests").
 *
 * @module
 */
import { RegistryError } from '../errors.ts'
import { parseTagOrDigest } from '../model/reference.ts'
import { dropBody } from '../platform/body.ts'
import { checkOptions } from '../platform/options.ts'
import { manifestPath } from './endpoints.ts'
import { EVERY_TYPE } from './every-type.ts'
import { findManifest } from './manifests.ts'
import { type CallOptions, callChecks } from './options.ts'
import { internalsOf, type Repository, viewOf } from './repository.ts'
import { saysGone } from './says-gone.ts'
import { errorOf, send } from './send.ts'

/**
 * Deletes a tag, or a manifest with all its tags.
 *
 * Requests: `DELETE manifests/<reference>`; and `GET` of it where the answer is none of a registry that has deleted it,
 * or never had it: another status than 202, or a 404 of which the registry does not say why.
 *
 * @returns whether there was one
 * @throws `RegistryError` 405 (some: 400) where the registry refuses deletes; with the status of its answer where that
 *   is none of these, and what was to be deleted is still there, as behind a login page or a proxy
 * @see distribution-spec 1.1, "Deleting tags" and "Deleting Manifests"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { deleteManifest } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * console.log(await deleteManifest(app, 'v1'))
 * ```
 */
export async function deleteManifest(
  repo: Repository,
  reference: string,
  options: CallOptions = {},
): Promise<boolean> {
  const { origin } = internalsOf(repo)
  checkOptions(options, callChecks)
  const { signal } = options
  const path = manifestPath(repo.name, parseTagOrDigest(reference, 'reference'))
  const request = { method: 'DELETE', path, expect: [404] } as const
  const response = await send(repo, { ...request, actions: ['pull', 'push', 'delete'], signal })
  const { status } = response
  if (status === 404) {
    if (saysGone(await errorOf(repo, response, request))) return false
  } else dropBody(response)
  if (status !== 202 && (await isThere(repo, reference, signal))) {
    const hint =
      'What was to be deleted is still there: is this a registry, and not a login page or proxy?'
    throw new RegistryError({ method: 'DELETE', url: new URL(path, origin).href, status, hint })
  }
  return status !== 404
}

/** Whether something is there now: what the call has read before says nothing of that. */
async function isThere(
  repo: Repository,
  reference: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const now = viewOf(repo, { reads: undefined })
  return (await findManifest(now, reference, { accept: EVERY_TYPE, signal })) !== undefined
}
