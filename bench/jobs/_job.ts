// What a job is: an image that is prepared, the lines of shell by which each tool does it, and how it is seen
// whether it worked.
import type { Wire } from './_wire.ts'
import type { Outcome, World } from './_world.ts'

export const tools = ['ocilink', 'oras', 'regctl', 'cosign', 'crane'] as const
export type Tool = (typeof tools)[number]

/** A line of shell; or why there is none. */
export type Command = string | { readonly no: string }

/** An image, what was attached to it before, and what is beside it. */
export interface Prepared {
  /** The name of its repository; the tag is `v1`. */
  readonly name: string
  readonly digest: string
  /** Digests of what is attached, by names of the job's own. */
  readonly attached: Readonly<Record<string, string>>
}

/** What a check looks at. */
export interface Done extends Prepared {
  readonly command: string
  readonly outcome: Outcome
  readonly world: World
  /** The registry, read by nothing but `fetch`. */
  readonly wire: Wire
}

export interface Job {
  readonly title: string
  /** What has to be true afterwards. */
  readonly worked: string
  /** What a reader of its numbers has to know. */
  readonly note?: string
  prepare(world: World, name: string): Promise<Prepared>
  readonly commands: Readonly<Record<Tool, Command>>
  /** What is not as it has to be; nothing where it worked. */
  check(done: Done): Promise<string | undefined>
}
