/**
 * Links of an image's own index: entries with a `reference` (PROPOSAL_B.md, "Modifications").
 *
 * @module
 */
import type { Digest } from '../../model/digest.ts'
import type { Repository } from '../../registry/repository.ts'
import { findSubject } from '../lib/find-subject.ts'
import { referringEntries } from '../lib/index-entries.ts'
import type { FindOptions, Referrer, Via } from '../strategy.ts'

const ENTRY: Via = { strategy: 'reference-field', source: 'index-entry', kept: 'entry' }

/**
 * The entries of a subject's own index that refer to it, or to an image in it.
 *
 * Requests: `GET` of the subject, unless it is known to be no index; and of each entry that says too little.
 */
export async function discoverEntries(
  repo: Repository,
  subject: Digest,
  options: FindOptions,
): Promise<readonly Referrer[]> {
  const stored = await findSubject(repo, subject, options)
  const links = {
    via: ENTRY,
    pointsAt: () => true,
    referenceOf: ({ reference }: { readonly reference?: unknown }) =>
      (reference as { readonly digest?: string } | null | undefined)?.digest,
  }
  return referringEntries(repo, subject, stored, links, options)
}
