/**
 * statements(): the in-toto statements about an image, however they are wrapped and linked.
 *
 * @module
 */
import { type Digest, parseDigest } from '../../model/digest.ts'
import {
  isAbout,
  parseStatements,
  type Statement,
  type StatementWrapper,
} from '../../model/statement.ts'
import type { Subject } from '../../model/subject.ts'
import { type Listing, listing } from '../../registry/lists/listing.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Referrer, SubjectReference, Via } from '../../strategies/strategy.ts'
import { findEverywhere, openPlace, type Place } from './find.ts'
import { inTurn } from './in-turn.ts'
import { mayHold } from './open.ts'
import { checkReadOptions, type ReadOptions } from './options.ts'
import type { ReadableBlob } from './readable-blob.ts'
import { attempt, select, wantedPredicates } from './select.ts'

/** Options of {@link statements}; every way of linking is looked at where no strategy is named. */
export type StatementsOptions = ReadOptions

/** A statement that is attached to an image. */
export interface FoundStatement {
  /** Such as `https://slsa.dev/provenance/v1`. */
  readonly predicateType: string
  /** What is stated; its shape is that of the type. */
  readonly predicate: unknown
  /**
   * Whether one of its subjects has the digest of the manifest that it is linked to. A statement that names another
   * image, or none, says nothing about this one, whatever it is linked to.
   */
  readonly subjectMatches: boolean
  /** Always `false`: signatures are checked by who has the keys, and not here. */
  readonly verified: false
  /** How it was wrapped: a Sigstore bundle, a DSSE envelope, or not at all. */
  readonly wrapper: StatementWrapper
  /** The whole statement, with its subjects. */
  readonly statement: Statement
  /** What it is linked to. */
  readonly subject: SubjectReference
  /** How it was found. */
  readonly via: readonly Via[]
  /** What holds it. */
  readonly referrer: Referrer
  /** The blob that it is in; `bytes()` has the envelope with its signatures. */
  readonly blob: ReadableBlob
}

/**
 * Reads the in-toto statements that are attached to a subject: bare, in DSSE envelopes, in Sigstore bundles, one
 * in each line; linked in any way. Lazy: no request is made before the first is wanted.
 *
 * Requests: those of `discover()`; then one for each manifest, and one for each blob that may hold a statement,
 * some at a time. What is announced to be of another `predicateType` is not fetched.
 *
 * @param subject - a tag, a digest, a descriptor or a referrer
 * @throws while iterating, after what could be read: whatever kept a source from answering, or a blob from being
 *   read where nothing else was (else the repository's `onWarning` is called); {@link InvalidInputError} naming
 *   the option, at once
 * @see in-toto Attestation Framework 1.0; DSSE 1.0
 * @example
 * ```ts
 * import { repository, statements } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const predicateType = 'https://slsa.dev/provenance/v1'
 * for await (const { predicate, subjectMatches } of statements(app, 'v1', { predicateType })) {
 *   if (subjectMatches) console.log(predicate)
 * }
 * ```
 */
export function statements(
  repo: Repository,
  subject: Subject,
  options: StatementsOptions = {},
): Listing<FoundStatement> {
  checkReadOptions(options)
  return listing(async function* () {
    const place = await openPlace(repo, subject, options)
    const found = await findEverywhere(place, options)
    const failures: unknown[] = []
    let none = true
    const read = (referrer: Referrer) => readStatements(place, referrer, options, failures)
    for await (const page of inTurn(found.referrers, read)) {
      if (page.length === 0) continue
      none = false
      yield page
    }
    const [failure] = [...found.failures, ...(none ? failures : [])]
    if (failure !== undefined) throw failure
  })
}

/** The statements of one referrer; a blob that cannot be read does not keep the others from it. */
async function readStatements(
  place: Place,
  referrer: Referrer,
  options: ReadOptions,
  failures: unknown[],
): Promise<readonly FoundStatement[]> {
  const { signal } = options
  const wanted = wantedPredicates(options)
  const { predicateType: _, ...others } = options
  const open = () => select(place, referrer, wanted ? options : others)
  const artifact = await attempt(place, referrer, signal, failures, open)
  if (!artifact) return []
  const blobs = artifact.blobs.filter((blob) => mayHold(blob, artifact, wanted))
  const read = blobs.map(async (blob) => {
    const parse = async () => parseStatements(await blob.bytes())
    const wrapped = (await attempt(place, referrer, signal, failures, parse)) ?? []
    return wrapped
      .filter(({ statement }) => !wanted || wanted.includes(statement.predicateType))
      .map(({ statement, wrapper }): FoundStatement => {
        const { predicateType, predicate } = statement
        const { subject, via } = artifact
        const digest: Digest = parseDigest(subject.digest)
        const subjectMatches = isAbout(statement, digest)
        const about = { predicateType, predicate, subjectMatches, verified: false as const }
        return { ...about, wrapper, statement, subject, via, referrer: artifact, blob }
      })
  })
  return (await Promise.all(read)).flat()
}
