/**
 * convert(): what is linked in one way, linked in another.
 *
 * @module
 */
import { InvalidInputError } from '../../errors.ts'
import { type Digest, isDigest } from '../../model/digest.ts'
import { parseSubject, type Subject } from '../../model/subject.ts'
import {
  abortSignal,
  boolean,
  type Check,
  type Checks,
  checkOptions,
  milliseconds,
  oneOf,
} from '../../platform/options.ts'
import type { Repository } from '../../registry/repository.ts'
import { budgeted, observed } from '../../registry/views.ts'
import type { PublishOptions, Strategy } from '../../strategies/strategy.ts'
import { discover } from '../discover/discover.ts'
import { depthCheck, levelsOf } from '../lib/depth.ts'
import { everyStrategy } from '../lib/every-strategy.ts'
import { type Scope, scopes } from '../lib/scope-name.ts'
import { checkVerbs, strategy as isStrategy, LINKING } from '../lib/strategy-choice.ts'
import { resolveDigest, resolveSubject } from '../lib/subject.ts'
import type { Certificate } from './certificate.ts'
import { intentOf } from './how.ts'
import { mayShare, traced } from './old-links.ts'
import { convertSubject } from './subject.ts'

/** Options of {@link convert}. */
export interface ConvertOptions extends PublishOptions {
  /** The new way of linking, or several. */
  readonly to: Strategy | readonly Strategy[]
  /**
   * The ways of linking that are converted. One of the name of a new way is another where its repository or prefix
   * is another.
   * @default every other way
   */
  readonly from?: Strategy | readonly Strategy[] | undefined
  /**
   * Whether the old links stay, for readers that know no other. `false` takes each away once its new links were
   * seen to hold the same content, and where nothing is attached to it itself.
   * @default true
   */
  readonly keep?: boolean | undefined
  /**
   * Only say what would be done. Nothing is written.
   * @default false
   */
  readonly dryRun?: boolean | undefined
  /**
   * Whose links: of the image itself, of its platforms, or of all of these.
   * @default 'all'
   */
  readonly scope?: Scope | undefined
  /**
   * How far to follow what is attached to what is attached; `Infinity` for all.
   * @default 1
   */
  readonly depth?: number | undefined
}

const strategies: Check = [
  `${isStrategy[0]}, or a list of at least one`,
  (value) =>
    isStrategy[1](value) ||
    (Array.isArray(value) && value.length > 0 && value.every((one) => isStrategy[1](one))),
]

const checks = (): Checks<ConvertOptions> => ({
  to: strategies,
  from: strategies,
  keep: boolean,
  dryRun: boolean,
  scope: oneOf(...scopes),
  depth: depthCheck,
  settle: milliseconds,
  signal: abortSignal,
})

/**
 * Links in another way what is attached to an image. The image does not change, nor does any content: blobs stay
 * where they are. The new link is written, read again and compared with the old one; only then, and only with
 * `keep: false`, is the old one taken away. Running it again after any failure goes on where it was.
 *
 * Requests: those of `discover()`; for each subject those of listing in each new way; for each artifact `GET` of its
 * manifest, and those of linking without uploads, once for each subject where links are in one document, and none for
 * what is linked so already; `GET` of each new manifest; with `keep: false` those of `detach()`.
 *
 * @param subject - a tag, a digest or a descriptor
 * @returns a certificate, which JSON keeps as it is, and `verifyConversion()` checks later
 * @throws {@link InvalidInputError} naming the option; {@link RegistryError} `NOT_FOUND` when the image is not
 *   there; what one artifact fails of is in the certificate, and the others are converted
 * @example
 * ```ts
 * import { convert, repository } from 'ocilink'
 * import { cosignTags, ociSubject } from 'ocilink/strategies'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * const certificate = await convert(app, 'v1', { from: cosignTags(), to: ociSubject() })
 * if (!certificate.complete) console.log(JSON.stringify(certificate, null, 2))
 * ```
 */
export async function convert(
  repo: Repository,
  subject: Subject,
  options: ConvertOptions,
): Promise<Certificate> {
  checkOptions(options, checks())
  if (options.to === undefined) {
    throw new InvalidInputError('INVALID_INPUT', 'to', strategies[0], undefined)
  }
  const target = parseSubject(repo, subject)
  const { keep = true, dryRun = false, scope = 'all', depth, settle, signal } = options
  const to = [options.to].flat() as readonly Strategy[]
  const others = async () =>
    (await everyStrategy()).filter((one) => !to.some((other) => mayShare(one, other)))
  const from = options.from ? ([options.from].flat() as readonly Strategy[]) : await others()
  checkVerbs(to, [...LINKING, 'read', 'discover'])
  checkVerbs(from, keep ? ['discover', 'read'] : ['discover', 'read', 'withdraw'])
  signal?.throwIfAborted()

  const view = observed(budgeted(repo), () => {}, new Map())
  const image = await resolveSubject(view, target, { intent: intentOf({ dryRun }), signal })
  const old = traced(from)
  const found = await discover(view, image.digest, {
    strategies: old.strategies,
    scope,
    depth: levelsOf(depth),
    signal,
  })
  const bySubject = new Map<Digest, Set<Digest>>()
  for (const { digest, subjects } of found.flat) {
    for (const one of subjects) bySubject.set(one, (bySubject.get(one) ?? new Set()).add(digest))
  }
  const how = { to, keep, dryRun, settle, signal }
  const converted = []
  for (const [one, digests] of bySubject) {
    const linked = old.linksTo(one, (digest) => digests.has(digest))
    converted.push(...(await convertSubject(repo, view, one, linked, how)))
  }
  const tag = typeof target === 'string' && !isDigest(target) ? target : undefined
  const imageUnchanged = tag === undefined || (await leadsTo(repo, tag, image.digest, signal))
  const { mediaType, digest, size } = image
  const failed = converted.some((one) => one.to.some(isIncomplete))
  return {
    version: 1,
    repository: `${repo.registry}/${repo.name}`,
    created: new Date().toISOString(),
    dryRun,
    image: { mediaType, digest, size },
    ...(tag !== undefined && { tag }),
    imageUnchanged,
    converted,
    complete: found.complete && imageUnchanged && !failed,
  }
}

/** What was done has to be said, also where the tag cannot be read any more. */
async function leadsTo(
  repo: Repository,
  tag: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    return (await resolveDigest(repo, tag, { signal })) === digest
  } catch {
    signal?.throwIfAborted()
    return false
  }
}

function isIncomplete({ status, payloadsEqual }: Certificate['converted'][number]['to'][number]) {
  return status === 'failed' || !payloadsEqual
}
