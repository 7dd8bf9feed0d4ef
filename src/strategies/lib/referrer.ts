/**
 * From listed descriptors to referrers: applies the filters, and reads manifests where the list says too little, or may
 * not be right.
 *
 * @module
 */
import { matchesAnnotations } from '../../model/annotations.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Manifest } from '../../model/manifest.ts'
import { IMAGE_MANIFEST } from '../../model/media-types.ts'
import { acceptOf } from '../../registry/accept.ts'
import { findListed } from '../../registry/find-named.ts'
import { type Repository, warn } from '../../registry/repository.ts'
import type { FindOptions, Referrer, Via } from '../strategy.ts'
import { hasEmptyTypes, isDoubtful, isVague, type Truth, truthOf, truthOfPage } from './doubts.ts'
import { bySubject, type PointsAt } from './points-at.ts'
import { readManifest } from './read-manifest.ts'
import { passes, plainReferrer, summarize } from './summary.ts'
import { unlessUnreadable } from './unless-unreadable.ts'

/** A list that was seen to have what manifests have. */
const TRUE: Truth = { types: true, annotations: true }

/**
 * Turns listed descriptors into referrers that pass the filters. A manifest is read only where the list may leave out
 * what a filter needs, or where its entry cannot be trusted without. What cannot be read costs itself alone.
 *
 * @param pointsAt - checks each manifest that is read
 * @param page - what was listed beside these
 */
export async function toReferrers(
  repo: Repository,
  subject: Digest,
  listed: readonly Descriptor[],
  via: Via,
  options: FindOptions,
  pointsAt: PointsAt = bySubject,
  page: readonly Descriptor[] = listed,
): Promise<readonly Referrer[]> {
  const truth = truthOf(repo, via)
  const isOpen = (entry: Descriptor) => isDoubtful(entry, options, truthOfPage(truth, page))
  const reading = { via, options, pointsAt, truth }
  const done = new Map<Descriptor, Referrer | undefined>()
  // What the first one shows may settle whether the list is right about the others.
  const unsettled = listed.filter((entry) => isOpen(entry) && !isDoubtful(entry, options, TRUE))
  const sample = unsettled.find(({ artifactType }) => !isVague(artifactType)) ?? unsettled[0]
  if (truth && sample && unsettled.length > 1 && !hasEmptyTypes(page)) {
    done.set(sample, await readReferrer(repo, subject, sample, reading))
  }
  const found = await Promise.all(
    listed.map((entry) => {
      if (done.has(entry)) return done.get(entry)
      return isOpen(entry)
        ? readReferrer(repo, subject, entry, reading)
        : plainReferrer(subject, entry, via)
    }),
  )
  if (truth && via.source === 'referrers-api') learnFilter(repo, page, truth)
  return found.filter(
    (referrer) => referrer !== undefined && passes(referrer, options),
  ) as Referrer[]
}

/** How a manifest is read. */
interface Reading {
  readonly via: Via
  readonly options: FindOptions
  readonly pointsAt: PointsAt
  readonly truth: Truth | undefined
}

/** An entry as its manifest has it; `undefined` where that is gone, points elsewhere, or cannot be read. */
async function readReferrer(
  repo: Repository,
  subject: Digest,
  entry: Descriptor,
  { via, options, pointsAt, truth }: Reading,
): Promise<Referrer | undefined> {
  const { digest } = entry
  const { verify, artifactType, annotations, signal } = options
  const plain = plainReferrer(subject, entry, via)
  const what = `${digest}, listed as a referrer of ${subject},`
  const found = await unlessUnreadable(repo, what, options, async () => {
    const stored = await findListed(repo, digest, { accept: acceptOf(entry), signal })
    if (!stored) warn(repo, `${what} is gone`)
    return stored && { manifest: readManifest(stored), size: stored.descriptor.size }
  })
  if (found) {
    const { manifest, size } = found
    if (truth) compare(truth, entry, manifest)
    const points = pointsAt(manifest, subject)
    if (points === false) warn(repo, `${what} does not point at it`)
    if (!points) return undefined
    const { mediaType } = manifest
    const { artifactType: _, ...listed } = plain
    return { ...listed, ...summarize(manifest), mediaType, size, confirmed: points === true }
  }
  // The registry lists it, whatever is in it.
  const isFiltered = artifactType !== undefined || Object.keys(annotations ?? {}).length > 0
  if (!truth || verify || isFiltered) return undefined
  const { artifactType: type, ...rest } = plain
  return isVague(type) ? rest : plain
}

/** Compares an entry with its manifest; one that differs is enough to doubt them all. */
function compare(truth: Truth, entry: Descriptor, manifest: Manifest): void {
  if (manifest.mediaType === IMAGE_MANIFEST) {
    const { artifactType, config } = manifest
    if (artifactType && artifactType !== config.mediaType) {
      truth.types = truth.types !== false && entry.artifactType === artifactType
    }
  }
  const own = ('annotations' in manifest && manifest.annotations) || {}
  if (Object.keys(own).length > 0) {
    truth.annotations = truth.annotations !== false && matchesAnnotations(entry.annotations, own)
  }
}

/** Whether a registry that filters by what its list has would leave out nothing. */
function learnFilter(
  { capabilities }: Repository,
  page: readonly Descriptor[],
  truth: Truth,
): void {
  if (page.some(({ artifactType }) => !artifactType)) truth.untyped = true
  if (capabilities.typeFilter !== 'unknown') return
  if (truth.types === false || hasEmptyTypes(page)) capabilities.typeFilter = 'unsupported'
  else if (truth.types && !truth.untyped) capabilities.typeFilter = 'supported'
}
