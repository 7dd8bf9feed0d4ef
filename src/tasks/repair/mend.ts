/**
 * Makes right what was found wrong.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../../model/digest.ts'
import { allEnded } from '../../platform/all-ended.ts'
import { acceptOf } from '../../registry/accept.ts'
import { getManifest, putManifest } from '../../registry/manifests.ts'
import type { Repository } from '../../registry/repository.ts'
import { referrersIndexOf } from '../../strategies/kept/change-entry.ts'
import { referrersApi } from '../../strategies/kept/list-api.ts'
import { listedOf } from '../../strategies/kept/look-up.ts'
import { changeDocument } from '../../strategies/shared-tag/writer.ts'
import type { PublishOptions } from '../../strategies/strategy.ts'
import { toError } from '../lib/to-error.ts'
import type { PlannedRepair, RepairItem, RepairStep } from './repairs.ts'

/**
 * Does all steps at once; the changes of one tag are in one write. But one is listed again after the other: olareg 0.2
 * loses some of those that are pushed at the same time.
 */
export async function mend(
  repo: Repository,
  steps: readonly PlannedRepair[],
  options: PublishOptions,
): Promise<readonly RepairItem[]> {
  const oneByOne = pLimit(1)
  return allEnded(
    steps.map(async ({ entry, ...step }): Promise<RepairItem> => {
      const act = () => does[step.action](repo, step, entry, options)
      try {
        if (await (step.action === 'list-again' ? oneByOne(act) : act()))
          return { ...step, status: 'done' }
        const error = 'it was written, and could not be seen to be right'
        return { ...step, status: 'failed', error }
      } catch (error) {
        options.signal?.throwIfAborted()
        return { ...step, status: 'failed', error: toError(error).message }
      }
    }),
  )
}

type Does = (
  repo: Repository,
  step: RepairStep,
  entry: PlannedRepair['entry'],
  options: PublishOptions,
) => Promise<boolean>

const change = async (
  repo: Repository,
  subject: Digest,
  how: Parameters<typeof changeDocument>[2],
): Promise<boolean> => (await changeDocument(repo, referrersIndexOf(subject), how)).confirmed

const does: Readonly<Record<RepairStep['action'], Does>> = {
  'correct-entry': (repo, { subject }, entry, options) =>
    change(repo, subject, { entry, present: true, replace: true, ...options }),

  'remove-entry': (repo, { subject }, entry, options) =>
    change(repo, subject, { entry, present: false, ...options }),

  async 'list-again'(repo, { subject, digest }, entry, { signal }) {
    const accept = acceptOf(entry)
    const { bytes, descriptor } = await getManifest(repo, digest, {
      accept,
      intent: 'push',
      signal,
    })
    const { mediaType } = descriptor
    await putManifest(repo, undefined, bytes, { mediaType, linked: true, signal })
    return (await listedOf(repo, subject, [descriptor], referrersApi, signal)).has(digest)
  },
}
