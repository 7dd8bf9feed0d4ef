/**
 * Opens a referrer, and keeps of it what is wanted.
 *
 * @module
 */
import { announcedPredicate } from '../../model/statement.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { attempt, type Doubts } from './doubts.ts'
import type { Place } from './find.ts'
import { candidates, holdOf } from './held.ts'
import { inTurn } from './in-turn.ts'
import { openArtifact, type ReadArtifact, withBlobs } from './open.ts'
import { blobOptions, type ReadOptions, wantedPredicates } from './options.ts'
import type { ReadableBlob } from './readable-blob.ts'

/**
 * The artifact of a referrer, whatever its blobs hold; none where it cannot be read, or is announced to be of another
 * predicate type than the wanted.
 *
 * Requests: one for its manifest; none for what is announced to be of another.
 *
 * @param doubts - what went wrong is added
 */
export async function open(
  { repo, blobs }: Place,
  referrer: Referrer,
  options: ReadOptions,
  doubts: Doubts,
): Promise<ReadArtifact | undefined> {
  const wanted = wantedPredicates(options)
  const announced = announcedPredicate(referrer.annotations)
  if (wanted && announced !== undefined && !wanted.includes(announced)) return undefined
  const known = chosenStrategies(options) ?? []
  const how = blobOptions(options)
  return attempt(repo, referrer, options.signal, doubts, () =>
    openArtifact({ repo, blobs }, referrer, known, how),
  )
}

/**
 * The same where it holds what is wanted; with a `predicateType` of several blobs only those that do.
 *
 * Requests: as `open()`; with a `predicateType` one for each blob that may hold a statement of it.
 */
export async function select(
  place: Place,
  referrer: Referrer,
  options: ReadOptions,
  doubts: Doubts,
): Promise<ReadArtifact | undefined> {
  const artifact = await open(place, referrer, options, doubts)
  if (!artifact || !wantedPredicates(options)) return artifact
  const { limit } = blobOptions(options)
  const chosen: ReadableBlob[] = []
  let kept = 0
  const read = (blob: ReadableBlob) => holdOf(place, artifact, blob, options, doubts)
  for await (const held of inTurn(candidates(artifact, options), read)) {
    if (!held) continue
    const { blob } = held
    kept += blob.size
    // More than one blob may have in memory is read again when it is wanted.
    const own = kept <= limit ? blob : artifact.blobs.find(({ digest }) => digest === blob.digest)
    chosen.push(own ?? blob)
  }
  return chosen.length > 0 ? withBlobs(artifact, chosen) : undefined
}
