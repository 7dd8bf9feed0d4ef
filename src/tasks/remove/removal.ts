/**
 * What remove() is given, and what it gives.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { PublishOptions } from '../../strategies/strategy.ts'
import type { DeletedItem, DeleteProgress, KeptManifest } from '../lib/deletes/step.ts'
import type { StrategyChoice } from '../lib/strategy-choice.ts'

/**
 * Options of `remove()`. Where no strategy is named, what is attached is looked for in every way but those whose
 * lists the registry was not seen to have (`capabilities`): the proposals of 2022 cost a request for each.
 */
export type RemoveOptions = PublishOptions &
  StrategyChoice & {
    /**
     * Delete what is attached too, to the image and to each of its platforms.
     * @default false
     */
    readonly referrers?: boolean | undefined
    /**
     * How far to follow referrers of referrers: 1 for what points at the image, 2 for signatures of its SBOMs, and so
     * on; `Infinity` for all there is. A registry's list of referrers is read for each of them.
     * @default 1
     */
    readonly depth?: number | undefined
    /**
     * Only say what would be done. Nothing is written.
     * @default false
     */
    readonly dryRun?: boolean | undefined
    /**
     * A plan that was made before: of it only what a plan made now has too, and nothing to which something was attached
     * since; where the image is gone already, the rest of it that nothing needs.
     * @default a plan is made, and carried out
     */
    readonly plan?: Removal | undefined
    /**
     * How many tags are looked up for what else leads to what is to be deleted. Where the repository has more, all of
     * it stays.
     * @default 1000
     */
    readonly maxTags?: number | undefined
    /** Called with each item when it is done, and how many there are. */
    readonly onProgress?: ((progress: DeleteProgress) => void) | undefined
  }

/** What remove() did, or would do. As JSON it says the same. */
export interface Removal {
  readonly registry: string
  readonly repository: string
  readonly dryRun: boolean
  /** The image. */
  readonly image: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>
  /** The tag by which it was named. */
  readonly tag?: string
  readonly items: readonly DeletedItem[]
  /** What something else needs, and stays. */
  readonly kept: readonly KeptManifest[]
  /** Whether the tags and all that is attached could be listed, what leads to them could be seen, and all was done. */
  readonly complete: boolean
}
