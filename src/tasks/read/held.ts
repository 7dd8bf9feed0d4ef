/**
 * The statements in an artifact's blobs, each blob read and taken apart once.
 *
 * @module
 */
import { parseStatements, type WrappedStatement } from '../../model/statement.ts'
import { attempt, type Doubts } from './doubts.ts'
import type { Place } from './find.ts'
import { mayHold, type ReadArtifact } from './open.ts'
import { blobOptions, type ReadOptions, wantedPredicates } from './options.ts'
import { type ReadableBlob, readableBlob } from './readable-blob.ts'

/** A blob, and the statements in it that are wanted. */
export interface Held {
  /** With its bytes at hand. */
  readonly blob: ReadableBlob
  readonly statements: readonly WrappedStatement[]
}

/** The blobs that may hold a wanted statement, as far as what is announced tells. */
export function candidates(artifact: ReadArtifact, options: ReadOptions): readonly ReadableBlob[] {
  const wanted = wantedPredicates(options)
  return artifact.blobs.filter((blob) => mayHold(blob, artifact, wanted))
}

/**
 * Reads one of these. A blob that cannot be read does not keep the others from it.
 *
 * Requests: `GET blobs/<digest>`.
 *
 * @param doubts - what went wrong is added
 * @returns `undefined` where it holds none that is wanted
 */
export async function holdOf(
  { repo, blobs }: Place,
  artifact: ReadArtifact,
  blob: ReadableBlob,
  options: ReadOptions,
  doubts: Doubts,
): Promise<Held | undefined> {
  const wanted = wantedPredicates(options)
  return attempt(repo, artifact, options.signal, doubts, async () => {
    const bytes = (await blob.bytes()) as Uint8Array<ArrayBuffer>
    const statements = parseStatements(bytes).filter(
      ({ statement }) => !wanted || wanted.includes(statement.predicateType),
    )
    if (statements.length === 0) return undefined
    return { blob: readableBlob(blobs, blob, blobOptions(options), bytes), statements }
  })
}
