/**
 * A referrer on its way.
 *
 * @module
 */
import type { Descriptor } from '../../model/descriptor.ts'
import type { Digest } from '../../model/digest.ts'
import type { Referrer, Strategy } from '../../strategies/strategy.ts'
import type { FoundReferrer } from '../discover/found-tree.ts'
import type { Contents, SourceManifest } from './contents.ts'
import type { Job } from './job.ts'
import type { CopiedReferrer } from './report.ts'

/** A referrer, what is left to do for it, and what became of it. */
export interface Node {
  readonly found: FoundReferrer
  /** The subjects that it still has to be linked to, and by which ways. */
  readonly missing: ReadonlyMap<Digest, readonly Strategy[]>
  /** Once its content is at the destination. */
  source?: SourceManifest
  /** `undefined` while it is linked to nothing there. */
  status: CopiedReferrer['status'] | undefined
  /** What was linked in its place. */
  readonly as: Referrer[]
}

/** A node whose content is there. */
export type ReadyNode = Node & { readonly source: SourceManifest }

/** What linking needs beside the nodes. */
export interface Linking {
  readonly job: Job
  readonly contents: Contents
  readonly subject: Descriptor
  /** What the caller wants where a link cannot be kept. */
  readonly fallback: Strategy | undefined
}

/** The descriptor of a referrer. */
export function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size }
}

/** Notes that a node is linked. */
export function linked({ ledger }: Job, node: Node, as: readonly Referrer[] = []): void {
  node.as.push(...as)
  node.status = node.as.length > 0 ? 'relinked' : 'copied'
  const { digest } = node.found
  if (as.length > 0 || ledger.manifests.has(digest)) return
  ledger.manifests.set(digest, { ...plain(node.found), status: 'copied' })
}

/** Notes that a link of a node is lost. */
export function lost(
  { ledger }: Job,
  node: Node,
  subject: Digest,
  strategies: readonly Strategy[],
  reason: string,
  error?: Error | undefined,
): void {
  const names = strategies.map(({ name }) => name)
  const { digest } = node.found
  ledger.losses.push({ digest, subject, strategies: names, reason, ...(error && { error }) })
}
