/**
 * readArtifact(): the content of one artifact that is attached to a subject.
 *
 * @module
 */
import { NoMatchError } from '../../errors.ts'
import type { Subject } from '../../model/subject.ts'
import { boolean } from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { newest } from '../newest.ts'
import { findEverywhere, findLinked, openPlace, type Place } from './find.ts'
import type { ReadArtifact } from './open.ts'
import { checkReadOptions, describeWanted, type ReadOptions } from './options.ts'
import { attempt, select } from './select.ts'

/** Options of {@link readArtifact}. */
export type ReadArtifactOptions = ReadOptions & {
  /**
   * Of several that match, whether to take the newest: by `org.opencontainers.image.created`. `false` takes the
   * first that is listed, without a request for the dates that a list leaves out.
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
 *   known otherwise; {@link InvalidInputError} naming the option, also for a filter that is `undefined`
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
  const { newest: _, ...wanted } = options
  const place = await openPlace(repo, subject, wanted)
  const failures: unknown[] = []
  const tried = new Set<string>()

  const pick = async (found: readonly Referrer[]): Promise<ReadArtifact | undefined> => {
    for (const referrer of await inOrder(place, found, options)) {
      if (tried.has(referrer.digest)) continue
      tried.add(referrer.digest)
      const { signal } = options
      const read = () => select(place, referrer, wanted)
      const artifact = await attempt(place, referrer, signal, failures, read)
      if (artifact) return artifact
    }
    return undefined
  }

  if (!chosenStrategies(options)) {
    const artifact = await pick(await findLinked(place, wanted))
    if (artifact) return artifact
  }
  const found = await findEverywhere(place, wanted)
  const artifact = await pick(found.referrers)
  if (artifact) return artifact
  const [failure] = [...found.failures, ...failures]
  if (failure !== undefined) throw failure
  const what = describeWanted(options)
  const target = typeof place.subject === 'string' ? place.subject : place.subject.digest
  throw new NoMatchError(
    `Nothing is attached to ${target} in ${repo.name}${what && ` that is ${what}`}`,
    what,
  )
}

/** The newest first; as they are listed where that does not matter. */
async function inOrder(
  place: Place,
  found: readonly Referrer[],
  options: ReadArtifactOptions,
): Promise<readonly Referrer[]> {
  if (options.newest === false || found.length < 2) return found
  const dated = await Promise.all(found.map((referrer) => withDate(place, referrer, options)))
  const left = new Map(dated.map((referrer) => [referrer.digest, referrer]))
  const ordered: Referrer[] = []
  for (let next = newest(left.values()); next; next = newest(left.values())) {
    left.delete(next.digest)
    ordered.push(next)
  }
  return ordered
}

/** Some lists leave annotations out, and dates with them. */
async function withDate(
  place: Place,
  referrer: Referrer,
  { predicateType: _, ...options }: ReadOptions,
): Promise<Referrer> {
  if (referrer.annotations) return referrer
  const read = () => select(place, referrer, options)
  return (await attempt(place, referrer, options.signal, [], read)) ?? referrer
}
