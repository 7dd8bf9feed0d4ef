/**
 * How callers name a manifest: a subject, or one of its referrers.
 *
 * @module
 */
import { InvalidInputError } from '../errors.ts'
import { type Descriptor, parseDescriptor } from './descriptor.ts'
import { type Digest, isDigest, parseDigest } from './digest.ts'
import { parseReference, parseTag, parseTagOrDigest, type Reference } from './reference.ts'

/**
 * A manifest in a repository, however it is at hand: a tag (`v1`), a digest (`sha256:<64 hex>`),
 * `v1@sha256:<64 hex>` (the digest counts), a descriptor, or a `Referrer`, which is a descriptor with
 * more. A full reference (`registry.example.com/team/app:v1`) is taken where it names the repository
 * of the call.
 */
export type Subject = string | Descriptor

/** Where a manifest is looked for. */
type Place = Pick<Reference, 'registry' | 'name'>

const SHAPE = 'a tag, a digest, "v1@sha256:<64 hex>", a descriptor or a referrer'

/**
 * Checks how a manifest is named. Sends nothing.
 *
 * @param repo - the repository of the call
 * @param path - name of the argument, for errors
 * @returns a tag, a digest, or a descriptor
 * @throws {@link InvalidInputError} naming the argument; `TypeError` for what is neither text nor object
 */
export function parseSubject(repo: Place, subject: Subject, path = 'subject'): string | Descriptor {
  if (typeof subject === 'string') return parseText(repo, subject, path)
  if (typeof subject !== 'object' || subject === null) {
    throw new TypeError(
      `"${path}" must be ${SHAPE}, got ${subject === null ? 'null' : typeof subject}`,
    )
  }
  const descriptor = parseDescriptor(subject, path)
  if (!('via' in descriptor)) return descriptor
  const { mediaType, digest, size } = descriptor
  // Type and size of an entry that nobody has confirmed may be wrong: they are looked up.
  return 'confirmed' in descriptor && descriptor.confirmed ? { mediaType, digest, size } : digest
}

/** The digest, where it takes no request to know it. */
export function digestOfSubject(subject: string | Descriptor): Digest | undefined {
  if (typeof subject !== 'string') return subject.digest
  return isDigest(subject) ? subject : undefined
}

function parseText(repo: Place, text: string, path: string): string {
  // Neither tags nor digests have a slash.
  if (text.includes('/')) return inReference(repo, text, path)
  const at = text.indexOf('@')
  if (at >= 0) {
    parseTag(text.slice(0, at), path)
    return parseDigest(text.slice(at + 1), path)
  }
  // `app:v1` is no broken digest, but a repository with its tag, of which nobody can say where it is.
  if (/^(?!sha\d|blake\d).*:/.test(text)) refuse(path, SHAPE, text)
  return parseTagOrDigest(text, path)
}

function inReference(repo: Place, text: string, path: string): string {
  const { registry, name, tag, digest } = parseReference(text, path)
  const named = digest ?? tag
  if (registry.toLowerCase() !== repo.registry.toLowerCase() || name !== repo.name) {
    const other = `repository("${registry}/${name}")`
    refuse(path, `in ${repo.registry}/${repo.name}: for another repository pass ${other}`, text)
  }
  return named ?? refuse(path, `with a tag or digest: ${SHAPE}`, text)
}

function refuse(path: string, expected: string, text: string): never {
  throw new InvalidInputError('INVALID_REFERENCE', path, expected, text)
}
