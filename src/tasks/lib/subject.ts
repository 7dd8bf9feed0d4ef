/**
 * Looking up what a caller named.
 *
 * @module
 */
import { isOcilinkError, RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { noteTag } from '../../registry/lists/noted-tag.ts'
import { getManifest, lookUpManifest } from '../../registry/manifests.ts'
import type { ReadManifestOptions } from '../../registry/read-manifest.ts'
import type { Repository } from '../../registry/repository.ts'

/**
 * The descriptor of what `parseSubject` gave, to be written into manifests: `GET manifests/<subject>` unless it is one
 * already. Not `HEAD`, whose length is at times 0, or that of something else.
 *
 * @throws {@link RegistryError} 404 when it is not there
 */
export async function resolveSubject(
  repo: Repository,
  subject: string | Descriptor,
  options: ReadManifestOptions,
): Promise<Descriptor> {
  if (typeof subject !== 'string') return subject
  try {
    return (await getManifest(repo, subject, options)).descriptor
  } catch (error) {
    throw isOcilinkError(error, 'NOT_FOUND') ? missing(repo, subject, error) : error
  }
}

/**
 * The subject's digest: no request unless it is a tag; then `HEAD manifests/<tag>`, and `GET` where that does not
 * find it.
 *
 * @throws {@link RegistryError} 404 when it is not there
 */
export async function resolveDigest(
  repo: Repository,
  subject: string | Descriptor,
  options: ReadManifestOptions,
): Promise<Digest> {
  if (typeof subject !== 'string') return subject.digest
  if (isDigest(subject)) return subject
  const found = await lookUpManifest(repo, subject, options)
  if (found instanceof RegistryError) throw missing(repo, subject, found)
  noteTag(repo, subject)
  return found.digest
}

/** What a caller can do about a subject that is not there. */
function missing(
  repo: Repository,
  subject: string,
  error: Pick<RegistryError, 'method' | 'url' | 'status' | 'errors'> & Error,
): Error {
  const { method, url, status, errors } = error
  // distribution says so with either code.
  const unnamed = errors.some(
    ({ code, message = '' }) => code === 'NAME_UNKNOWN' || /repository name/i.test(message),
  )
  if (unnamed) return error
  const hint = isDigest(subject)
    ? `There is no subject ${subject} in ${repo.name}; to attach before it is pushed, pass its whole descriptor`
    : `There is no tag ${subject} in ${repo.name}`
  return new RegistryError({ method, url, status, errors, hint })
}
