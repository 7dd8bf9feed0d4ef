/**
 * The referrers that a read is about, found in one way or in every.
 *
 * @module
 */
import { ContentError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import { parseSubject, type Subject } from '../../model/subject.ts'
import type { Repository } from '../../registry/repository.ts'
import { budgeted, observed } from '../../registry/views.ts'
import { ociSubject } from '../../strategies/oci-subject/strategy.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { discover } from '../discover/discover.ts'
import type { PlatformManifest } from '../lib/platform.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { resolveDigest } from '../lib/subject.ts'
import { type Doubts, doubt } from './doubts.ts'
import type { OpenPlace } from './open.ts'
import type { ReadOptions } from './options.ts'

/** Where to look, with manifests read once. */
export interface Place extends OpenPlace {
  /** Whose referrers are meant. */
  readonly subject: Digest
  /** Where a platform is meant. */
  readonly platform: PlatformManifest | undefined
}

/** What was found, and why there may be more. */
export interface Found {
  readonly referrers: readonly Referrer[]
  /** What kept a source from answering, wholly or in part. */
  readonly failures: readonly unknown[]
  /** Why not all was followed, where there is more than one call follows. */
  readonly cut: Error | undefined
}

/** Most referrers that one call follows; a user who has more names a type. */
export const MOST_READ = 10_000

/** Checks the subject, and finds its platform. Requests: as `findPlatform()` where there is one. */
export async function openPlace(
  given: Repository,
  named: Subject,
  { platform: wanted, signal }: ReadOptions,
): Promise<Place> {
  const subject = parseSubject(given, named)
  signal?.throwIfAborted()
  const repo = observed(budgeted(given), () => {}, new Map())
  const place = { repo, blobs: given }
  if (wanted !== undefined) {
    const { onDemand } = await import('../lib/on-demand.ts')
    const platform = await onDemand.findPlatform(repo, subject, wanted, signal)
    return { ...place, subject: platform.manifest.digest, platform }
  }
  const digest = await resolveDigest(repo, subject, { signal })
  return { ...place, subject: digest, platform: undefined }
}

/**
 * Looks where most links are: those of OCI 1.1. Requests: as `referrers()`.
 *
 * @param doubts - entries and manifests that cannot be read are added
 */
export async function findLinked(
  { repo, subject, platform }: Place,
  { verify, signal, ...options }: ReadOptions,
  doubts: Doubts,
): Promise<readonly Referrer[]> {
  const found: Referrer[] = []
  const onUnreadable = (error: Error) => doubt(doubts, error)
  const find = { ...filtersOf(options), whole: true, verify, onUnreadable, signal }
  for await (const referrer of ociSubject().discover(repo, subject, find)) {
    found.push(withPlatform(referrer, platform))
  }
  return found
}

/** Looks in every way, or in those that are named. Requests: as `discover()`. */
export async function findEverywhere(
  { repo, subject, platform }: Place,
  options: ReadOptions,
): Promise<Found> {
  const { verify, signal } = options
  const strategies = chosenStrategies(options)
  const choice = { ...(strategies && { strategies }), maxReferrers: MOST_READ, verify, signal }
  const found = await discover(repo, platform?.index ?? subject, {
    ...filtersOf(options),
    ...choice,
    ...(platform?.index && { platform: options.platform! }),
  })
  const failures = found.sources.flatMap(({ status, error }) =>
    status === 'failed' ? [error] : [],
  )
  const isCut = !found.complete && (failures.length === 0 || found.referrers.length >= MOST_READ)
  const cut = isCut ? tooMany() : undefined
  return {
    referrers: found.referrers.map((referrer) => withPlatform(referrer, platform)),
    failures,
    cut,
  }
}

/**
 * Ends a list of what was found and read.
 *
 * @param none - whether nothing was read
 * @throws why there may be more
 */
export function settleDoubts({ failures, cut }: Found, doubts: Doubts, none: boolean): void {
  const more = cut ? [cut] : []
  const [failure] = [...failures, ...more, ...doubts.unsure, ...(none ? doubts.broken : [])]
  if (failure !== undefined) throw failure
}

function filtersOf({ artifactType, annotations }: ReadOptions) {
  return { ...(artifactType && { artifactType }), ...(annotations && { annotations }) }
}

function tooMany(): ContentError {
  const hint = 'What was left out may be what is looked for: name an "artifactType" or a "strategy"'
  return new ContentError(
    'TOO_LARGE',
    'referrers of one call',
    MOST_READ,
    `more than ${MOST_READ}`,
    { hint },
  )
}

function withPlatform(referrer: Referrer, platform: PlatformManifest | undefined): Referrer {
  const { digest } = referrer.subject
  return digest === platform?.manifest.digest
    ? { ...referrer, subject: { ...platform.manifest, ...referrer.subject } }
    : referrer
}
