/**
 * A source: one subject read through one strategy, what was listed, and how that went.
 *
 * @module
 */
import { UnsupportedError } from '../../errors.ts'
import type { Digest } from '../../model/digest.ts'
import type { MediaType } from '../../model/media-types.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Reads } from '../../registry/stored-manifest.ts'
import { observed, type SentRequest } from '../../registry/views.ts'
import type { FindOptions, Referrer, Strategy } from '../../strategies/strategy.ts'
import { type Pages, sharingLists } from '../lib/shared-lists.ts'
import { toError } from '../lib/to-error.ts'
import { collect, type Limit } from './limit.ts'
import { findUnlisted } from './unlisted.ts'

/** One subject read through one strategy. */
export interface Source {
  /** Name of the strategy. */
  readonly strategy: string
  readonly subject: Digest
  /** What the registry has no support for cannot hold links there: that is an answer too. */
  readonly status: 'answered' | 'unsupported' | 'failed'
  /** How many referrers it listed; at the last level only those that pass the filters. */
  readonly count: number
  /**
   * Whether a list counts as not there because the registry hides from this page the paths that it does not know: no
   * page can tell more.
   */
  readonly hidden?: boolean
  /** Requests that were sent for it; none where another source had read the same. */
  readonly requests: readonly SentRequest[]
  /** Why it failed, or what is missing. */
  readonly error?: Error
}

/** What the sources of one call share. */
export interface SourceOptions {
  readonly repo: Repository
  /** Manifests that were read, each once. */
  readonly reads: Reads
  readonly limit: Limit
  /** What strategies filter by. */
  readonly filters: Pick<FindOptions, 'artifactType' | 'annotations'>
  readonly verify: boolean | undefined
  /** Media type of the subject, where the registry's own lists say one alone. */
  readonly subjectType?: MediaType | undefined
  readonly signal: AbortSignal | undefined
}

/** A source that may be read again. */
export interface OpenSource {
  readonly strategy: Strategy
  /** Lists that are read of the subject, by any strategy. */
  readonly pages: Pages
  readonly record: { -readonly [Key in keyof Source]: Source[Key] } & {
    readonly requests: SentRequest[]
  }
}

/** A source of which nothing is known yet. */
export function openSource(strategy: Strategy, subject: Digest, pages: Pages): OpenSource {
  const { name } = strategy
  return {
    strategy,
    pages,
    record: { strategy: name, subject, status: 'answered', count: 0, requests: [] },
  }
}

/**
 * What a strategy lists, older links included. A failure is kept in the source's record, also that of a
 * single entry or manifest, and what was found all the same counts.
 *
 * @throws the signal's reason
 */
export async function readSource(
  { strategy, pages, record }: OpenSource,
  { repo, reads, limit, filters, verify, subjectType, signal }: SourceOptions,
): Promise<readonly Referrer[]> {
  const { subject } = record
  const sent = observed(repo, (event) => record.requests.push(event), reads)
  const window = sharingLists(sent, pages)
  const onUnreadable = (error: Error) => fail(record, error)
  const onHidden = () => {
    record.hidden = true
  }
  const how = { everywhere: true, whole: true, verify, subjectType, signal }
  const options = { ...filters, ...how, onUnreadable, onHidden }
  const found: Referrer[] = []
  try {
    await collect(strategy.discover(window, subject, options), limit, found)
    const older = await findUnlisted(window, strategy, subject, found, options, limit)
    for (const referrer of older) found.push(referrer)
  } catch (error) {
    signal?.throwIfAborted()
    fail(record, error)
  }
  record.count = Math.max(record.count, new Set(found.map(({ digest }) => digest)).size)
  return found
}

/** A source may be read twice: a failure of either is what counts. */
function fail(record: OpenSource['record'], error: unknown): void {
  if (record.status === 'failed') return
  record.status = error instanceof UnsupportedError ? 'unsupported' : 'failed'
  record.error = toError(error)
}
