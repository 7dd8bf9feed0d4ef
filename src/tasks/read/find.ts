/**
 * The referrers that a read is about, found in one way or in every.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import { parseSubject, type Subject } from '../../model/subject.ts'
import type { Repository } from '../../registry/repository.ts'
import { observed } from '../../registry/views.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { discover } from '../discover/discover.ts'
import type { PlatformManifest } from '../lib/platform.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { resolveDigest } from '../lib/subject.ts'
import { referrers } from '../referrers.ts'
import type { ReadOptions } from './options.ts'

/** Where to look, with manifests read once. */
export interface Place {
  readonly repo: Repository
  /** Whose referrers are meant. */
  readonly subject: string | Descriptor
  /** Where a platform is meant. */
  readonly platform: PlatformManifest | undefined
}

/** What was found, and why there may be more. */
export interface Found {
  readonly referrers: readonly Referrer[]
  /** What kept a source from answering. */
  readonly failures: readonly unknown[]
}

/** Checks the subject, and finds its platform. Requests: as `findPlatform()` where there is one. */
export async function openPlace(
  given: Repository,
  named: Subject,
  { platform: wanted, signal }: ReadOptions,
): Promise<Place> {
  const subject = parseSubject(given, named)
  signal?.throwIfAborted()
  const repo = observed(given, () => {}, new Map())
  if (wanted !== undefined) {
    const { onDemand } = await import('../lib/on-demand.ts')
    const platform = await onDemand.findPlatform(repo, subject, wanted, signal)
    return { repo, subject: platform.manifest, platform }
  }
  return { repo, subject: await resolveDigest(repo, subject, { signal }), platform: undefined }
}

/** Looks where most links are: those of OCI 1.1. Requests: as `referrers()`. */
export async function findLinked(
  { repo, subject, platform }: Place,
  { artifactType, annotations, verify, signal }: ReadOptions,
): Promise<readonly Referrer[]> {
  const found: Referrer[] = []
  const filters = { ...(artifactType && { artifactType }), ...(annotations && { annotations }) }
  for await (const referrer of referrers(repo, subject, { ...filters, verify, signal })) {
    found.push(withPlatform(referrer, platform))
  }
  return found
}

/** Looks in every way, or in those that are named. Requests: as `discover()`. */
export async function findEverywhere(
  { repo, subject, platform }: Place,
  options: ReadOptions,
): Promise<Found> {
  const { artifactType, annotations, verify, signal } = options
  const strategies = chosenStrategies(options)
  const filters = { ...(artifactType && { artifactType }), ...(annotations && { annotations }) }
  const choice = { ...(strategies && { strategies }), verify, signal }
  const found = await discover(
    repo,
    platform?.index ?? subject,
    platform?.index
      ? { ...filters, ...choice, platform: options.platform! }
      : { ...filters, ...choice },
  )
  const failed = found.sources.filter(({ status }) => status === 'failed')
  return {
    referrers: found.referrers.map((referrer) => withPlatform(referrer, platform)),
    failures: failed.map(({ error }) => error),
  }
}

function withPlatform(referrer: Referrer, platform: PlatformManifest | undefined): Referrer {
  const { digest } = referrer.subject
  return digest === platform?.manifest.digest
    ? { ...referrer, subject: { ...platform.manifest, ...referrer.subject } }
    : referrer
}
