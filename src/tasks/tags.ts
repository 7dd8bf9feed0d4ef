/**
 * tags(): the tags of a repository, those that people chose and those that link.
 *
 * @module
 */

import { type DigestTag, parseDigestTag } from '../model/digest-tags.ts'
import type { Algorithm } from '../platform/hasher.ts'
import {
  abortSignal,
  type Checks,
  checkOptions,
  oneOf,
  positiveInteger,
  string,
} from '../platform/options.ts'
import { type Listing, listing } from '../registry/lists/listing.ts'
import { type ListTagsOptions, listTags } from '../registry/lists/tags.ts'
import type { Repository } from '../registry/repository.ts'
import { checkGiven } from './lib/filters.ts'

/** What a linking tag links to. */
export interface TagLink {
  /** Whose spelling the tag is in. */
  readonly spelling: 'referrers-tag' | 'cosign' | 'digest-tag' | 'object-tag'
  /** Algorithm of the subject's digest. */
  readonly algorithm: Algorithm
  /**
   * The subject's hex; of sha384 and sha512 only the first 64 characters are in a tag. An `object-tag`
   * has lost its subject: it names what is at it, an object of a node that the registry did not take.
   */
  readonly hex: string
  /** What is linked, such as `sig` or `sbom`, where the tag says so. */
  readonly type?: string
}

/** A tag that somebody chose. */
export interface NamedTag {
  readonly kind: 'named'
  readonly tag: string
}

/** A tag made of a digest, to link something to it. */
export interface LinkTag {
  readonly kind: 'link'
  readonly tag: string
  readonly links: TagLink
}

/** One tag; `kind` says which of the two. */
export type TagEntry = NamedTag | LinkTag

/** Options of {@link tags}. */
export interface TagsOptions<Kind extends TagEntry['kind'] = TagEntry['kind']>
  extends ListTagsOptions {
  /**
   * Only tags of this kind.
   * @default both
   */
  readonly kind?: Kind
}

// A function, so that bundlers drop it with the call that uses it.
const checks = (): Checks<TagsOptions> => ({
  kind: oneOf('named', 'link'),
  pageSize: positiveInteger,
  last: string,
  maxPages: positiveInteger,
  signal: abortSignal,
})

/**
 * Lists the tags of a repository. Registries show the tags that hold links among the real ones; here
 * each says what it is, by its spelling alone.
 *
 * Requests: `GET tags/list`, one per page, when iterated.
 *
 * @throws `InvalidInputError` naming the option, at once
 * @example
 * ```ts
 * import { repository, tags } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * for await (const { tag } of tags(app, { kind: 'named' })) console.log(tag)
 * ```
 */
export function tags<Kind extends TagEntry['kind'] = TagEntry['kind']>(
  repo: Repository,
  options: TagsOptions<Kind> = {},
): Listing<Extract<TagEntry, { kind: Kind }>> {
  checkOptions<TagsOptions>(options, checks())
  checkGiven(options, ['kind'])
  const { kind, ...rest } = options
  const names = listTags(repo, rest)
  const isWanted = (entry: TagEntry): entry is Extract<TagEntry, { kind: Kind }> =>
    kind === undefined || entry.kind === kind
  return listing(async function* () {
    for await (const page of names.pages()) yield page.map(toEntry).filter(isWanted)
  })
}

function toEntry(tag: string): TagEntry {
  const parts = parseDigestTag(tag)
  return parts ? { tag, kind: 'link', links: toLink(parts) } : { tag, kind: 'named' }
}

function toLink(parts: DigestTag): TagLink {
  const { algorithm, hex } = parts
  switch (parts.kind) {
    case 'bare':
      return { spelling: 'referrers-tag', algorithm, hex }
    case 'object':
      return { spelling: 'object-tag', algorithm, hex }
    case 'suffixed':
      return { spelling: 'cosign', algorithm, hex, type: parts.suffix }
    case 'artifact':
      return { spelling: 'digest-tag', algorithm, hex, type: parts.type }
    default:
      return parts satisfies never
  }
}
