/**
 * Links of OCI 1.1 for a gateway, whose clients write the manifests: listed, entered into their subject's list, and taken
 * out of it (distribution-spec 1.1, "Listing Referrers", "Pushing Manifests with Subject", "Deleting Manifests").
 *
 * @module
 */
import { ContentError, isOcilinkError } from '../errors.ts'
import type { Descriptor } from '../model/descriptor.ts'
import { algorithmOf, type Digest } from '../model/digest.ts'
import type { ImageManifest, Manifest } from '../model/manifest.ts'
import { parseSubject } from '../model/subject.ts'
import type { Repository } from '../registry/repository.ts'
import { budgeted } from '../registry/views.ts'
import { changeEntry } from '../strategies/kept/change-entry.ts'
import { enterByDigest } from '../strategies/kept/enter.ts'
import { ociSubject } from '../strategies/oci-subject/strategy.ts'
import type { FindOptions, Referrer } from '../strategies/strategy.ts'
import { resolveDigest } from './lib/subject.ts'

/**
 * Lists the referrers of a subject as their manifests have them. What a list says that is kept by clients, or no list
 * says, is read in the manifests; the registry's own list is doubted only where one of its entries was seen to be wrong.
 *
 * Requests: those of a listing, and one for each entry that is read.
 *
 * @throws what kept one of them from being asked for; what cannot be read for its content is left out, unless nothing
 *   else is there
 */
export async function readReferrers(
  repo: Repository,
  subject: string,
  options: Pick<FindOptions, 'artifactType' | 'signal'>,
): Promise<readonly Referrer[]> {
  const call = budgeted(repo)
  const digest = await resolveDigest(call, parseSubject(repo, subject), options)
  const verify = repo.capabilities.referrersApi === 'unsupported'
  const found = await list(call, digest, { ...options, verify })
  // Only the first listing shows which it is.
  const isDone = verify || repo.capabilities.referrersApi === 'supported'
  return isDone ? found : list(call, digest, { ...options, verify: true })
}

async function list(
  repo: Repository,
  subject: Digest,
  options: FindOptions,
): Promise<readonly Referrer[]> {
  const failures: Error[] = []
  const onUnreadable = (error: Error) => void failures.push(error)
  const pages = ociSubject()
    .discover(repo, subject, { ...options, onUnreadable })
    .pages()
  const found: Referrer[] = []
  for await (const page of pages) found.push(...page)
  const unasked = failures.find((error) => !isOfContent(error))
  if (unasked) throw unasked
  if (failures[0] && found.length === 0) throw failures[0]
  return found
}

function isOfContent(error: Error): boolean {
  return error instanceof ContentError || isOcilinkError(error, 'INVALID_MANIFEST')
}

/** A manifest that is at the registry. */
export interface Written {
  readonly manifest: Manifest
  readonly bytes: Uint8Array
  /** The digest that it was written by, where it was not written by a tag. */
  readonly digest?: Digest | undefined
}

/**
 * Makes a manifest that is there findable.
 *
 * Requests: those of linking it, its `PUT` by digest included, which changes nothing.
 *
 * @returns whether it was read back
 */
export async function enterReferrer(
  repo: Repository,
  subject: Descriptor,
  { manifest, bytes, digest }: Written,
  signal: AbortSignal,
): Promise<boolean> {
  if (digest && algorithmOf(digest) !== 'sha256') {
    // Linked by the strategy it would be written again, by another digest.
    if (repo.capabilities.referrersApi === 'supported') return true
    return enterByDigest(repo, subject, { manifest, bytes, digest }, { signal })
  }
  const one = { manifest: manifest as ImageManifest, bytes }
  const [referrer] = await ociSubject().publish(repo, subject, [one], { signal })
  return referrer!.confirmed
}

/**
 * Takes a manifest that is gone out of the referrers tag.
 *
 * Requests: none where the registry has the list; else `GET` of the tag, and `PUT` and `GET` where the entry is there.
 */
export async function takeOutReferrer(
  repo: Repository,
  subject: Descriptor,
  entry: Descriptor,
  signal: AbortSignal,
): Promise<void> {
  if (repo.capabilities.referrersApi === 'supported') return
  await changeEntry(repo, subject.digest, entry, false, { signal })
}
