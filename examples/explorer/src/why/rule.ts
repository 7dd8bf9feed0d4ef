/**
 * What a rule of discovery is: where a client looks, and what it takes there for what.
 *
 * @module
 */
import type { Kind } from './kinds.ts'
import type { PlaceName } from './places.ts'

/** One place where a client looks for things of one kind. */
export interface Rule {
  /** The command, or what else looks there. */
  readonly command: string
  readonly place: PlaceName
  /**
   * Types of artifacts, or of their layers, that it takes there; a `*` stands for any end.
   * @default all of the kind
   */
  readonly types?: readonly string[]
  /** It takes all of these types for one of the kind, whatever they hold. */
  readonly anyKind?: true
  /** It reads image manifests only. */
  readonly images?: true
  /** It goes by the type that the list has for an entry, and not by the manifest's own. */
  readonly listed?: true
  /** It fails where more than so many are listed. */
  readonly atMost?: number
  /** It reads the first page of the list, and no other. */
  readonly firstPage?: true
  /** Where it has found anything of these types, whatever it holds, the same command looks no further. */
  readonly stops?: true
  /** It looks there only with this option, or this setting. */
  readonly option?: string
  /** What makes something that it finds there. */
  readonly make?: string
  /** Where that is documented, or written in its source. */
  readonly source: string
  /** Whether a test asks the real client. */
  readonly checked: boolean
}

/** A kind that a client has no notion of. */
export interface Never {
  /** Why, as the rest of a sentence that begins with its name. */
  readonly never: string
  readonly source: string
  readonly checked: boolean
}

/** A program, and where it looks for each kind, in its order. */
export interface Client {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly reads: Readonly<Record<Kind, readonly Rule[] | Never>>
}
