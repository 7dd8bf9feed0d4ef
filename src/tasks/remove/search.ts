/**
 * What was found of an image that is to be removed, and what of it goes.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import { parseDigestTag, subjectOfTag } from '../../model/digest-tags.ts'
import { referrersTag } from '../../model/referrers-tag.ts'
import type { TagTargets } from '../../registry/lists/tag-targets.ts'
import type { Repository } from '../../registry/repository.ts'
import type { Attached } from './attached.ts'
import type { Part } from './contents.ts'

/** What a plan is made from. */
export interface Search {
  readonly repo: Repository
  readonly tags: TagTargets
  readonly names: readonly string[]
  readonly tag: string | undefined
  readonly parts: ReadonlyMap<Digest, Part>
  readonly attached: Attached
  /** Whether what is attached goes too. */
  readonly referrers: boolean
}

/** Manifests that go, each with the reason. */
export type Going = ReadonlyMap<Digest, string>

/**
 * What of that which goes a tag links something to. Of a sha512 digest a tag has the first 64 characters only; that is as
 * much as a whole sha256 digest has, and nobody makes two that share it.
 */
export function subjectIn(going: Going, tag: string): Digest | undefined {
  const whole = subjectOfTag(tag)
  if (whole !== undefined) return going.has(whole) ? whole : undefined
  const parts = parseDigestTag(tag)
  if (!parts || parts.kind === 'object') return undefined
  const cut = `${parts.algorithm}-${parts.hex}`
  return [...going.keys()].find((digest) => referrersTag(digest) === cut)
}
