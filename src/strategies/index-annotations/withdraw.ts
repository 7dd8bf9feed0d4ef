/**
 * Taking an artifact out of proposal F's index.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { parseManifest } from '../../model/manifest.ts'
import { findManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { deleteReferrer } from '../lib/withdrawal.ts'
import { readDocument } from '../shared-tag/document.ts'
import { changeTag } from '../shared-tag/writer.ts'
import type { PublishOptions, Withdrawn } from '../strategy.ts'
import { ANNOTATED, annotatedIndexOf, referenceOf } from './document.ts'

/** Takes the entry out of the index, then deletes its manifest. */
export async function withdrawAnnotated(
  repo: Repository,
  subject: Digest,
  digest: Digest,
  options: PublishOptions,
): Promise<Withdrawn> {
  const { signal } = options
  const document = annotatedIndexOf(subject)
  const ask = { intent: 'push', signal } as const
  const [{ entries }, stored] = await Promise.all([
    readDocument(repo, document, ask),
    findManifest(repo, digest, ask),
  ])
  const entry = entries.find((entry) => entry.digest === digest && referenceOf(entry) === subject)
  if (!entry) {
    if (!stored) return { digest, deleted: false, confirmed: true }
    const expected = `an artifact that the tag ${document.tag} lists for ${subject}`
    throw new InvalidInputError('INVALID_INPUT', 'referrer', expected, digest)
  }
  const confirmed = await changeTag(repo, document, { entry, present: false, ...options })
  if (!stored) return { digest, deleted: false, confirmed }
  // What another tool made may be in the index of another subject too.
  const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType)
  if (referenceOf(manifest) !== subject) {
    warn(repo, `${digest} is no longer listed, but its manifest stays: others may list it too`)
    return { digest, deleted: false, confirmed }
  }
  const isListed = async () => false
  const deleted = await deleteReferrer(repo, ANNOTATED.strategy, digest, isListed, options)
  return { digest, deleted, confirmed }
}
