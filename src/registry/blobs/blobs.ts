/**
 * Blobs: whether one is there, mounting, deleting (distribution-spec 1.1, end-2, end-11 and end-10).
 *
 * @module
 */

import { isOcilinkError } from '../../errors.ts'
import { type Digest, parseDigest } from '../../model/digest.ts'
import { dropBody } from '../../platform/body.ts'
import { checkOptions } from '../../platform/options.ts'
import { blobPath, uploadsPath } from '../endpoints.ts'
import { type CallOptions, callChecks } from '../options.ts'
import { internalsOf, type Repository, siblingName } from '../repository.ts'
import { send } from '../send.ts'
import { isRefused } from './refused.ts'

/**
 * Whether a blob is in the repository.
 *
 * Requests: `HEAD blobs/<digest>`.
 *
 * @param digest - `sha256:<64 hex>`
 * @see distribution-spec 1.1, "Checking if content exists in the registry"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { hasBlob } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
 * console.log(await hasBlob(app, digest))
 * ```
 */
export async function hasBlob(
  repo: Repository,
  digest: Digest | string,
  options: CallOptions = {},
): Promise<boolean> {
  internalsOf(repo)
  checkOptions(options, callChecks)
  const response = await send(repo, {
    method: 'HEAD',
    path: blobPath(repo.name, parseDigest(digest)),
    expect: [404],
    actions: ['pull'],
    signal: options.signal,
  })
  return response.status !== 404
}

/**
 * Mounts a blob from another repository of the same registry, without moving its bytes.
 *
 * Requests: `POST blobs/uploads/?mount=<digest>&from=<repository>`.
 *
 * @param from - name of the other repository, such as `team/base`
 * @returns whether it is there now; `false` when the registry opened an upload instead, as it may, or refuses to mount
 *   from there: then push the bytes
 * @see distribution-spec 1.1, "Mounting a blob from another repository"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { mountBlob, pushBlob } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
 * if (!(await mountBlob(app, digest, 'team/base'))) await pushBlob(app, '{}')
 * ```
 */
export async function mountBlob(
  repo: Repository,
  digest: Digest | string,
  from: string,
  options: CallOptions = {},
): Promise<boolean> {
  internalsOf(repo)
  checkOptions(options, callChecks)
  const name = siblingName(repo, from, 'from')
  const path = uploadsPath(repo.name, { mount: parseDigest(digest), from: name })
  const { signal } = options
  try {
    const response = await send(repo, {
      ...{ method: 'POST', path, actions: ['pull', 'push'], from: name, signal },
    })
    dropBody(response)
    return response.status === 201
  } catch (error) {
    // A login may be for this repository alone; whether it is, shows when the bytes are pushed.
    if (isRefused(error) || isOcilinkError(error, 'AUTH_DENIED')) return false
    throw error
  }
}

/**
 * Deletes a blob from the repository.
 *
 * Requests: `DELETE blobs/<digest>`.
 *
 * @returns whether there was one
 * @throws `RegistryError` 405 where the registry refuses deletes
 * @see distribution-spec 1.1, "Deleting Blobs"
 * @example
 * ```ts
 * import { repository } from 'ocilink'
 * import { deleteBlob } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
 * console.log(await deleteBlob(app, digest))
 * ```
 */
export async function deleteBlob(
  repo: Repository,
  digest: Digest | string,
  options: CallOptions = {},
): Promise<boolean> {
  internalsOf(repo)
  checkOptions(options, callChecks)
  const response = await send(repo, {
    method: 'DELETE',
    path: blobPath(repo.name, parseDigest(digest)),
    expect: [404],
    actions: ['pull', 'push', 'delete'],
    signal: options.signal,
  })
  dropBody(response)
  return response.status !== 404
}
