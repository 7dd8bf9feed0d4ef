/**
 * Subjects as callers name them: a tag, a digest or a descriptor.
 *
 * @module
 */
import { RegistryError } from '../../errors.ts'
import { type Descriptor, parseDescriptor } from '../../model/descriptor.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { parseTagOrDigest } from '../../model/reference.ts'
import { headManifest, notFound, type ReadManifestOptions } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'

/** A tag, `sha256:<64 hex>`, or a descriptor. */
export type Subject = string | Descriptor

/** Checks a subject before any request. */
export function parseSubject(subject: Subject): Subject {
  if (typeof subject === 'string') return parseTagOrDigest(subject, 'subject')
  if (typeof subject === 'object' && subject !== null) return parseDescriptor(subject, 'subject')
  throw new TypeError(`"subject" must be a tag, a digest or a descriptor, got ${typeof subject}`)
}

/** The subject's digest, where it takes no request to know it. */
export function digestOfSubject(subject: Subject): Digest | undefined {
  if (typeof subject !== 'string') return subject.digest
  return isDigest(subject) ? subject : undefined
}

/**
 * The subject's descriptor: `HEAD manifests/<subject>` unless it is one already.
 *
 * @throws {@link RegistryError} 404 when it is not there
 */
export async function resolveSubject(
  repo: Repository,
  subject: Subject,
  options: ReadManifestOptions,
): Promise<Descriptor> {
  if (typeof subject !== 'string') return subject
  const found = await headManifest(repo, subject, options)
  if (found) return found
  const { url, status } = notFound(repo, subject)
  const hint = isDigest(subject)
    ? `There is no subject ${subject} in ${repo.name}; to attach before it is pushed, pass its whole descriptor`
    : `There is no tag ${subject} in ${repo.name}`
  throw new RegistryError({ method: 'HEAD', url, status, hint })
}

/** The subject's digest: no request unless it is a tag. */
export async function resolveDigest(
  repo: Repository,
  subject: Subject,
  options: ReadManifestOptions,
): Promise<Digest> {
  return digestOfSubject(subject) ?? (await resolveSubject(repo, subject, options)).digest
}
