/**
 * detect(): which ways of linking a registry can be read by and written with.
 *
 * @module
 */

import { everyStrategy } from './_every-strategy.ts'
import { parseSubject, resolveDigest, type Subject } from './_subject.ts'
import { UnsupportedError } from './errors.ts'
import type { Digest } from './model/digest.ts'
import type { Capabilities, Support } from './registry/capabilities.ts'
import { headManifest } from './registry/manifests.ts'
import { type Asked, observed, type Reads } from './registry/observed.ts'
import type { Repository } from './registry/repository.ts'
import { listTags } from './registry/tags.ts'
import type { Strategy } from './strategies/strategy.ts'

/** Options of {@link detect}. */
export interface DetectOptions {
  /**
   * Ways of linking to ask about.
   * @default every one of ocilink/strategies
   */
  readonly strategies?: readonly Strategy[] | undefined
  /**
   * An image to ask with: some registries answer differently for a digest they do not know.
   * @default the first tag of the repository
   */
  readonly subject?: Subject | undefined
  readonly signal?: AbortSignal | undefined
}

/** What was found out about one way of linking. */
export interface DetectedStrategy {
  /** Whether a listing was answered. */
  readonly read: Support
  /** Whether it can be written; "unknown" where only a write would tell. */
  readonly write: Support
  /** Sources of the links where they were looked for, such as `referrers-tag`. */
  readonly asked: readonly Asked[]
  /** Why it cannot be read. */
  readonly error?: string | undefined
}

/** What was found out about a registry: plain JSON. */
export interface Detection {
  readonly registry: string
  readonly repository: string
  /** The digest that was asked about; all zeros in an empty repository. */
  readonly subject: Digest
  /** As {@link Repository.capabilities}, to be given back to `repository()`. */
  readonly capabilities: Capabilities
  readonly strategies: Readonly<Record<string, DetectedStrategy>>
}

/**
 * Finds out which ways of linking a registry supports, by asking and never by writing.
 *
 * Requests: one listing per strategy, in parallel; `GET tags/list` and `HEAD` of a tag before, unless
 * a subject is given.
 *
 * @returns JSON: per strategy whether it can be read and written, and what was seen that says so
 * @throws `AuthError`, `ConnectionError` when the registry could not be asked at all
 * @example
 * ```ts
 * import { detect, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * console.log(JSON.stringify(await detect(app), undefined, 2))
 * ```
 */
export async function detect(repo: Repository, options: DetectOptions = {}): Promise<Detection> {
  const { signal } = options
  const strategies = options.strategies ?? (await everyStrategy())
  const target = options.subject === undefined ? undefined : parseSubject(options.subject)
  signal?.throwIfAborted()
  const subject = target
    ? await resolveDigest(repo, target, { signal })
    : await anySubject(repo, signal)

  const reads: Reads = new Map()
  const detected = await Promise.all(
    strategies.map(async (strategy) => {
      const asked: Asked[] = []
      const window = observed(repo, (event) => asked.push(event), reads)
      let read: Support = 'supported'
      let message: string | undefined
      try {
        for await (const _ of strategy.discover(window, subject, { signal })) break
      } catch (error) {
        signal?.throwIfAborted()
        read = error instanceof UnsupportedError ? 'unsupported' : 'unknown'
        message = error instanceof Error ? error.message : String(error)
      }
      return { strategy, read, asked, error: message }
    }),
  )
  return {
    registry: repo.registry,
    repository: repo.name,
    subject,
    capabilities: { ...repo.capabilities },
    strategies: Object.fromEntries(
      detected.map(({ strategy, read, asked, error }) => [
        strategy.name,
        { read, write: canWrite(repo, strategy), asked, ...(error && { error }) },
      ]),
    ),
  }
}

/** All that a strategy needs must be there; what was not seen is not known. */
function canWrite({ capabilities }: Repository, { needs, readOnly }: Strategy): Support {
  if (readOnly) return 'unsupported'
  const found = needs.map((need) => capabilities[need])
  if (found.includes('unsupported')) return 'unsupported'
  return found.includes('unknown') ? 'unknown' : 'supported'
}

async function anySubject(repo: Repository, signal: AbortSignal | undefined): Promise<Digest> {
  for await (const tag of listTags(repo, { pageSize: 1, signal })) {
    const found = await headManifest(repo, tag, { signal })
    if (found) return found.digest
    break
  }
  return `sha256:${'0'.repeat(64)}` as Digest
}
