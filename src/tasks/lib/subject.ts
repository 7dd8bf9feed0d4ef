/**
 * Looking up what a caller named.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { digestOfSubject } from '../../model/subject.ts'
import { headManifest } from '../../registry/manifests.ts'
import { notFound, type ReadManifestOptions } from '../../registry/read-manifest.ts'
import type { Repository } from '../../registry/repository.ts'

/**
 * The descriptor of what `parseSubject` gave: `HEAD manifests/<subject>` unless it is one already, and
 * `GET` where it is not there, whose answer says why.
 *
 * @throws {@link RegistryError} 404 when it is not there
 */
export async function resolveSubject(
  repo: Repository,
  subject: string | Descriptor,
  options: ReadManifestOptions,
): Promise<Descriptor> {
  if (typeof subject !== 'string') return subject
  const found = await headManifest(repo, subject, options)
  if (found) return found
  const error = await notFound(repo, subject, options)
  // distribution says so with either code.
  const unnamed = error.errors.some(
    ({ code, message = '' }) => code === 'NAME_UNKNOWN' || /repository name/i.test(message),
  )
  if (unnamed) throw error
  const { url, status, errors } = error
  const hint = isDigest(subject)
    ? `There is no subject ${subject} in ${repo.name}; to attach before it is pushed, pass its whole descriptor`
    : `There is no tag ${subject} in ${repo.name}`
  throw new RegistryError({ method: 'HEAD', url, status, errors, hint })
}

/** The subject's digest: no request unless it is a tag. */
export async function resolveDigest(
  repo: Repository,
  subject: string | Descriptor,
  options: ReadManifestOptions,
): Promise<Digest> {
  return digestOfSubject(subject) ?? (await resolveSubject(repo, subject, options)).digest
}
