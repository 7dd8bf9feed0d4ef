/**
 * What the tags of a repository lead to, and what the indexes among that list. No request says which tags lead to a
 * digest (distribution-spec 1.1 lists names only), so each is looked up, up to a bound.
 *
 * @module
 */
import { AuthError, ContentError, InvalidInputError, RegistryError } from '../../errors.ts'
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import { fieldsOf } from '../../platform/body.ts'
import { abortSignal, checkOptions, positiveInteger } from '../../platform/options.ts'
import { EVERY_TYPE } from '../every-type.ts'
import { findListed } from '../find-named.ts'
import { headManifest } from '../manifests.ts'
import type { CallOptions } from '../options.ts'
import type { Repository } from '../repository.ts'
import { BUSY } from '../wire/failures.ts'
import { allTags } from './tags.ts'

/** Options of {@link tagTargets}. */
export interface TagTargetsOptions extends CallOptions {
  /**
   * Where the repository has more tags than this, none is looked up; and no more indexes are read.
   * @default 1000
   */
  readonly maxTags?: number | undefined
}

/** What is known of a repository's tags. What was looked up once is not looked up again. */
export interface TagTargets {
  /** @internal */
  readonly [state]: State
}

/** What a tag leads to, or an index lists. */
export type Target = Pick<Descriptor, 'digest' | 'mediaType'>

/** What was seen; or why it could not be, for people. */
export type Seen<T> =
  | { readonly value: T; readonly unseen?: undefined }
  | { readonly unseen: string; readonly value?: undefined }

const state: unique symbol = /* @__PURE__ */ Symbol('ocilink.tags')

/** Bytes of indexes that one call reads: 1000 of usual size are 2 MB. */
export const MAX_BYTES: number = 64 * 1024 * 1024

interface State {
  readonly repo: Repository
  readonly maxTags: number
  readonly signal: AbortSignal | undefined
  names: Promise<Seen<readonly string[]>> | undefined
  /** Tags that something was found at, so that a list without them is not all. */
  readonly met: Set<string>
  readonly targets: Map<string, Promise<Seen<Target | undefined>>>
  readonly contents: Map<Digest, Promise<Seen<readonly Target[] | undefined>>>
  indexes: number
  bytes: number
}

/**
 * Looks at what the tags of a repository lead to, for `whatReaches()`. Sends nothing yet.
 *
 * @throws `InvalidInputError` naming the option
 * @example
 * ```ts
 * import { parseDigest, repository } from 'ocilink'
 * import { tagTargets, whatReaches } from 'ocilink/registry'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * // Several questions look up each tag once.
 * const tags = tagTargets(app, { maxTags: 5000 })
 * const digest = parseDigest(`sha256:${'0'.repeat(64)}`)
 * console.log(await whatReaches(app, digest, { tags }))
 * ```
 */
export function tagTargets(repo: Repository, options: TagTargetsOptions = {}): TagTargets {
  checkOptions(options, { maxTags: positiveInteger, signal: abortSignal })
  const { maxTags = 1000, signal } = options
  const empty = { names: undefined, targets: new Map(), contents: new Map(), indexes: 0, bytes: 0 }
  return { [state]: { repo, maxTags, signal, met: new Set(), ...empty } }
}

/** @internal The names of all tags, where there are not too many and the list has all that were met. */
export async function tagNames({ [state]: own }: TagTargets): Promise<Seen<readonly string[]>> {
  own.names ??= readNames(own)
  const names = await own.names
  const missing = [...own.met].find((tag) => names.value && !names.value.includes(tag))
  if (missing === undefined) return names
  return { unseen: `its tags cannot be listed: the list lacks ${missing}, which is there` }
}

/** @internal Says that something was found at a tag. */
export function metTag({ [state]: own }: TagTargets, tag: string): void {
  own.met.add(tag)
}

async function readNames({ repo, maxTags, signal }: State): Promise<Seen<readonly string[]>> {
  const names: string[] = []
  try {
    for await (const page of allTags(repo, signal)) {
      names.push(...page)
      if (names.length > maxTags) return { unseen: `the repository has more than ${maxTags} tags` }
    }
  } catch (error) {
    return { unseen: `its tags cannot be listed: ${why(error)}` }
  }
  return { value: names }
}

/** @internal What a tag leads to; `undefined` where it is gone. */
export function targetOf(
  { [state]: own }: TagTargets,
  tag: string,
): Promise<Seen<Target | undefined>> {
  const known = own.targets.get(tag) ?? readTarget(own, tag)
  own.targets.set(tag, known)
  return known
}

async function readTarget({ repo, signal }: State, tag: string): Promise<Seen<Target | undefined>> {
  try {
    const ask = { intent: 'push', accept: EVERY_TYPE, signal } as const
    // Some registries answer HEAD with 404 for what GET has.
    return {
      value: (await headManifest(repo, tag, ask)) ?? (await findListed(repo, tag, ask))?.descriptor,
    }
  } catch (error) {
    return { unseen: `what the tag ${tag} leads to cannot be read: ${why(error)}` }
  }
}

/** @internal Starts to look up tags while something else is read; no more than may be under way at once. */
export async function lookAhead(tags: TagTargets): Promise<void> {
  const { value: names = [] } = await tagNames(tags)
  await Promise.allSettled(names.slice(0, 12).map((tag) => targetOf(tags, tag)))
}

/** @internal Says what is at a tag now: it was changed. */
export function movedTag(
  { [state]: own }: TagTargets,
  tag: string,
  target: Target | undefined,
): void {
  own.targets.set(tag, Promise.resolve({ value: target }))
}

/** @internal What a manifest names, but for what it is attached to; `undefined` where it is gone. */
export function listedIn(
  { [state]: own }: TagTargets,
  digest: Digest,
): Promise<Seen<readonly Target[] | undefined>> {
  const known = own.contents.get(digest) ?? readContents(own, digest)
  own.contents.set(digest, known)
  return known
}

async function readContents(
  own: State,
  digest: Digest,
): Promise<Seen<readonly Target[] | undefined>> {
  const { repo, maxTags, signal } = own
  if (++own.indexes > maxTags) return { unseen: `there are more than ${maxTags} indexes to read` }
  if (own.bytes > MAX_BYTES) return { unseen: `there are more than ${MAX_BYTES} bytes of indexes` }
  try {
    const stored = await findListed(repo, digest, { intent: 'push', accept: EVERY_TYPE, signal })
    own.bytes += stored?.bytes.byteLength ?? 0
    return { value: stored && namedIn(stored.bytes) }
  } catch (error) {
    return { unseen: `what ${digest} lists cannot be read: ${why(error)}` }
  }
}

/**
 * Every descriptor in a document but what it is attached to. Not as strict as a parser: a document that others can
 * read counts, whatever is wrong with it.
 */
function namedIn(bytes: Uint8Array): readonly Target[] {
  const found: Target[] = []
  const rest: unknown[] = [fieldsOf(bytes)]
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value !== 'object' || value === null) continue
    const { digest, mediaType } = value as Partial<Descriptor>
    if (typeof digest === 'string') found.push({ digest, mediaType: `${mediaType}` })
    for (const [key, inner] of Object.entries(value)) {
      if (!['subject', 'reference', 'refers'].includes(key)) rest.push(inner)
    }
  }
  return found
}

/**
 * Why something cannot be seen.
 *
 * @throws what may be otherwise the next time: a registry that is too busy is not one that hides its tags
 */
function why(error: unknown): string {
  const passes = error instanceof RegistryError && BUSY.includes(error.status)
  const kinds = [RegistryError, AuthError, ContentError, InvalidInputError]
  if (passes || !kinds.some((kind) => error instanceof kind)) throw error
  return (error as Error).message
}
