/**
 * Blobs: has, mount, delete. Reading is in get-blob.ts, pushing in push-blob.ts.
 *
 * @module
 */
import { type Digest, parseDigest } from '../../model/digest.ts'
import { parseReference } from '../../model/reference.ts'
import { blobPath, uploadsPath } from '../endpoints.ts'
import type { CallOptions } from '../manifests.ts'
import { type Repository, send } from '../repository.ts'

/**
 * Whether a blob is in the repository.
 *
 * Requests: `HEAD blobs/<digest>`.
 *
 * @param digest - `sha256:<64 hex>`
 * @see distribution-spec 1.1, "Checking if content exists in the registry"
 */
export async function hasBlob(
  repo: Repository,
  digest: Digest | string,
  options: CallOptions = {},
): Promise<boolean> {
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
 * @returns `false` when the registry wants the bytes after all: push them
 * @see distribution-spec 1.1, "Mounting a blob from another repository"
 */
export async function mountBlob(
  repo: Repository,
  digest: Digest | string,
  from: string,
  options: CallOptions = {},
): Promise<boolean> {
  const { name } = parseReference(`registry.invalid/${from}`)
  const response = await send(repo, {
    method: 'POST',
    path: uploadsPath(repo.name, { mount: parseDigest(digest), from: name }),
    actions: ['pull', 'push'],
    from: name,
    signal: options.signal,
  })
  await response.body?.cancel()
  return response.status === 201
}

/**
 * Deletes a blob from the repository.
 *
 * Requests: `DELETE blobs/<digest>`.
 *
 * @returns whether there was one
 * @throws `RegistryError` 405 where the registry refuses deletes
 * @see distribution-spec 1.1, "Deleting Blobs"
 */
export async function deleteBlob(
  repo: Repository,
  digest: Digest | string,
  options: CallOptions = {},
): Promise<boolean> {
  const response = await send(repo, {
    method: 'DELETE',
    path: blobPath(repo.name, parseDigest(digest)),
    expect: [404],
    actions: ['pull', 'push', 'delete'],
    signal: options.signal,
  })
  await response.body?.cancel()
  return response.status !== 404
}
