/**
 * diff(): what is attached to one image and not to another.
 *
 * @module
 */
import type { Digest } from '../model/digest.ts'
import { parseSubject, type Subject } from '../model/subject.ts'
import {
  abortSignal,
  type Checks,
  checkOptions,
  oneOf,
  positiveInteger,
} from '../platform/options.ts'
import { internalsOf, type Repository } from '../registry/repository.ts'
import { type Discovery, discover } from './discover/discover.ts'
import type { FoundReferrer } from './discover/found-tree.ts'
import type { Source } from './discover/source.ts'
import { depthCheck, levelsOf } from './lib/depth.ts'
import { type SameAs, sameAmong } from './lib/holds.ts'
import { type Scope, scopes } from './lib/scope-name.ts'
import { resolveDigest } from './lib/subject.ts'

/** Options of {@link diff}. */
export interface DiffOptions {
  /**
   * How far to follow referrers of referrers: 1 for what points at the images, 2 for signatures of their SBOMs, and so
   * on; `Infinity` for all there is.
   * @default 1
   */
  readonly depth?: number | undefined
  /**
   * Whose referrers: of the image itself, of the platforms in its index, or of all of these.
   * @default 'all'
   */
  readonly scope?: Scope | undefined
  /**
   * Most referrers to follow on each side; where there are more the answer is not complete.
   * @default 10_000
   */
  readonly maxReferrers?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** How two images differ in what is attached to them. */
export interface Difference {
  /** Attached to the first image, and not to the second. */
  readonly onlyHere: readonly FoundReferrer[]
  /** Attached to the second image, and not to the first. */
  readonly onlyThere: readonly FoundReferrer[]
  /** Attached to both, as they were found on the first. */
  readonly both: readonly FoundReferrer[]
  /** `false` when a source could not be read: then what seems to be on one side only may be on both, and more be on either. */
  readonly complete: boolean
  readonly sources: { readonly here: readonly Source[]; readonly there: readonly Source[] }
  /**
   * Why there may be more than was looked at, beside sources that could not be read: more referrers than
   * `maxReferrers`, or an index with more levels or platforms than one call goes through.
   */
  readonly cut?: Error
}

/**
 * Compares what is attached to two images, however it was linked, wherever they are. The same is what has one digest and
 * is attached to the same: to both images, to the same platform, or to the same referrer. How it is linked makes no
 * difference. What cosign keeps at a tag is the same where the other tag has all of its layers.
 *
 * Requests: those of `discover()`, for each side, at the same time.
 *
 * @param here - the repository of the first image
 * @param subject - a tag, `sha256:<64 hex>` or a descriptor
 * @param there - the repository of the second image: any, also the same one
 * @param other - a tag, `sha256:<64 hex>` or a descriptor
 * @throws `RegistryError` 404 when a tag is not there; `InvalidInputError` naming the option
 * @example
 * ```ts
 * import { diff, repository } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const mirror = repository('127.0.0.1:5001/mirror/app')
 * const { onlyHere, complete } = await diff(app, 'v1', mirror, 'v1')
 * if (!complete || onlyHere.length > 0) console.log('something stayed behind, or could not be seen')
 * ```
 */
export async function diff(
  here: Repository,
  subject: Subject,
  there: Repository,
  other: Subject,
  options: DiffOptions = {},
): Promise<Difference> {
  checkOptions(options, checks())
  internalsOf(here, 'here')
  internalsOf(there, 'there')
  const targets = [parseSubject(here, subject), parseSubject(there, other, 'other')] as const
  options.signal?.throwIfAborted()
  const [a, b] = await Promise.all([
    look(here, targets[0], options),
    look(there, targets[1], options),
  ])
  const cut = a.cut ?? b.cut
  const both: FoundReferrer[] = []
  const onlyHere: FoundReferrer[] = []
  for (const found of a.flat) (hasSame(b, found, a) ? both : onlyHere).push(found)
  return {
    onlyHere,
    onlyThere: b.flat.filter((found) => !hasSame(a, found, b)),
    both,
    complete: a.complete && b.complete,
    sources: { here: a.sources, there: b.sources },
    ...(cut && { cut }),
  }
}

/** What is attached to one of the images. */
interface Side extends Discovery {
  readonly image: Digest
  readonly sameAs: SameAs
}

async function look(
  repo: Repository,
  target: ReturnType<typeof parseSubject>,
  { depth, scope = 'all', maxReferrers, signal }: DiffOptions,
): Promise<Side> {
  const image = await resolveDigest(repo, target, { signal })
  const found = await discover(repo, image, {
    depth: levelsOf(depth),
    scope,
    maxReferrers,
    signal,
  })
  return {
    ...found,
    image,
    sameAs: sameAmong(found.flat),
  }
}

/** Whether one side has what was found on the other, attached to the same. */
function hasSame(side: Side, found: FoundReferrer, own: Side): boolean {
  const wanted = found.subjects.map((subject) => (subject === own.image ? side.image : subject))
  return wanted.every((subject) => side.sameAs(found, subject).length > 0)
}

// A function, so that bundlers drop it with the call that uses it.
const checks = (): Checks<DiffOptions> => ({
  depth: depthCheck,
  scope: oneOf(...scopes),
  maxReferrers: positiveInteger,
  signal: abortSignal,
})
