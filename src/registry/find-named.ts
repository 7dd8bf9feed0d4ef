/**
 * Reading a manifest where "there is none" has to be sure (distribution-spec 1.1, "Pulling manifests").
 *
 * @module
 */
import { RegistryError } from '../errors.ts'
import { isUnknownName } from './lists/tags.ts'
import { type ReadManifestOptions, sharedRead } from './read-manifest.ts'
import type { Repository } from './repository.ts'
import { saysGone } from './says-gone.ts'
import type { StoredManifest } from './stored-manifest.ts'
import { isWithheld } from './wire/failures.ts'

/**
 * `findManifest()` to which a repository that the registry does not know is an error, since it may only be hidden; so
 * is a 404 that says that access is denied.
 *
 * @throws `RegistryError` 404
 */
export function findNamed(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions = {},
): Promise<StoredManifest | undefined> {
  return findUnless(isUnknownName, repo, reference, options)
}

/**
 * {@link findNamed} of what a list has: that it is gone is only for the registry itself to say, and not for a page of a
 * proxy.
 *
 * @throws `RegistryError` 404
 */
export function findListed(
  repo: Repository,
  reference: string,
  options: ReadManifestOptions = {},
): Promise<StoredManifest | undefined> {
  return findUnless((found) => !saysGone(found), repo, reference, options)
}

/** A manifest; `undefined` where there is none, unless the 404 leaves that open. */
async function findUnless(
  isOpen: (found: RegistryError) => boolean,
  repo: Repository,
  reference: string,
  options: ReadManifestOptions,
): Promise<StoredManifest | undefined> {
  const found = await sharedRead(repo, reference, options)
  if (!(found instanceof RegistryError)) return found
  if (isWithheld(found) || isOpen(found)) throw found
  return undefined
}
