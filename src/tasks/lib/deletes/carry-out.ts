/**
 * Carrying out a plan: what has changed since it was made is left alone.
 *
 * @module
 */
import pLimit from 'p-limit'
import type { Digest } from '../../../model/digest.ts'
import { IMAGE_MANIFEST } from '../../../model/media-types.ts'
import { allEnded } from '../../../platform/all-ended.ts'
import { deleteIfAllowed } from '../../../registry/delete-allowed.ts'
import { EVERY_TYPE } from '../../../registry/every-type.ts'
import { headManifest } from '../../../registry/manifests.ts'
import type { Repository } from '../../../registry/repository.ts'
import { referrersIndexOf } from '../../../strategies/kept/change-entry.ts'
import { changeDocument } from '../../../strategies/shared-tag/writer.ts'
import type { PublishOptions } from '../../../strategies/strategy.ts'
import { toError } from '../to-error.ts'
import type { DeletedItem, DeleteProgress, DeleteStep } from './step.ts'

/** Options of carrying out. */
export interface CarryOutOptions extends PublishOptions {
  /** Called with each item as it ends. */
  readonly onProgress?: ((progress: DeleteProgress) => void) | undefined
}

/** Requests under way. */
const AT_ONCE = 32
/** With these a registry says that it deletes no tags, or no manifests: the others are not tried. */
const NEVER: readonly number[] = [405, 501]

/**
 * Does each step once all that goes before is done.
 */
export async function carryOut(
  repo: Repository,
  steps: readonly DeleteStep[],
  options: CarryOutOptions,
): Promise<readonly DeletedItem[]> {
  const turn = pLimit(AT_ONCE)
  const running = new Map<Digest, Promise<DeletedItem>>()
  /** Some delete manifests, and no tags (distribution-spec 1.1, "Deleting Tags"). */
  const refusals = new Map<DeleteStep['action'], string>()
  const deletes = steps.filter(({ action }) => action === 'delete-manifest')
  const planned = new Set(deletes.map(({ digest }) => digest))

  let done = 0

  const run = async (step: DeleteStep): Promise<DeletedItem> => {
    // Found since the plan was made, or needed since: what it points at stays with it.
    const other = step.after.find((digest) => !planned.has(digest))
    if (other) return { ...step, status: 'stays', error: `${other} is not to go, which needs it` }
    const before = await Promise.all(step.after.map((digest) => running.get(digest)))
    const stays = before.find((item) => item && item.status !== 'done' && item.status !== 'gone')
    if (stays) return { ...step, status: 'stays', error: `${stays.digest} stays, which needs it` }
    return turn(async () => {
      options.signal?.throwIfAborted()
      const refusal = refusals.get(step.action)
      if (refusal !== undefined) return { ...step, status: 'refused', error: refusal }
      try {
        const refused = await does[step.action](repo, step, options)
        if (typeof refused === 'boolean') return { ...step, status: refused ? 'done' : 'gone' }
        if (NEVER.includes(refused.status)) refusals.set(step.action, refused.message)
        return { ...step, status: 'refused', error: refused.message }
      } catch (error) {
        options.signal?.throwIfAborted()
        return { ...step, status: 'failed', error: toError(error).message }
      }
    })
  }

  const items = steps.map((step) => {
    const item = run(step).then((ended) => {
      options.onProgress?.({ item: ended, done: ++done, all: steps.length })
      return ended
    })
    if (step.action === 'delete-manifest') running.set(step.digest, item)
    return item
  })
  // All of them end before an abort is thrown.
  return allEnded(items)
}

type Does = (
  repo: Repository,
  step: DeleteStep,
  options: PublishOptions,
) => ReturnType<typeof deleteIfAllowed>

const does: Readonly<Record<DeleteStep['action'], Does>> = {
  'delete-manifest': (repo, { digest }, { signal }) => deleteIfAllowed(repo, digest, signal),

  async 'delete-tag'(repo, { digest, tags }, { signal }) {
    const [tag] = tags
    const accept = EVERY_TYPE
    const now = await headManifest(repo, tag!, { intent: 'push', accept, signal })
    // Somebody has moved it: it is theirs.
    if (now?.digest !== digest) return false
    return deleteIfAllowed(repo, tag!, signal)
  },

  async 'remove-entries'(repo, { entries = [], subject }, options) {
    const document = referrersIndexOf(subject!)
    const changes = entries.map((digest) =>
      changeDocument(repo, document, {
        // Entries are told apart by their digest.
        entry: { digest, mediaType: IMAGE_MANIFEST, size: 0 },
        present: false,
        ...options,
      }),
    )
    const changed = await Promise.all(changes)
    if (changed.every(({ confirmed }) => confirmed)) return true
    throw new Error(`The tag ${document.tag} still lists what is gone`)
  },
}
