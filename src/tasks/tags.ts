/**
 * tags(): the tags of a repository, those that people chose told apart from those that link.
 *
 * @module
 */

import { parseDigestTag } from '../model/digest-tags.ts'
import type { Algorithm } from '../platform/hasher.ts'
import { type Listing, listing } from '../registry/lists/listing.ts'
import { type ListTagsOptions, listTags } from '../registry/lists/tags.ts'
import type { Repository } from '../registry/repository.ts'

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

/** One tag. */
export interface TagEntry {
  readonly tag: string
  /** Chosen by somebody, or made of a digest to link something to it. */
  readonly kind: 'named' | 'link'
  readonly links?: TagLink
}

/** Options of {@link tags}. */
export interface TagsOptions extends ListTagsOptions {
  /**
   * Only tags of this kind.
   * @default both
   */
  readonly kind?: TagEntry['kind'] | undefined
}

/**
 * Lists the tags of a repository. Registries show the tags that hold links among the real ones; here
 * each says what it is, by its spelling alone.
 *
 * Requests: `GET tags/list`, one per page, when iterated.
 *
 * @example
 * ```ts
 * import { repository, tags } from 'ocilink'
 *
 * const app = repository('127.0.0.1:5000/team/app')
 * for await (const { tag } of tags(app, { kind: 'named' })) console.log(tag)
 * ```
 */
export function tags(repo: Repository, options: TagsOptions = {}): Listing<TagEntry> {
  const { kind, ...rest } = options
  const names = listTags(repo, rest)
  return listing(async function* () {
    for await (const page of names.pages()) {
      yield page.map(toEntry).filter((entry) => kind === undefined || entry.kind === kind)
    }
  })
}

function toEntry(tag: string): TagEntry {
  const parts = parseDigestTag(tag)
  if (!parts) return { tag, kind: 'named' }
  const { algorithm, hex } = parts
  switch (parts.kind) {
    case 'bare':
      return { tag, kind: 'link', links: { spelling: 'referrers-tag', algorithm, hex } }
    case 'object':
      return { tag, kind: 'link', links: { spelling: 'object-tag', algorithm, hex } }
    case 'suffixed':
      return {
        tag,
        kind: 'link',
        links: { spelling: 'cosign', algorithm, hex, type: parts.suffix },
      }
    case 'artifact':
      return {
        tag,
        kind: 'link',
        links: { spelling: 'digest-tag', algorithm, hex, type: parts.type },
      }
    default:
      return parts satisfies never
  }
}
