/**
 * readArtifact(): the content of one artifact that is attached to a subject.
 *
 * @module
 */
import { NoMatchError } from '../../errors.ts'
import type { Subject } from '../../model/subject.ts'
import { boolean } from '../../platform/options.ts'
import { internalsOf, type Repository, warn } from '../../registry/repository.ts'
import { isPassing } from '../../registry/wire/failures.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { toError } from '../lib/to-error.ts'
import { type Doubts, noDoubts } from './doubts.ts'
import { findEverywhere, findLinked, openPlace, type Place } from './find.ts'
import { newestFirst } from './newest-first.ts'
import type { ReadArtifact } from './open.ts'
import { checkReadOptions, describeWanted, type ReadOptions } from './options.ts'
import { select } from './select.ts'

/** Options of {@link readArtifact}. */
export type ReadArtifactOptions = ReadOptions & {
  /**
   * Of several that match, whether to take the newest: by `org.opencontainers.image.created`. `false` takes the
   * first that is listed, without a request for the dates that a list leaves out, also where not all could be listed.
   * @default true
   */
  readonly newest?: boolean | undefined
}

/**
 * Reads one artifact that is attached to a subject: of several that match, the newest.
 *
 * Looks for links of OCI 1.1 first; where none of them matches, for those of every other way too, as `discover()`
 * does. With `strategy` or `strategies` only for those.
 *
 * Requests: one for the list, one for the artifact's manifest, and one for each blob when it is read. `HEAD` first
 * where the subject is a tag, or `GET` of the index where a `platform` is meant. Where several match and the list
 * has no dates, one for the manifest of each; where nothing matches, those of `discover()`.
 *
 * @param subject - a tag, a digest, a descriptor or a referrer
 * @returns the referrer with `bytes()`, `text()`, `json()` and `stream()`; `blobs` where there are several
 * @throws {@link NoMatchError} where everything answered and nothing matches; whatever kept an answer from being
 *   known otherwise: also of several that match the newest, which may be among what a busy registry did not list or
 *   give, or among more referrers than one call follows ({@link ContentError} `TOO_LARGE`); what nobody can read
 *   costs a warning where something else matches; {@link InvalidInputError} naming the option, also for a filter that is `undefined`
 * @see image-spec 1.1, "Guidelines for Artifact Usage"
 * @example
 * ```ts
 * import { readArtifact, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const sbom = await readArtifact(app, 'v1', { artifactType: 'application/spdx+json', platform: 'linux/arm64' })
 * console.log(sbom.subject.platform, await sbom.json())
 * ```
 */
export async function readArtifact(
  repo: Repository,
  subject: Subject,
  options: ReadArtifactOptions = {},
): Promise<ReadArtifact> {
  checkReadOptions(options, { newest: boolean } as object)
  const { newest: byDate = true, ...wanted } = options
  const place = await openPlace(repo, subject, wanted)
  const search: Search = { place, wanted, byDate, doubts: noDoubts(), tried: new Set() }
  const found = await findFirst(search)
  if (found) return found
  const what = describeWanted(options)
  throw new NoMatchError(
    `Nothing is attached to ${place.subject} in ${repo.name}${what && ` that is ${what}`}`,
    what,
  )
}

/** A search, and what it has come to. */
interface Search {
  readonly place: Place
  readonly wanted: ReadOptions
  /** Whether the newest is meant: then what could not be read may be it. */
  readonly byDate: boolean
  readonly doubts: Doubts
  /** Digests that were looked into. */
  readonly tried: Set<string>
}

/** @throws what keeps an answer from being known */
async function findFirst(search: Search): Promise<ReadArtifact | undefined> {
  const { place, wanted, doubts } = search
  if (!chosenStrategies(wanted)) {
    const artifact = await pick(search, await listLinked(search))
    if (artifact) return artifact
  }
  const found = await findEverywhere(place, wanted)
  for (const error of found.failures) notListed(search, error)
  if (found.cut) doubts.unsure.push(found.cut)
  const artifact = await pick(search, found.referrers)
  if (artifact) return artifact
  const [failure] = [...doubts.unsure, ...doubts.broken]
  if (failure !== undefined) throw failure
  return undefined
}

/** What is linked as most links are; where that cannot be listed, another way may have an answer. */
async function listLinked(search: Search): Promise<readonly Referrer[]> {
  const { place, wanted, doubts } = search
  try {
    return await findLinked(place, wanted, doubts)
  } catch (error) {
    wanted.signal?.throwIfAborted()
    if (error === internalsOf(place.repo).budget?.failure) throw error
    notListed(search, error)
    return []
  }
}

/** A list that nobody can read costs itself, as one entry does; one that will be read later may have the newest. */
function notListed({ place, doubts }: Search, error: unknown): void {
  ;(isPassing(error) ? doubts.unsure : doubts.broken).push(error)
  warn(place.repo, `Not all that is attached could be listed: ${toError(error).message}`)
}

/** @throws why the newest is not known, where that is so: it may be among what could not be read */
function settleNewest({ byDate, doubts }: Search): void {
  if (byDate && doubts.unsure.length > 0) throw doubts.unsure[0]
}

/** The first that can be read and holds what is wanted. */
async function pick(search: Search, found: readonly Referrer[]): Promise<ReadArtifact | undefined> {
  const { place, wanted, byDate, doubts, tried } = search
  settleNewest(search)
  const left = found.filter(({ digest }) => !tried.has(digest))
  for (const { digest } of left) tried.add(digest)
  const ordered = byDate ? await newestFirst(place, left, wanted, doubts) : left
  settleNewest(search)
  for (const referrer of ordered) {
    const artifact = await select(place, referrer, wanted, doubts)
    settleNewest(search)
    if (artifact) return artifact
  }
  return undefined
}
