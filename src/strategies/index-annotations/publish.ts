/**
 * Writing into proposal F's index, and taking out of it. Loaded by index-annotations.ts when something
 * is attached or detached.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { type Manifest, parseManifest } from '../../model/manifest.ts'
import { findManifest, putManifest } from '../../registry/manifests.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { ownWord } from '../lib/referrer.ts'
import { deleteReferrer } from '../lib/withdrawal.ts'
import { readDocument } from '../shared-tag/document.ts'
import { changeTag, readAhead } from '../shared-tag/writer.ts'
import type { PublishOptions, Referrer, SubjectReference, Withdrawn } from '../strategy.ts'
import { ANNOTATED, annotatedIndexOf, referenceOf } from './document.ts'

/** Reads the tag while blobs move: it has to be written in any case. */
export function prepareAnnotated(repo: Repository, subject: Digest): void {
  readAhead(repo, annotatedIndexOf(subject))
}

/** Pushes the manifest, then puts its entry into the index. */
export async function publishAnnotated(
  repo: Repository,
  subject: SubjectReference,
  manifest: Manifest,
  options: PublishOptions,
): Promise<Referrer> {
  const { tags = [], signal } = options
  let written: Descriptor | undefined
  for (const tag of tags.length > 0 ? tags : [undefined]) {
    written = (await putManifest(repo, tag, manifest, { signal })).descriptor
  }
  const entry: Descriptor = { ...written!, ...ownWord(manifest) }
  const document = annotatedIndexOf(subject.digest)
  const confirmed = await changeTag(repo, document, { entry, present: true, ...options })
  return { ...entry, subject, via: [ANNOTATED], confirmed }
}

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
