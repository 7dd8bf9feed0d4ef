/**
 * What was found of an image that is to be removed, and what of it goes.
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
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
