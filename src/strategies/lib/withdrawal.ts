/**
 * What withdrawals have in common: nothing is deleted that is no referrer or that something else needs, and a link that
 * stays is an error.
 *
 * @module
 */
import { AuthError, InvalidInputError, type RegistryError, UnsupportedError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { artifactTypeOf, type Manifest } from '../../model/manifest.ts'
import { ATTESTATION_MANIFEST, MANIFEST_TYPES } from '../../model/media-types.ts'
import { deleteIfAllowed } from '../../registry/delete-allowed.ts'
import { type TagTargets, tagTargets } from '../../registry/lists/tag-targets.ts'
import { findManifest } from '../../registry/manifests.ts'
import { type WhatReachesOptions, whatReaches } from '../../registry/reach.ts'
import type { Repository } from '../../registry/repository.ts'
import type { StoredManifest } from '../../registry/stored-manifest.ts'
import type { LinkField, Withdrawn, WithdrawOptions } from '../strategy.ts'
import type { PointsAt } from './points-at.ts'
import { readManifest } from './read-manifest.ts'

/**
 * Finds what is to be withdrawn.
 *
 * @returns `undefined` when it is gone
 * @throws `InvalidInputError` when it is no referrer of the subject
 */
export async function findReferrer(
  repo: Repository,
  subject: Digest,
  referrer: Digest,
  pointsAt: PointsAt,
  { signal }: WithdrawOptions,
): Promise<StoredManifest | undefined> {
  // Some registries answer 404 for a type that `Accept` does not name.
  const accept = MANIFEST_TYPES
  const stored = await findManifest(repo, referrer, { intent: 'push', accept, signal })
  if (stored && !pointsAt(readManifest(stored), subject)) {
    throw new InvalidInputError('INVALID_INPUT', 'referrer', `a referrer of ${subject}`, referrer)
  }
  return stored
}

/** What is known of the tags: one call may take several links away. */
export function tagsOf(repo: Repository, { tags, maxTags, signal }: WithdrawOptions): TagTargets {
  return tags ?? tagTargets(repo, { maxTags, signal })
}

/** A link that is taken away. */
export interface OwnLink extends Pick<WhatReachesOptions, 'except' | 'roots'> {
  readonly subject: Digest
  /** The fields of the manifest that make it, and other links that go with it. */
  readonly linkFields: readonly LinkField[]
}

/**
 * Why a referrer's manifest must stay when a link of it is taken away: something else leads to it, or may.
 *
 * Requests: those of {@link whatReaches}, unless the manifest itself says so.
 */
export async function whyNeeded(
  repo: Repository,
  stored: StoredManifest,
  { subject, linkFields, except, roots = [] }: OwnLink,
  tags: TagTargets,
): Promise<string | undefined> {
  const { digest } = stored.descriptor
  const named = otherLink(stored, subject, linkFields)
  if (named !== undefined) return named
  return whatReaches(repo, digest, { tags, except, roots: [{ digest: subject }, ...roots] })
}

/** Whether a manifest links itself to the subject by other fields too. */
export function isLinkedOtherwise(
  stored: StoredManifest,
  subject: Digest,
  linkFields: readonly LinkField[],
): boolean {
  const links = linksOf(readManifest(stored))
  return links.some(({ field, to }) => to === subject && !linkFields.includes(field))
}

/** A link that the manifest itself has, other than those by some fields to the subject. */
function otherLink(
  stored: StoredManifest,
  subject: Digest,
  linkFields: readonly LinkField[],
): string | undefined {
  let manifest: Manifest
  try {
    manifest = readManifest(stored)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return `what it links to cannot be read: ${error.message}`
  }
  const other = linksOf(manifest).find(
    ({ field, to }) => to !== subject || !linkFields.includes(field),
  )
  if (other) return `its "${other.field}" links it to ${other.to}`
  // An index without a tag cannot be found.
  return artifactTypeOf(manifest) === ATTESTATION_MANIFEST
    ? 'it is an attestation of BuildKit’s, which the index of an image lists'
    : undefined
}

const fields: readonly LinkField[] = ['subject', 'refers', 'reference']

/** What a manifest links itself to. Not all fields were checked when it was read, so any value counts as a link. */
function linksOf(
  manifest: Manifest,
): readonly { readonly field: LinkField; readonly to: unknown }[] {
  const named = manifest as { readonly [Field in LinkField]?: { readonly digest?: unknown } | null }
  return fields.flatMap((field) => (named[field] ? [{ field, to: named[field].digest }] : []))
}

/** A manifest to delete, and what may be in the way. */
export interface Deletion {
  /** Name of the strategy. */
  readonly strategy: string
  readonly subject: Digest
  readonly digest: Digest
  /** Why it must stay, where it must. */
  readonly needed: string | undefined
  /** Whether it is listed as long as it exists. */
  readonly isListed: () => Promise<boolean>
}

/**
 * Deletes a referrer's manifest, where nothing else needs it.
 *
 * @returns whether it was there, and was deleted
 * @throws `UnsupportedError` when it stays and is still listed; `AuthError` where that is for this login alone
 */
export async function deleteReferrer(
  repo: Repository,
  deletion: Deletion,
  { signal }: WithdrawOptions,
): Promise<Pick<Withdrawn, 'deleted' | 'reason'>> {
  const { digest, needed, isListed } = deletion
  const deleted = needed === undefined ? await deleteIfAllowed(repo, digest, signal) : undefined
  if (typeof deleted === 'boolean') return { deleted }
  if (await isListed()) {
    const error = stillLinked(deletion, deleted)
    if (deleted?.status !== 403) throw error
    throw new AuthError('AUTH_DENIED', error.message, {}, { cause: deleted })
  }
  return { deleted: false, reason: needed ?? `the registry refuses deletes: ${deleted?.message}` }
}

/** The error for a link that exists as long as its referrer. */
export function stillLinked(
  {
    strategy,
    subject,
    digest,
    needed,
  }: Pick<Deletion, 'strategy' | 'subject' | 'digest' | 'needed'>,
  refusal?: RegistryError | undefined,
): UnsupportedError {
  const message = refusal
    ? `The registry refuses to delete ${digest}, and lists it as long as it exists: ${refusal.message}`
    : `${digest} stays linked to ${subject}: the link goes only with the manifest, and that must stay, because ${needed}`
  const missing = refusal ? ['delete'] : []
  return new UnsupportedError(message, { strategy, missing, alternatives: [] }, { cause: refusal })
}

/** A link that may be an entry of an image's own index. */
export interface EntryLink extends Pick<Deletion, 'strategy' | 'subject' | 'digest'> {
  /** The index, by tag or digest, where one is named. */
  readonly index: string | undefined
  /** What an entry refers to. */
  referenceOf(entry: Descriptor): string | undefined
}

/**
 * Refuses to withdraw an entry of an image's own index: without it the index would have another digest.
 *
 * Requests: `GET` of the index, where one is named.
 *
 * @throws `UnsupportedError` when the link is there
 */
export async function refuseEntry(
  repo: Repository,
  { strategy, subject, digest, index, referenceOf }: EntryLink,
  { signal }: WithdrawOptions,
): Promise<void> {
  const stored = index && (await findManifest(repo, index, { intent: 'push', signal }))
  const manifest = stored ? readManifest(stored) : undefined
  const entries = manifest && 'manifests' in manifest ? manifest.manifests : []
  if (!entries.some((entry) => entry.digest === digest && referenceOf(entry) === subject)) return
  throw new UnsupportedError(
    `${digest} stays linked to ${subject} by an entry of the index ${index}, which cannot be taken out without changing that index: publish it again without the entry`,
    { strategy, missing: [], alternatives: [] },
  )
}
