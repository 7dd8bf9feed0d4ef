/**
 * What a sweep finds, and how it goes.
 *
 * @module
 */

/** Something that is no use. */
export interface Swept {
  /**
   * `blob`: no manifest of its repository names it. `upload`: nobody went on with it. `lock`: a write that was not
   * finished, and is now. `tag`: was deleted. `note`: of a manifest that is gone. `parts`: of a
   * copy inside of the store that was not finished.
   */
  readonly what: 'blob' | 'upload' | 'lock' | 'tag' | 'note' | 'parts'
  readonly repository: string
  readonly key: string
  /** Bytes; 0 where the store does not say. */
  readonly size: number
  /** Whether it was taken away. */
  readonly deleted: boolean
}

/** How it is done. */
export interface How {
  /** Milliseconds. */
  readonly olderThan: number
  readonly remove: boolean
}
