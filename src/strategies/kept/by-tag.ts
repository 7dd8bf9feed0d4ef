/**
 * Lists referrers by the index at the referrers tag (distribution-spec 1.1, "Referrers Tag Schema").
 *
 * @module
 */

import { isOcilinkError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import { findNamed } from '../../registry/find-named.ts'
import { isAbsent, reportAbsent } from '../../registry/hidden-paths.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import { withoutList } from '../../registry/without-list.ts'
import { isOfType, isVague } from '../lib/doubts.ts'
import { notAnIndex } from '../lib/index-at-tag.ts'
import type { PointsAt } from '../lib/points-at.ts'
import { toReferrers } from '../lib/referrer.ts'
import { readableEntries, reportUnreadable } from '../lib/unreadable.ts'
import { readDocument, type TagState } from '../shared-tag/document.ts'
import type { FindOptions, Referrer } from '../strategy.ts'
import { referrersTagOf } from './document.ts'
import type { KeptLinks } from './links.ts'

/** What is at the tag beside a list that is empty. Others may use the tag there, so each manifest has to confirm its link. */
export async function listBesides(
  repo: Repository,
  subject: Digest,
  links: KeptLinks,
  options: FindOptions,
): Promise<readonly Referrer[]> {
  const view = withoutList(repo, links.api.capability)
  const state = await readDocument(view, referrersTagOf(subject), { signal: options.signal })
  return listEntries(view, subject, links, { ...options, verify: true }, state)
}

/**
 * The entries of the index at the referrers tag.
 *
 * @param hidden - why the list could not be read, where it may exist
 */
export async function listByTag(
  repo: Repository,
  subject: Digest,
  links: KeptLinks,
  options: FindOptions,
  hidden: Error | undefined,
): Promise<readonly Referrer[]> {
  const document = referrersTagOf(subject)
  // A page that may not ask for the list has read the tag all the same.
  const find = hidden && !isOcilinkError(hidden, 'CONNECTION') ? undefined : findNamed
  const state = await readDocument(repo, document, { signal: options.signal }, find)
  const other = state.stored && notAnIndex(document.tag, subject, state.stored)
  if (other) reportUnreadable(repo, `The tag ${document.tag}`, other, options)
  const found = await listEntries(repo, subject, links, options, state)
  const { capability } = links.api
  const { whole = found.length === 0, onHidden, signal } = options
  if (!hidden || (await isAbsent(repo, capability, hidden, whole, signal))) {
    reportAbsent(repo, capability, onHidden)
    return found
  }
  // Neither the list nor the tag could be read: that is not "none".
  if (!state.stored || state.foreign) throw hidden
  reportUnreadable(repo, `The list of ${subject}`, hidden, options)
  return found
}

/** The referrers among what the index at the tag lists. */
async function listEntries(
  repo: Repository,
  subject: Digest,
  { viaTag, pointsAt, ownPointsAt, isOwn }: KeptLinks,
  options: FindOptions,
  state: TagState,
): Promise<readonly Referrer[]> {
  const tag = referrersTag(subject)
  readableEntries(repo, `the tag ${tag}`, { unreadable: [], ...state }, options)
  if (state.foreign)
    warn(repo, `The tag ${tag} holds ${state.foreign}: what is no referrer is left out`)
  const entries = state.entries.filter((entry) => isOwn(entry, subject))
  // Images have a platform; so do referrers that some clients list. An image there needs no warning.
  const own = entries.filter(({ platform }) => !platform)
  const unsure = entries.filter(
    ({ platform, artifactType: type }) =>
      platform && (isOfType(type, options.artifactType) || isVague(type)),
  )
  const mayPoint: PointsAt = (manifest, digest) => pointsAt(manifest, digest) || undefined
  const read = (some: readonly Descriptor[], verify: boolean | undefined, points = pointsAt) =>
    toReferrers(repo, subject, some, viaTag, { ...options, verify }, points)
  // Where the index has foreign entries too, each manifest has to confirm its link.
  const verify = options.verify || state.foreign !== undefined
  const found = await Promise.all([read(own, verify, ownPointsAt), read(unsure, true, mayPoint)])
  return found.flat()
}
