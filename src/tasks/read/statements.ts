/**
 * statements(): the in-toto statements about an image, however they are wrapped and linked.
 *
 * @module
 */
import { type Digest, parseDigest } from '../../model/digest.ts'
import { isAbout, type Statement, type StatementWrapper } from '../../model/statement.ts'
import type { Subject } from '../../model/subject.ts'
import { type Listing, listing } from '../../registry/lists/listing.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Referrer, SubjectReference, Via } from '../../strategies/strategy.ts'
import { type Doubts, noDoubts } from './doubts.ts'
import { findEverywhere, openPlace, type Place, settleDoubts } from './find.ts'
import { candidates, holdOf } from './held.ts'
import { inTurn } from './in-turn.ts'
import type { ReadArtifact } from './open.ts'
import { checkReadOptions, type ReadOptions } from './options.ts'
import type { ReadableBlob } from './readable-blob.ts'
import { open } from './select.ts'

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
 * @throws while iterating, after what could be read: whatever kept a source, or one referrer, from answering, since a
 *   busy registry may answer later; {@link ContentError} `TOO_LARGE` where there are more than one call follows; of
 *   what nobody can read, where nothing else was read (else the repository's `onWarning` is called);
 *   {@link InvalidInputError} naming the option, at once
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
    const doubts = noDoubts()
    let none = true
    const read = ({ artifact, blob }: Candidate) =>
      readStatements(place, artifact, blob, options, doubts)
    const opened = openCandidates(place, found.referrers, options, doubts)
    for await (const page of inTurn(opened, read)) {
      if (page.length === 0) continue
      none = false
      yield page
    }
    settleDoubts(found, doubts, none)
  })
}

/** A blob that may hold a statement. */
interface Candidate {
  readonly artifact: ReadArtifact
  readonly blob: ReadableBlob
}

async function* openCandidates(
  place: Place,
  referrers: readonly Referrer[],
  options: ReadOptions,
  doubts: Doubts,
): AsyncGenerator<Candidate, void, undefined> {
  const read = (referrer: Referrer) => open(place, referrer, options, doubts)
  for await (const artifact of inTurn(referrers, read)) {
    if (!artifact) continue
    for (const blob of candidates(artifact, options)) yield { artifact, blob }
  }
}

async function readStatements(
  place: Place,
  artifact: ReadArtifact,
  candidate: ReadableBlob,
  options: ReadOptions,
  doubts: Doubts,
): Promise<readonly FoundStatement[]> {
  const held = await holdOf(place, artifact, candidate, options, doubts)
  if (!held) return []
  const { subject, via } = artifact
  const digest: Digest = parseDigest(subject.digest)
  return held.statements.map(({ statement, wrapper }): FoundStatement => {
    const { predicateType, predicate } = statement
    const subjectMatches = isAbout(statement, digest)
    const about = { predicateType, predicate, subjectMatches, verified: false as const }
    return { ...about, wrapper, statement, subject, via, referrer: artifact, blob: held.blob }
  })
}
