/**
 * Blobs that were seen in a repository and are not sent again: small ones that most artifacts name, such
 * as `{}`.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { internalsOf, type Repository } from '../repository.ts'

/** The oldest are forgotten first. */
export const MAX_PRESENT = 1000

/** Whether a blob was seen here. */
export function isPresent(repo: Repository, digest: Digest): boolean {
  return internalsOf(repo).present.has(digest)
}

/** Remembers that a blob is here. */
export function markPresent(repo: Repository, digest: Digest): void {
  const { present } = internalsOf(repo)
  present.delete(digest)
  present.add(digest)
  for (const oldest of present) {
    if (present.size <= MAX_PRESENT) return
    present.delete(oldest)
  }
}

/** Forgets that a blob was seen here: the registry says that it is not. */
export function forgetPresent(repo: Repository, digest: Digest): void {
  internalsOf(repo).present.delete(digest)
}
