/**
 * Opens referrers in turn, and keeps what holds the wanted statements.
 *
 * @module
 */
import { announcedPredicate, parseStatements } from '../../model/statement.ts'
import { warn } from '../../registry/repository.ts'
import type { Referrer } from '../../strategies/strategy.ts'
import { chosenStrategies } from '../lib/strategy-choice.ts'
import { toError } from '../lib/to-error.ts'
import type { Place } from './find.ts'
import { mayHold, openArtifact, type ReadArtifact, withBlobs } from './open.ts'
import type { ReadOptions } from './options.ts'
import { type ReadableBlob, readableBlob } from './readable-blob.ts'

/** Largest blob that is read whole, where the caller sets no limit. */
const LIMIT = 64 * 1024 * 1024

/** How blobs are read. */
export function blobOptions({ limit = LIMIT, signal }: ReadOptions): {
  readonly limit: number
  readonly signal: AbortSignal | undefined
} {
  return { limit, signal }
}

/** The predicate types that are wanted; `undefined` for any. */
export function wantedPredicates({ predicateType }: ReadOptions): readonly string[] | undefined {
  return predicateType === undefined ? undefined : [predicateType].flat()
}

/**
 * The artifact of a referrer, where it holds what is wanted; of several blobs only those that do.
 *
 * Requests: one for its manifest; with a `predicateType`, one for each blob that may hold a statement of it, and
 * none for a referrer that is announced to be of another.
 */
export async function select(
  { repo }: Place,
  referrer: Referrer,
  options: ReadOptions,
): Promise<ReadArtifact | undefined> {
  const wanted = wantedPredicates(options)
  const announced = announcedPredicate(referrer.annotations)
  if (wanted && announced !== undefined && !wanted.includes(announced)) return undefined
  const how = blobOptions(options)
  const artifact = await openArtifact(repo, referrer, chosenStrategies(options) ?? [], how)
  if (!wanted) return artifact
  const read = artifact.blobs.map(async (blob): Promise<ReadableBlob | undefined> => {
    if (!mayHold(blob, artifact, wanted)) return undefined
    const bytes = (await blob.bytes()) as Uint8Array<ArrayBuffer>
    const holds = parseStatements(bytes).some(({ statement }) =>
      wanted.includes(statement.predicateType),
    )
    return holds ? readableBlob(repo, blob, how, bytes) : undefined
  })
  const blobs = (await Promise.all(read)).filter((blob) => blob !== undefined)
  return blobs.length > 0 ? withBlobs(artifact, blobs) : undefined
}

/**
 * Does something with each referrer; one that cannot be read costs a warning, and is kept for when nothing can.
 *
 * @param failures - what went wrong is added
 */
export async function attempt<T>(
  { repo }: Place,
  { digest }: Referrer,
  signal: AbortSignal | undefined,
  failures: unknown[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    signal?.throwIfAborted()
    failures.push(error)
    warn(repo, `The referrer ${digest} cannot be read: ${toError(error).message}`)
    return undefined
  }
}
